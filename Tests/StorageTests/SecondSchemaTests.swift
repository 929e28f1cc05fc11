import Diagnostics
import Payments
import SQLite
import Storage
import Support
import Testing

/// What becomes of a database that the first schema's program wrote.
struct SecondSchemaTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `a payment comes through with all that was known of it`() async throws {
        try prepare(paidPayment)
        let store = try place.open()
        let found = try await store.payment("pay_1")
        #expect(found == expectedPaid)
        #expect(found?.charset == .utf8)
        #expect(found?.checkAtMs == nil)
        await store.close()
    }

    @Test func `a payment that was open is looked at when it expires, and a closed one never`() async throws {
        let statuses = PaymentStatus.allCases.map(\.rawValue)
        try prepare(statuses.enumerated().map { payment("pay_\($0)", status: $1, expiresAtMs: 5000 + $0) }.joined())
        let store = try place.open()
        let due = try await store.read { reader throws(StoreError) in
            try reader.dueChecks(nowMs: .max, passingOver: [], limit: 10)
        }
        #expect(due == (0...3).map { DueCheck(subject: .payment("pay_\($0)"), tenant: "shop", dueAtMs: 5000 + $0) })
        let held = try await store.read { reader throws(StoreError) in try reader.heldMoney(nowMs: 86_401_000) }
        #expect(held == [HeldMoney(tenant: "shop", age: .threeDays, count: 1, amountMinor: 100)])
        await store.close()
    }

    @Test func `a refund was made elsewhere, of its payment's trade if that is known`() async throws {
        try prepare(
            paidPayment + payment("pay_2", status: "canceled", expiresAtMs: 1)
                + """
                INSERT INTO refunds (id, tenant, payment, amount_minor, reason, merchant_reference, origin, status,
                    created_at_ms, updated_at_ms)
                VALUES ('re_1', 'shop', 'pay_1', 300, 'torn', 'r-1', 'provider', 'succeeded', 7, 8),
                    ('re_2', 'shop', 'pay_2', 5, NULL, NULL, 'api', 'unknown', 9, 10);
                """)
        let store = try place.open()
        let found = try await store.read { reader throws(StoreError) in
            try reader.refunds(RefundQuery(tenant: "shop", limit: 10))
        }
        let first = Refund(
            id: "re_1", tenant: "shop", payment: "pay_1", amountMinor: 300, reason: "torn", merchantReference: "r-1",
            origin: .provider, method: .elsewhere, tradeNo: "2026010222001400000000000001", status: .succeeded,
            createdAtMs: 7, updatedAtMs: 8)
        let second = Refund(
            id: "re_2", tenant: "shop", payment: "pay_2", amountMinor: 5, origin: .api, method: .elsewhere,
            tradeNo: "", status: .unknown, createdAtMs: 9, updatedAtMs: 10)
        #expect(found == [second, first])
        await store.close()
    }

    @Test func `second trades, notifications and events come through`() async throws {
        try prepare(
            paidPayment
                + """
                INSERT INTO duplicate_trades (payment, trade_no, amount_minor, paid_at_ms)
                VALUES ('pay_1', '2027', 777, 6);
                INSERT INTO notifications (id, tenant, payment, notify_id, notify_type, provider_status, verdict,
                    explanation, received_at_ms, body)
                VALUES ('ntf_1', 'shop', 'pay_1', 'n1', 'trade_status_sync', 'TRADE_SUCCESS', 'applied', 'good', 11,
                    x'6100D6');
                INSERT INTO events (seq, id, tenant, type, payment, sequence, timestamp_ms, body)
                VALUES (1, 'evt_1', 'shop', 'payment.succeeded', 'pay_1', 1, 12, x'7B7D');
                INSERT INTO deliveries (seq, id, tenant, event, endpoint, status, attempt_count, next_attempt_at_ms,
                    created_at_ms)
                VALUES (1, 'dlv_1', 'shop', 1, 'a', 'pending', 1, 13, 12);
                INSERT INTO attempts (delivery, number, started_at_ms, duration_ms, outcome, response_excerpt)
                VALUES (1, 1, 12, 1, 'dns', x'');
                """)
        let store = try place.open()
        let trade = try await store.read { reader throws(StoreError) in
            try reader.otherTrade(payment: "pay_1", tradeNo: "2027")
        }
        #expect(trade == OtherTrade(tradeNo: "2027", kind: .duplicate, amountMinor: 777, paidAtMs: 6))
        let notification = Notification(
            id: "ntf_1", tenant: "shop", payment: "pay_1", notifyID: "n1", notifyType: "trade_status_sync",
            providerStatus: "TRADE_SUCCESS", verdict: .applied, explanation: "good", receivedAtMs: 11,
            body: [0x61, 0x00, 0xD6])
        for tenant in ["shop", nil] {
            let query = NotificationQuery(tenant: tenant, limit: 10)
            let found = try await store.read { reader throws(StoreError) in try reader.notifications(query) }
            #expect(found == [notification])
        }
        let due = try await store.read { reader throws(StoreError) in
            try reader.dueDeliveries(.shop("a", .retry), nowMs: 13, limit: 10)
        }
        let event = Event(
            id: "evt_1", tenant: "shop", type: .paymentSucceeded, payment: "pay_1", sequence: 1, timestampMs: 12,
            body: Array("{}".utf8))
        let delivery = Delivery(
            id: "dlv_1", tenant: "shop", event: "evt_1", eventType: .paymentSucceeded, endpoint: "a", lane: .retry,
            attemptCount: 1, nextAttemptAtMs: 13, orderedPayment: "pay_1", sequence: 1, createdAtMs: 12)
        #expect(due == [DueDelivery(delivery: delivery, event: event)])
        await store.close()
    }

    @Test func `the file is whole, and what an old payment may now have can be written`() async throws {
        try prepare(paidPayment)
        let store = try place.open()
        var changed = expectedPaid
        changed.qrCode = "https://qr.example/1"
        changed.heldAtMs = 3
        changed.checkAtMs = 4
        let update = changed
        try await store.write { transaction throws(StoreError) in
            try transaction.update(update)
            try transaction.insert(Refund.full)
            try transaction.put(Shipment.sample())
        }
        #expect(try await store.payment("pay_1") == changed)
        await store.close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        #expect(try connection.prepare("PRAGMA integrity_check").all { try $0.text(0) } == ["ok"])
        #expect(try connection.prepare("PRAGMA foreign_key_check").all { try $0.text(0) } == [])
    }

    /// Makes a database of the first schema with these rows in it.
    private func prepare(_ rows: String) throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try Migrations.apply([Migrations.all[0]], to: connection, nowMs: 1)
        try connection.execute(rows)
    }

    /// What has to stand in every row, and nothing else.
    private func payment(_ id: String, status: String, expiresAtMs: Int) -> String {
        """
        INSERT INTO payments (id, tenant, merchant_reference, status, sequence, amount_minor, amount_refunded_minor,
            refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms, subject)
        VALUES ('\(id)', 'shop', '\(id)', '\(status)', 0, 100, 0, 0, 0, 'web', 'instant', 1000, 1000,
            \(expiresAtMs), 's');
        """
    }

    private let paidPayment = """
        INSERT INTO payments (id, tenant, merchant_reference, status, sequence, amount_minor, amount_paid_minor,
            amount_refunded_minor, refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms,
            succeeded_at_ms, cancel_requested_at_ms, provider_trade_no, provider_status, provider_buyer,
            provider_dispute, last_error, subject, description, shipping, return_url, show_url, buyer_ip, metadata)
        VALUES ('pay_1', 'shop', 'order-1', 'succeeded', 3, 9900, 11100, 300, 1, 1, 'web', 'escrow', 1000, 4000, 7201000,
            3000, 2000, '2026010222001400000000000001', 'TRADE_SUCCESS', 'li***@example.com', 'WAIT_SELLER_AGREE',
            '{"code":"c","message":"m","at_ms":5,"details":["k","v"]}', '两本书', 'both',
            '{"options":[{"carrier_type":"express","fee_minor":1200,"paid_by":"buyer"}]}', 'https://shop.example/r',
            'https://shop.example/s', '192.0.2.7', '["a","1"]');
        """

    private var expectedPaid: Payment {
        let option = Shipping.Option(carrierType: .express, feeMinor: 1200, paidBy: .buyer)
        var payment = Payment(
            id: "pay_1", tenant: "shop", merchantReference: "order-1", amountMinor: 9900, subject: "两本书",
            description: "both", channel: .web, settlement: .escrow,
            shipping: Shipping(options: [option], receiver: nil), returnURL: "https://shop.example/r",
            showURL: "https://shop.example/s", buyerIP: "192.0.2.7",
            metadata: [MetadataEntry(key: "a", value: "1")], createdAtMs: 1000, expiresAtMs: 7_201_000)
        payment.status = .succeeded
        payment.sequence = 3
        payment.amountPaidMinor = 11_100
        payment.amountRefundedMinor = 300
        payment.refundable = true
        payment.late = true
        payment.provider = ProviderState(
            tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS", buyer: "li***@example.com",
            dispute: "WAIT_SELLER_AGREE")
        payment.lastError = LastError(
            code: "c", message: "m", atMs: 5, details: [MetadataEntry(key: "k", value: "v")])
        payment.cancelRequestedAtMs = 2000
        payment.updatedAtMs = 4000
        payment.succeededAtMs = 3000
        return payment
    }
}
