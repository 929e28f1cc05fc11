import Alipay
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `POST /v1/payments/{id}/sync`: ask Alipay now.
struct SyncTests {
    @Test(arguments: Engine.allCases)
    func `what Alipay says is applied, and the payment is answered`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let id = await desk.create().id
            desk.clock.advance(byMs: 5000)
            desk.alipay.always { _ in .success(TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")) }
            let answer = await desk.call(.post, "/v1/payments/\(id)/sync")
            #expect(answer.status == 200)
            #expect(
                answer.text == """
                    {"id":"\(id)","object":"payment","merchant_reference":"ORDER-1","amount":12050,\
                    "amount_paid":12050,"amount_refunded":0,"currency":"CNY","subject":"Two books",\
                    "description":null,"channel":"web","settlement":"instant","shipping":null,"status":"succeeded",\
                    "next_action":null,"refundable":true,"late":false,"sequence":1,\
                    "provider":{"name":"alipay","trade_no":"2026010200001","status":"TRADE_SUCCESS",\
                    "buyer":"b***@example.com","dispute":null},\
                    "last_error":null,"metadata":{},"return_url":null,"show_url":null,\
                    "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:10.000Z",\
                    "expires_at":"2026-01-02T05:04:05.000Z","succeeded_at":"2026-01-02T03:04:10.000Z"}
                    """)
            let events = await desk.call(.get, "/v1/events")
            #expect(events.ids.count == 1)
            #expect(await desk.call(.get, "/v1/deliveries?event=\(events.ids[0])").ids.count == 1)
            // Again: nothing new.
            #expect(await desk.call(.post, "/v1/payments/\(id)/sync").text == answer.text)
            #expect(await desk.call(.get, "/v1/events").ids.count == 1)
        }
    }

    @Test(arguments: ["", "{}"])
    func `a trade that Alipay has not seen yet leaves the payment as it is`(body: String) async {
        let desk = Desk()
        let payment = await desk.create()
        desk.alipay.always { _ in .success(TradeAnswer.error("TRADE_NOT_EXIST")) }
        let answer = await desk.call(.post, "/v1/payments/\(payment.id)/sync", body: body)
        #expect(answer.status == 200)
        #expect(answer.text == payment.text)
    }

    @Test func `another amount is told in last_error`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in .success(TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS", total: "1.00")) }
        let answer = await desk.call(.post, "/v1/payments/\(id)/sync")
        #expect(answer.status == 200)
        #expect(answer.json["status"]?.text == "requires_action")
        #expect(answer.json["last_error"]?["code"]?.text == "amount_mismatch")
        #expect(answer.json["amount_paid"] == .null)
    }

    @Test func `a contract without queries says so`() async {
        let desk = Desk(tenants: [.bookshop(services: .init(tradeQuery: false))])
        let id = await desk.create().id
        let answer = await desk.call(.post, "/v1/payments/\(id)/sync")
        #expect(answer.status == 422)
        #expect(answer.code == "product_not_enabled")
        #expect(answer.detail == "this tenant's contract has no trade query")
        #expect(desk.alipay.requests.isEmpty)
    }

    @Test func `Alipay's refusal carries Alipay's code`() async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in .success(TradeAnswer.error("ILLEGAL_PARTNER")) }
        let answer = await desk.call(.post, "/v1/payments/\(id)/sync", id: "req_8")
        #expect(answer.status == 502)
        #expect(
            answer.text == """
                {"type":"https://payrelay.dev/errors/provider_refused","title":"Provider refused","status":502,\
                "code":"provider_refused","detail":"Alipay refused the query: ILLEGAL_PARTNER","errors":[],\
                "retryable":false,"outcome":"known","request_id":"req_8","provider":{"code":"ILLEGAL_PARTNER",\
                "message":"The partner is unknown, or belongs to another gateway."}}
                """)
    }

    @Test(arguments: [
        (TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS", sign: "0123456789abcdef0123456789abcdef"), "signature"),
        (TradeAnswer.trade("ORDER-2", status: "TRADE_SUCCESS"), "another order"),
        (TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS", seller: "2088201122136242"), "another seller"),
        (TradeAnswer.trade("ORDER-1", status: "PAID"), "unknown trade_status PAID"),
        (TradeAnswer.xml("<html>"), "not an XML answer"),
        (OutboundResponse(status: 502, verifiedTLS: true), "HTTP status 502"),
    ])
    func `an answer that proves nothing leaves the outcome open`(response: OutboundResponse, why: String) async {
        let desk = Desk()
        let payment = await desk.create()
        desk.alipay.always { _ in .success(response) }
        let answer = await desk.call(.post, "/v1/payments/\(payment.id)/sync")
        #expect(answer.status == 502)
        #expect(answer.code == "provider_invalid_answer")
        #expect(answer.json["outcome"]?.text == "unknown")
        #expect(answer.detail?.contains(why) == true)
        #expect(await desk.call(.get, "/v1/payments/\(payment.id)").text == payment.text)
    }

    @Test(arguments: [SendError.Code.timeout, .reset, .connect, .dns, .tls])
    func `no answer leaves the outcome open`(code: SendError.Code) async {
        let desk = Desk()
        let id = await desk.create().id
        desk.alipay.always { _ in .failure(SendError(code: code, message: "10.1.2.3 did not answer")) }
        let answer = await desk.call(.post, "/v1/payments/\(id)/sync")
        #expect(answer.status == 504)
        #expect(answer.code == "provider_timeout")
        #expect(answer.json["outcome"]?.text == "unknown")
        #expect(answer.json["retryable"] == .bool(true))
        #expect(!answer.text.contains("10.1.2.3"))
    }

    @Test func `a store that does not answer is 503`() async {
        let store = MemoryStore()
        let desk = Desk(store: store)
        let id = await desk.create().id
        store.failNextReads(1)
        #expect(await desk.call(.post, "/v1/payments/\(id)/sync").status == 503)
        #expect(desk.alipay.requests.isEmpty)
        desk.alipay.always { _ in .success(TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")) }
        store.failNextWrites(1)
        #expect(await desk.call(.post, "/v1/payments/\(id)/sync").status == 503)
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "requires_action")
    }

    @Test(arguments: [
        ("[]", ": the body must be empty or a JSON object"), (#"{"force": true}"#, "/force: unknown field force"),
        ("x", ": the body is not JSON: unexpected character at byte 0"),
    ])
    func `a sync has no fields`(body: String, error: String) async {
        let desk = Desk()
        let id = await desk.create().id
        let answer = await desk.call(.post, "/v1/payments/\(id)/sync", body: body)
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
        #expect(desk.alipay.requests.isEmpty)
    }
}
