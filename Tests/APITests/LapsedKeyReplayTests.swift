import Alipay
import Crypto
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// What was answered under an `Idempotency-Key` is told again, also when nothing can be put to Alipay any more.
struct LapsedKeyReplayTests {
    /// A call that is put to Alipay, and its answer while there is a key.
    struct Call: Sendable, CustomTestStringConvertible {
        /// Under the payment.
        let part: String
        /// Where Alipay says that the payment is.
        let word: String
        var settlement = "instant"
        var body = "{}"
        let service: String
        let answer: OutboundResponse
        let status: Int

        var testDescription: String { part }
    }

    static let calls = [
        Call(part: "cancel", word: "WAIT_BUYER_PAY", service: "close_trade", answer: TradeAnswer.done, status: 200),
        Call(
            part: "sync", word: "WAIT_BUYER_PAY", service: "single_trade_query",
            answer: TradeAnswer.trade("ORDER-1", status: "WAIT_BUYER_PAY"), status: 200),
        Call(
            part: "refunds", word: "TRADE_SUCCESS", service: "refund_fastpay_by_platform_nopwd",
            answer: TradeAnswer.done, status: 201),
        Call(
            part: "shipments", word: "WAIT_SELLER_SEND_GOODS", settlement: "escrow", body: #"{"carrier": "SF"}"#,
            service: "send_goods_confirm_by_platform", answer: TradeAnswer.shipped("ORDER-1"), status: 201),
    ]

    /// The bookshop, whose key at Alipay lapses in a minute.
    private static func desk() -> Desk {
        let clock = ManualClock()
        let keys = SigningKeys(
            md5: [TaggedKey(md5: TradeAnswer.key, notAfterMs: clock.nowMs + 60_000)], clock: clock)
        let tenant = Tenant(
            id: "bookshop", name: "Bookshop",
            contract: Contract(
                partner: "2088101122136241", sellerEmail: "sales@bookshop.example", keys: keys,
                gatewayURL: "https://mapi.alipay.com/gateway.do"),
            products: Set(Product.all),
            apiKeys: [APIKey(label: "backend", digest: SHA256.digest(Array(Desk.bookshopKey.utf8)))],
            endpoints: [.shop])
        return Desk(clock: clock, tenants: [tenant])
    }

    @Test(arguments: calls)
    func `the same key and body are answered from the store after the last key has lapsed, and a new key is 503`(
        _ call: Call
    ) async {
        let desk = LapsedKeyReplayTests.desk()
        let payment = await desk.payment(at: call.word) { $0["settlement"] = "\"\(call.settlement)\"" }.id
        let path = "/v1/payments/\(payment)/\(call.part)"
        let key = [("Idempotency-Key", "k")]
        desk.alipayAnswers([call.service: call.answer])
        let first = await desk.call(.post, path, headers: key, body: call.body)
        #expect(first.status == call.status)
        #expect(first.headers["Idempotent-Replayed"] == nil)
        let asked = desk.alipay.requests.count
        desk.clock.advance(byMs: 60_000)
        let again = await desk.call(.post, path, headers: key, body: call.body)
        #expect(again.status == call.status)
        #expect(again.body == first.body)
        #expect(again.headers["Location"] == first.headers["Location"])
        #expect(again.headers["Idempotent-Replayed"] == "true")
        // Another body is told from it as ever.
        #expect(await desk.call(.post, path, headers: key, body: call.body + " ").code == "idempotency_mismatch")
        // Nothing of that needed a key at Alipay.
        #expect(desk.alarms("keys_lapsed") == 0)
        for count in 1...2 {
            let refused = await desk.call(.post, path, headers: [("Idempotency-Key", "new")], body: call.body)
            #expect(refused.status == 503)
            #expect(refused.code == "unavailable")
            #expect(refused.json["outcome"]?.text == "known")
            #expect(refused.headers["Idempotent-Replayed"] == nil)
            #expect(desk.alarms("keys_lapsed") == count)
        }
        #expect(desk.alipay.requests.count == asked)
    }
}
