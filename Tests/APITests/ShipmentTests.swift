import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `POST /v1/payments/{id}/shipments`: the goods of an escrow payment are sent.
struct ShipmentTests {
    private static let body = #"{"carrier": "顺丰", "tracking_number": "SF100"}"#
    private static let confirm = "send_goods_confirm_by_platform"

    private static func held(_ desk: Desk) async -> String {
        await desk.payment(at: "WAIT_SELLER_SEND_GOODS") { $0["settlement"] = "\"escrow\"" }.id
    }

    private static func ship(
        _ desk: Desk, _ id: String, _ body: String = body, headers: [(String, String)] = [],
        key: String = Desk.bookshopKey
    ) async -> Reading {
        await desk.call(.post, "/v1/payments/\(id)/shipments", key: key, headers: headers, body: body)
    }

    @Test(arguments: Engine.allCases)
    func `Alipay is told, and the payment is shipped`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await ShipmentTests.held(desk)
            desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
            let answer = await ShipmentTests.ship(desk, id)
            #expect(answer.status == 201)
            #expect(answer.headers["Location"] == nil)
            #expect(
                answer.text == """
                    {"id":"\(answer.id)","object":"shipment","payment":"\(id)","carrier":"顺丰",\
                    "tracking_number":"SF100","transport":"express","created_at":"2026-01-02T03:04:05.000Z"}
                    """)
            #expect(answer.id.hasPrefix("shp_"))
            let sent = try #require(desk.alipay.requests.last?.parameters)
            #expect(sent["logistics_name"] == "顺丰")
            #expect(sent["invoice_no"] == "SF100")
            #expect(sent["transport_type"] == "EXPRESS")
            #expect(sent["trade_no"] == "2026010200001")
            #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "shipped")
            #expect(await desk.call(.get, "/v1/events?type=payment.shipped").ids.count == 1)
            // The same again is the same shipment; Alipay is told once.
            let calls = desk.alipay.requests.count
            let again = await ShipmentTests.ship(desk, id)
            #expect(again.status == 200)
            #expect(again.text == answer.text)
            #expect(desk.alipay.requests.count == calls)
        }
    }

    @Test(arguments: [
        ("post", "POST"), ("ems", "EMS"), ("express", "EXPRESS"), ("direct", "DIRECT"),
    ])
    func `a transport goes to Alipay by its own name`(transport: String, word: String) async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
        let answer = await ShipmentTests.ship(desk, id, #"{"carrier": "x", "transport": "\#(transport)"}"#)
        #expect(answer.status == 201)
        #expect(answer.json["tracking_number"] == .null)
        #expect(answer.json["transport"]?.text == transport)
        #expect(desk.alipay.requests.last?.parameters["transport_type"] == word)
    }

    @Test(arguments: [
        ("", [": the body is not JSON: unexpected end at byte 0"]),
        ("[]", [": the body must be a JSON object, not an array"]),
        ("{}", ["/carrier: carrier is required"]),
        (
            #"{"carrier": "", "tracking_number": "", "transport": "air", "weight": 1}"#,
            [
                "/carrier: carrier must be 1 to 128 bytes counted as GBK, without control characters",
                "/tracking_number: tracking_number must be 1 to 64 printable ASCII characters without blanks",
                "/transport: transport must be one of post, ems, express, direct", "/weight: unknown field weight",
            ]
        ),
        (
            #"{"carrier": 1, "tracking_number": 2, "transport": 3}"#,
            [
                "/carrier: carrier must be text, not a number",
                "/tracking_number: tracking_number must be text, not a number",
                "/transport: transport must be text, not a number",
            ]
        ),
        (
            "{\"carrier\": \"\(String(repeating: "顺", count: 64))x\"}",
            ["/carrier: carrier must be 1 to 128 bytes counted as GBK, without control characters"]
        ),
        (
            #"{"carrier": "a\nb"}"#,
            ["/carrier: carrier must be 1 to 128 bytes counted as GBK, without control characters"]
        ),
        (
            "{\"carrier\": \"a\", \"tracking_number\": \"\(String(repeating: "1", count: 65))\"}",
            ["/tracking_number: tracking_number must be 1 to 64 printable ASCII characters without blanks"]
        ),
        (
            #"{"carrier": "a", "tracking_number": "单号"}"#,
            ["/tracking_number: tracking_number must be 1 to 64 printable ASCII characters without blanks"]
        ),
    ])
    func `what is wrong with a shipment is pointed at, and nobody is told`(body: String, errors: [String]) async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        let calls = desk.alipay.requests.count
        let answer = await ShipmentTests.ship(desk, id, body)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
        #expect(desk.alipay.requests.count == calls)
    }

    @Test(arguments: [
        (#"{"carrier": "SF&trade_no=1"}"#, ["carrier"]),
        (#"{"carrier": "SF", "tracking_number": "T-shirt&size=XL"}"#, ["tracking_number"]),
        (#"{"carrier": "SF&size=XL", "tracking_number": "1&sign=0"}"#, ["carrier", "tracking_number"]),
    ])
    func `a text that another parameter could hide in is refused by name, and nobody is told`(
        body: String, fields: [String]
    ) async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        let calls = desk.alipay.requests.count
        let answer = await ShipmentTests.ship(desk, id, body)
        #expect(answer.status == 400)
        #expect(
            answer.errors
                == fields.map {
                    "/\($0): \($0) has something like &name= in it, which could be read as a parameter of the signed request"
                })
        #expect(desk.alipay.requests.count == calls)
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "held")
    }

    @Test(arguments: [
        "{\"carrier\": \"\(String(repeating: "顺", count: 64))\"}",
        "{\"carrier\": \"\(String(repeating: "a", count: 128))\", \"tracking_number\": null, \"transport\": null}",
        "{\"carrier\": \"a\", \"tracking_number\": \"\(String(repeating: "~", count: 64))\"}",
    ])
    func `a field at its limit is taken`(body: String) async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
        #expect(await ShipmentTests.ship(desk, id, body).status == 201)
    }

    @Test func `a character that the tenant's charset lacks is named`() async {
        let desk = Desk(tenants: [.everything(charset: .gbk)])
        let id = await ShipmentTests.held(desk)
        let answer = await ShipmentTests.ship(desk, id, #"{"carrier": "SF 😀"}"#)
        #expect(answer.status == 400)
        #expect(
            answer.errors == [
                "/carrier: carrier has \"😀\" (U+1F600), which this tenant's charset gbk cannot express"
            ])
    }

    @Test(arguments: [
        ("WAIT_BUYER_PAY", "requires_action", "no money is in escrow yet"),
        ("WAIT_SYS_CONFIRM_PAY", "processing", "no money is in escrow yet"),
        ("WAIT_BUYER_CONFIRM_GOODS", "shipped", "it has another shipment"),
        ("TRADE_SUCCESS", "succeeded", "its money was never in escrow"), ("TRADE_CLOSED", "expired", "it is over"),
    ])
    func `what is not held is not shipped, and nobody is told`(word: String, status: String, why: String) async {
        let desk = Desk(tenants: [.everything()])
        let id = await desk.payment(at: word) { $0["settlement"] = "\"escrow\"" }.id
        let calls = desk.alipay.requests.count
        let answer = await ShipmentTests.ship(desk, id)
        #expect(answer.status == 409)
        #expect(answer.code == "not_shippable")
        #expect(answer.detail == "the payment is \(status) and cannot be shipped: \(why)")
        #expect(desk.alipay.requests.count == calls)
    }

    @Test func `another shipment of a shipped payment is refused`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
        _ = await ShipmentTests.ship(desk, id)
        let answer = await ShipmentTests.ship(desk, id, #"{"carrier": "EMS"}"#)
        #expect(answer.status == 409)
        #expect(answer.detail == "the payment is shipped and cannot be shipped: it has another shipment")
    }

    @Test func `Alipay's refusal changes nothing, and another carrier may be tried`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.error("ILLEGAL_ARGUMENT")])
        let answer = await ShipmentTests.ship(desk, id)
        #expect(answer.status == 502)
        #expect(answer.detail == "Alipay refused the shipment: ILLEGAL_ARGUMENT")
        #expect(answer.json["provider"]?["message"]?.text == "A parameter is missing or malformed.")
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "held")
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
        #expect(await ShipmentTests.ship(desk, id, #"{"carrier": "EMS"}"#).status == 201)
    }

    @Test func `Alipay's own fault may be tried again`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([
            ShipmentTests.confirm: TradeAnswer.error("SYSTEM_ERROR"),
            "single_trade_query": TradeAnswer.trade("ORDER-1", status: "WAIT_SELLER_SEND_GOODS"),
        ])
        let answer = await ShipmentTests.ship(desk, id)
        #expect(answer.status == 502)
        #expect(answer.code == "provider_refused")
        #expect(answer.json["retryable"] == .bool(true))
    }

    @Test func `no answer leaves the outcome open, and the same call again finds out`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "10.1.2.3 is slow")) }
        let answer = await ShipmentTests.ship(desk, id)
        #expect(answer.status == 504)
        #expect(answer.code == "provider_timeout")
        #expect(answer.json["outcome"]?.text == "unknown")
        #expect(!answer.text.contains("10.1.2.3"))
        // It had been heard: the trade says so.
        desk.alipayAnswers([
            ShipmentTests.confirm: TradeAnswer.error("TRADE_STATUS_NOT_AVAILD"),
            "single_trade_query": TradeAnswer.trade("ORDER-1", status: "WAIT_BUYER_CONFIRM_GOODS"),
        ])
        #expect(await ShipmentTests.ship(desk, id).status == 201)
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "shipped")
    }

    @Test func `an answer that proves nothing leaves the outcome open`() async {
        let desk = Desk(tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipay.always { _ in .success(TradeAnswer.xml("<html/>")) }
        let answer = await ShipmentTests.ship(desk, id)
        #expect(answer.status == 502)
        #expect(answer.code == "provider_invalid_answer")
    }

    @Test func `another tenant's payment is not there`() async {
        let desk = Desk(tenants: [.everything(), .teashop])
        let id = await ShipmentTests.held(desk)
        let calls = desk.alipay.requests.count
        #expect(await ShipmentTests.ship(desk, id, key: Desk.teashopKey).code == "not_found")
        #expect(desk.alipay.requests.count == calls)
    }

    @Test(arguments: Engine.allCases)
    func `an Idempotency-Key replays the shipment`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let id = await ShipmentTests.held(desk)
            let key = [("Idempotency-Key", "k")]
            desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
            let first = await ShipmentTests.ship(desk, id, headers: key)
            let second = await ShipmentTests.ship(desk, id, headers: key)
            #expect(first.status == 201)
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers["Idempotent-Replayed"] == "true")
            let other = await ShipmentTests.ship(desk, id, #"{"carrier": "EMS"}"#, headers: key)
            #expect(other.code == "idempotency_mismatch")
        }
    }

    @Test func `a store that fails is 503, and the same call again is safe`() async {
        let store = MemoryStore()
        let desk = Desk(store: store, tenants: [.everything()])
        let id = await ShipmentTests.held(desk)
        desk.alipayAnswers([ShipmentTests.confirm: TradeAnswer.shipped("ORDER-1")])
        store.failNextWrites(1)
        #expect(await ShipmentTests.ship(desk, id).status == 503)
        #expect(await ShipmentTests.ship(desk, id).status == 201)
    }
}
