import JSON
import Payments
import Testing

/// The public JSON, whole, field by field in the contract's order.
struct ShapeTests {
    private let bare = Payment(
        id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001", amountMinor: 12_050,
        subject: "三体 (1-3)", channel: .web, settlement: .instant, createdAtMs: 1_767_323_045_000,
        expiresAtMs: 1_767_330_245_000)

    private let bareText = """
        {"id":"pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V","object":"payment","merchant_reference":"ORDER-1001",\
        "amount":12050,"amount_paid":null,"amount_refunded":0,"currency":"CNY",\
        "subject":"三体 (1-3)","description":null,"channel":"web","settlement":"instant","shipping":null,\
        "status":"requires_action","next_action":null,"refundable":false,"late":false,"sequence":0,\
        "provider":{"name":"alipay","trade_no":null,"status":null,"buyer":null,"dispute":null},\
        "last_error":null,"metadata":{},"return_url":null,"show_url":null,\
        "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:05.000Z",\
        "expires_at":"2026-01-02T05:04:05.000Z","succeeded_at":null}
        """

    private let refund = Refund(
        id: "re_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", payment: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
        amountMinor: 5_000, reason: "torn \"cover\"", merchantReference: "RETURN-7", origin: .api, tradeNo: "1",
        status: .succeeded,
        createdAtMs: 1_767_323_045_000, updatedAtMs: 1_767_323_046_001)

    private let refundText = """
        {"id":"re_01J9ZK3V5W8Q2M4N6P8R0S2T4V","object":"refund","payment":"pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",\
        "amount":5000,"reason":"torn \\"cover\\"","merchant_reference":"RETURN-7","status":"succeeded","origin":"api",\
        "provider":{"batch_no":null,"code":null,"trade_no":"1"},"next_action":null,"last_error":null,\
        "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:06.001Z"}
        """

    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var out = JSONWriter()
        write(&out)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    @Test func `a payment with nothing optional`() {
        #expect(text { Shape.write(bare, nextAction: nil, to: &$0) } == bareText)
    }

    @Test func `a payment with everything set`() {
        var payment = Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: 12_050, subject: "三体 (1-3)", description: "three\nvolumes", channel: .mobileWeb,
            settlement: .buyerChoice,
            shipping: Shipping(
                options: [
                    Shipping.Option(carrierType: .express, feeMinor: 1_000, paidBy: .buyer),
                    Shipping.Option(carrierType: .post, feeMinor: 0, paidBy: .onReceipt),
                ],
                receiver: Shipping.Receiver(name: "李雷", address: "北京 1", zip: "100000", phone: nil)),
            returnURL: "https://shop.example/thanks?a=1&b=2", showURL: "https://shop.example/book/1",
            buyerIP: "203.0.113.7",
            metadata: [MetadataEntry(key: "z", value: "last first"), MetadataEntry(key: "cart", value: "8812")],
            createdAtMs: 1_767_323_045_000, expiresAtMs: 1_767_330_245_000)
        payment.status = .succeeded
        payment.amountPaidMinor = 13_050
        payment.amountRefundedMinor = 5_000
        payment.refundable = true
        payment.late = true
        payment.sequence = 3
        payment.provider = ProviderState(
            tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS", buyer: "li***@example.com",
            dispute: "WAIT_SELLER_AGREE")
        payment.lastError = LastError(
            code: "amount_mismatch", message: "another amount", atMs: 1_767_323_046_000,
            details: [MetadataEntry(key: "amount_expected", value: "12050")])
        payment.updatedAtMs = 1_767_323_047_123
        payment.succeededAtMs = 1_767_323_047_122
        let action = NextAction.redirect(
            url: "https://pay.example/checkout/pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
            providerURL: "https://mapi.alipay.com/gateway.do?a=%2B&sign=x")
        let expected = """
            {"id":"pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V","object":"payment","merchant_reference":"ORDER-1001",\
            "amount":12050,"amount_paid":13050,"amount_refunded":5000,"currency":"CNY",\
            "subject":"三体 (1-3)","description":"three\\nvolumes","channel":"mobile_web","settlement":"buyer_choice",\
            "shipping":{"options":[{"carrier_type":"express","fee":1000,"paid_by":"buyer"},\
            {"carrier_type":"post","fee":0,"paid_by":"on_receipt"}],\
            "receiver":{"name":"李雷","address":"北京 1","zip":"100000","phone":null}},\
            "status":"succeeded","next_action":{"type":"redirect",\
            "url":"https://pay.example/checkout/pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",\
            "provider_url":"https://mapi.alipay.com/gateway.do?a=%2B&sign=x"},\
            "refundable":true,"late":true,"sequence":3,\
            "provider":{"name":"alipay","trade_no":"2026010222001400000000000001","status":"TRADE_SUCCESS",\
            "buyer":"li***@example.com","dispute":"WAIT_SELLER_AGREE"},\
            "last_error":{"code":"amount_mismatch","message":"another amount","at":"2026-01-02T03:04:06.000Z",\
            "details":{"amount_expected":"12050"}},\
            "metadata":{"z":"last first","cart":"8812"},"return_url":"https://shop.example/thanks?a=1&b=2",\
            "show_url":"https://shop.example/book/1",\
            "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:07.123Z",\
            "expires_at":"2026-01-02T05:04:05.000Z","succeeded_at":"2026-01-02T03:04:07.122Z"}
            """
        #expect(text { Shape.write(payment, nextAction: action, to: &$0) } == expected)
    }

    @Test func `a QR code to show is a next action too, and goods may have no receiver`() {
        let payment = Payment(
            id: "pay_1", tenant: "t", merchantReference: "A", amountMinor: 1, subject: "s", channel: .qr,
            settlement: .instant,
            shipping: Shipping(
                options: [Shipping.Option(carrierType: .direct, feeMinor: 5, paidBy: .seller)], receiver: nil),
            createdAtMs: 0, expiresAtMs: 0)
        let written = text { Shape.write(payment, nextAction: .qrCode(content: "https://qr.alipay.com/x"), to: &$0) }
        #expect(written.contains(#""next_action":{"type":"qr_code","content":"https://qr.alipay.com/x"},"refundable""#))
        #expect(
            written.contains(
                #""shipping":{"options":[{"carrier_type":"direct","fee":5,"paid_by":"seller"}],"receiver":null},"status""#
            ))
    }

    @Test func `a refund`() {
        #expect(text { Shape.write(refund, to: &$0) } == refundText)
    }

    @Test func `a refund that Alipay made on its own`() {
        let refund = Refund(
            id: "re_1", tenant: "bookshop", payment: "pay_1", amountMinor: 1, origin: .provider, tradeNo: "1",
            status: .unknown,
            createdAtMs: 0, updatedAtMs: 0)
        let expected = """
            {"id":"re_1","object":"refund","payment":"pay_1","amount":1,"reason":null,"merchant_reference":null,\
            "status":"unknown","origin":"provider","provider":{"batch_no":null,"code":null,"trade_no":"1"},"next_action":null,\
            "last_error":null,"created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.000Z"}
            """
        #expect(text { Shape.write(refund, to: &$0) } == expected)
    }

    @Test func `a webhook's body about a payment`() {
        let body = EventShape.body(
            id: "evt_01J9ZK3V5W8Q2M4N6P8R0S2T4V", type: .paymentSucceeded, timestampMs: 1_767_323_048_000, sequence: 1,
            subject: .payment(bare), previousStatus: .requiresAction)
        let expected = """
            {"id":"evt_01J9ZK3V5W8Q2M4N6P8R0S2T4V","type":"payment.succeeded","timestamp":"2026-01-02T03:04:08.000Z",\
            "sequence":1,"data":\(bareText),"previous_status":"requires_action"}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test func `a webhook's body about a refund has no previous status`() {
        let body = EventShape.body(
            id: "evt_2", type: .refundSucceeded, timestampMs: 1_767_323_048_000, sequence: 2, subject: .refund(refund),
            previousStatus: nil)
        let expected = """
            {"id":"evt_2","type":"refund.succeeded","timestamp":"2026-01-02T03:04:08.000Z","sequence":2,\
            "data":\(refundText),"previous_status":null}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test(arguments: [(1_767_323_040_500 as Int64?, #""2026-01-02T03:04:00.500Z""#), (nil, "null")])
    func `a second paid trade stands beside the payment`(paidAtMs: Int64?, shown: String) {
        let trade = DuplicateTrade(tradeNo: "2026010222001400000000000002", amountMinor: 777, paidAtMs: paidAtMs)
        let body = EventShape.body(
            id: "evt_3", type: .paymentDuplicate, timestampMs: 1_767_323_048_000, sequence: 3,
            subject: .duplicate(trade, bare), previousStatus: nil)
        let expected = """
            {"id":"evt_3","type":"payment.duplicate","timestamp":"2026-01-02T03:04:08.000Z","sequence":3,\
            "data":\(bareText),\
            "duplicate":{"trade_no":"2026010222001400000000000002","amount":777,"paid_at":\(shown)},\
            "previous_status":null}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test func `a test webhook's body, and the API's event, which is that body with its object named`() {
        let body = EventShape.body(
            id: "evt_4", type: .webhookTest, timestampMs: 1_767_323_048_000, sequence: 0, subject: .test,
            previousStatus: nil)
        let rest = """
            "type":"webhook.test","timestamp":"2026-01-02T03:04:08.000Z","sequence":0,\
            "data":{"message":"This is a test of your webhook endpoint."},"previous_status":null}
            """
        #expect(String(decoding: body, as: UTF8.self) == #"{"id":"evt_4","# + rest)

        let event = Event(
            id: "evt_4", tenant: "bookshop", type: .webhookTest, payment: nil, sequence: 0,
            timestampMs: 1_767_323_048_000, body: body)
        #expect(text { Shape.write(event, to: &$0) } == #"{"id":"evt_4","object":"event","# + rest)
    }

    @Test func `a notification, without its body`() {
        let notification = Notification(
            id: "ntf_1", tenant: "bookshop", payment: "pay_1", notifyID: "ac05099524730693a8b330c5ecf72da978",
            notifyType: "trade_status_sync", providerStatus: "TRADE_SUCCESS", verdict: .badSignature,
            explanation: "SIGN not equal; notify_verify was not asked", receivedAtMs: 1_767_323_045_000,
            body: Array("sign=secret".utf8))
        let expected = """
            {"id":"ntf_1","object":"notification","payment":"pay_1","notify_id":"ac05099524730693a8b330c5ecf72da978",\
            "notify_type":"trade_status_sync","provider_status":"TRADE_SUCCESS","verdict":"bad_signature",\
            "explanation":"SIGN not equal; notify_verify was not asked","failure_cell":null,"received_at":"2026-01-02T03:04:05.000Z"}
            """
        #expect(text { Shape.write(notification, to: &$0) } == expected)
    }

    @Test func `a notification of which nothing could be read`() {
        let notification = Notification(
            id: "ntf_1", tenant: "bookshop", payment: nil, notifyID: "", notifyType: "", providerStatus: nil,
            verdict: .malformed, explanation: "no notify_id", receivedAtMs: 0, body: [0xFF])
        let expected = """
            {"id":"ntf_1","object":"notification","payment":null,"notify_id":null,"notify_type":null,\
            "provider_status":null,"verdict":"malformed","explanation":"no notify_id",\
            "failure_cell":null,"received_at":"1970-01-01T00:00:00.000Z"}
            """
        #expect(text { Shape.write(notification, to: &$0) } == expected)
    }

    @Test func `a list, empty and not`() {
        let empty = text { Shape.writeList([Refund](), hasMore: false, to: &$0) { Shape.write($0, to: &$1) } }
        #expect(empty == #"{"object":"list","data":[],"has_more":false}"#)
        let two = text { Shape.writeList([refund, refund], hasMore: true, to: &$0) { Shape.write($0, to: &$1) } }
        #expect(two == #"{"object":"list","data":["# + refundText + "," + refundText + #"],"has_more":true}"#)
    }
}
