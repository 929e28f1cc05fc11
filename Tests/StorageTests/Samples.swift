import Payments

extension Payment {
    /// A payment as the API makes it; its reference is its id unless said otherwise.
    static func sample(
        _ id: String = "pay_1", tenant: String = "shop", reference: String? = nil, amountMinor: Int64 = 1200,
        charset: TextCharset = .utf8, createdAtMs: Int64 = 1000, status: PaymentStatus = .requiresAction
    ) -> Payment {
        var payment = Payment(
            id: id, tenant: tenant, merchantReference: reference ?? id, amountMinor: amountMinor, subject: "Two books",
            channel: .web, settlement: .instant, charset: charset, createdAtMs: createdAtMs,
            expiresAtMs: createdAtMs + 7_200_000)
        payment.status = status
        return payment
    }

    /// A payment with something in every field.
    static var full: Payment {
        let shipping = Shipping(
            options: [
                Shipping.Option(carrierType: .express, feeMinor: 1200, paidBy: .buyer),
                Shipping.Option(carrierType: .ems, feeMinor: 0, paidBy: .onReceipt),
            ], receiver: Shipping.Receiver(name: "李雷", address: "杭州市 \"西湖\" 区", zip: nil, phone: "138\\0000"))
        var payment = Payment(
            id: "pay_full", tenant: "shop", merchantReference: "order-1", amountMinor: 9_900, subject: "两本书 📚",
            description: "a\u{0}b\u{1}\n\"\\", channel: .mobileWeb, settlement: .escrow, shipping: shipping,
            returnURL: "https://shop.example/thanks?a=1&b=2", showURL: "https://shop.example/book",
            buyerIP: "2001:db8::1",
            // Two names that Unicode takes for the same, and an empty one.
            metadata: [
                MetadataEntry(key: "caf\u{e9}", value: "1"), MetadataEntry(key: "cafe\u{301}", value: "2"),
                MetadataEntry(key: "", value: ""),
            ], providerOptions: [MetadataEntry(key: "extra_common_param", value: "京|1")], charset: .gbk,
            createdAtMs: 1_767_323_045_123, expiresAtMs: 1_767_330_245_123)
        payment.status = .succeeded
        payment.amountPaidMinor = 11_100
        payment.amountRefundedMinor = 100
        payment.refundable = true
        payment.late = true
        payment.sequence = 3
        payment.provider = ProviderState(
            tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS", buyer: "li***@example.com",
            dispute: "WAIT_SELLER_AGREE")
        payment.lastError = LastError(
            code: "amount_mismatch", message: "支付 \u{0} differs", atMs: -5,
            details: [MetadataEntry(key: "expected", value: "9900")])
        payment.cancelRequestedAtMs = 1_767_323_046_000
        payment.updatedAtMs = 1_767_323_047_000
        payment.succeededAtMs = 1_767_323_048_000
        payment.heldAtMs = 1_767_323_047_500
        payment.qrCode = "https://qr.example/bax00000"
        payment.checkAtMs = 1_767_323_107_000
        return payment
    }
}

extension Event {
    static func sample(
        _ id: String = "evt_1", tenant: String = "shop", payment: String? = nil, sequence: Int64 = 0,
        type: EventType = .webhookTest, atMs: Int64 = 1000
    ) -> Event {
        Event(
            id: id, tenant: tenant, type: type, payment: payment, sequence: sequence, timestampMs: atMs,
            body: Array("{\"id\":\"\(id)\"}".utf8))
    }
}

extension Delivery {
    /// Its id is made of the event's and the endpoint's.
    static func sample(
        of event: Event, to endpoint: String, status: Status = .pending, isOrdered: Bool = false, dueMs: Int64? = nil
    ) -> Delivery {
        Delivery(
            id: "dlv_\(event.id)_\(endpoint)", tenant: event.tenant, event: event.id, eventType: event.type,
            endpoint: endpoint, status: status,
            nextAttemptAtMs: status == .pending ? dueMs ?? event.timestampMs : nil,
            orderedPayment: isOrdered ? event.payment : nil, sequence: event.sequence, createdAtMs: event.timestampMs)
    }

    /// As it is after one more try.
    func after(_ status: Status, nextAttemptAtMs: Int64? = nil) -> Delivery {
        var next = self
        next.status = status
        next.attemptCount += 1
        next.nextAttemptAtMs = nextAttemptAtMs
        next.behindDueMs = nil
        if status == .pending && lane == .live { next.lane = .retry }
        return next
    }

    /// As it waits behind an earlier one of its payment.
    var behind: Delivery {
        var behind = self
        behind.behindDueMs = nextAttemptAtMs
        behind.nextAttemptAtMs = nextAttemptAtMs.map { max($0, createdAtMs + Delivery.orderWaitMs) }
        return behind
    }

    func held(_ hold: EndpointHold) -> Delivery {
        var held = self
        held.status = .held
        held.hold = hold
        return held
    }
}

extension EndpointState {
    /// Of the endpoint `a` of `shop` unless said otherwise.
    static func sample(
        _ endpoint: String = "a", tenant: String = "shop", hold: EndpointHold? = nil, revision: Int64 = 1
    ) -> EndpointState {
        EndpointState(
            key: EndpointKey(tenant: tenant, endpoint: endpoint), hold: hold, failingSinceMs: 900, failureCount: 5,
            failedEvents: ["evt_1", "evt_2"], openCount: 1, urlDigest: "00ff", revision: revision)
    }
}

extension EndpointHold {
    static let disabled = EndpointHold(reason: .disabled, sinceMs: 900, detail: "it answered 410")

    static func open(untilMs: Int64) -> EndpointHold {
        EndpointHold(reason: .circuitOpen, sinceMs: 900, untilMs: untilMs, detail: "5 failures in a row")
    }
}

extension Attempt {
    static func sample(_ number: Int, _ outcome: Outcome = .taken, atMs: Int64 = 5000) -> Attempt {
        Attempt(
            number: number, startedAtMs: atMs, durationMs: 17, outcome: outcome, statusCode: 200, error: nil,
            address: "192.0.2.1", responseExcerpt: Array("ok".utf8))
    }
}

extension Refund {
    static func sample(
        _ id: String = "re_1", tenant: String = "shop", payment: String = "pay_1", reference: String? = nil,
        batchNo: String? = nil
    ) -> Refund {
        Refund(
            id: id, tenant: tenant, payment: payment, amountMinor: 300, reason: "退货", merchantReference: reference,
            origin: .provider, tradeNo: "2026", batchNo: batchNo, status: .succeeded, createdAtMs: 2000,
            updatedAtMs: 2001)
    }

    /// A refund with something in every field, of `pay_1`.
    static var full: Refund {
        var refund = Refund(
            id: "re_full", tenant: "shop", payment: "pay_1", amountMinor: .max, reason: "", merchantReference: "r-1",
            origin: .api, method: .noPassword, tradeNo: "2026010222001400000000000002", isOfOtherTrade: true,
            batchNo: "20260102ABC", refundedBeforeMinor: 100, status: .unknown, createdAtMs: .min, updatedAtMs: 5)
        refund.providerCode = "TRADE_LOCKED"
        refund.lastError = LastError(
            code: "outcome_open", message: "没有 \u{0} answer", atMs: 7, details: [MetadataEntry(key: "a", value: "b")])
        refund.sendCount = 2
        refund.notFoundCount = 3
        refund.firstNotFoundAtMs = 6
        refund.checkCount = 4
        refund.checkAtMs = .max
        return refund
    }
}

extension Shipment {
    static func sample(
        _ id: String = "shp_1", tenant: String = "shop", payment: String = "pay_1", carrier: String = "顺丰",
        trackingNumber: String? = "SF 1", transport: Transport = .express, state: State = .requested
    ) -> Shipment {
        Shipment(
            id: id, tenant: tenant, payment: payment, carrier: carrier, trackingNumber: trackingNumber,
            transport: transport, state: state, createdAtMs: 3000)
    }
}

extension Notification {
    static func sample(
        _ id: String = "ntf_1", tenant: String = "shop", payment: String? = nil, notifyID: String = "n1",
        verdict: Verdict = .applied, failureCell: String? = nil, receivedAtMs: Int64 = 1000, replayOf: String? = nil
    ) -> Notification {
        Notification(
            id: id, tenant: tenant, payment: payment, notifyID: notifyID, notifyType: "trade_status_sync",
            providerStatus: "TRADE_SUCCESS", verdict: verdict, explanation: "SIGN equal", failureCell: failureCell,
            receivedAtMs: receivedAtMs, replayOf: replayOf, body: [0x61, 0x00, 0xD6, 0xA7])
    }
}

extension IdempotencyRecord {
    static func sample(
        tenant: String = "shop", key: String = "k1", state: State = .running(owner: "p1"), createdAtMs: Int64 = 1000
    ) -> IdempotencyRecord {
        IdempotencyRecord(
            scope: IdempotencyScope(tenant: tenant, method: "POST", path: "/v1/payments", key: key),
            fingerprint: [1, 0, 255], state: state, createdAtMs: createdAtMs)
    }
}
