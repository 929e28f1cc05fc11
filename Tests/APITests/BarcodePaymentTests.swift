import Diagnostics
import Foundation
import Gateway
import HTTP
import JSON
import Payments
import Storage
import Support
import Tenants
import Testing

/// Payments by the code that a buyer's wallet shows: charged at once, and the code is kept nowhere.
struct BarcodePaymentTests {
    private static let authCode = "286512345678901234"
    private static let charge = "alipay.acquire.createandpay"

    private static func create(
        _ desk: Desk, authCode: String? = "\"\(authCode)\"", headers: [(String, String)] = []
    ) async -> Reading {
        await desk.create(headers: headers) {
            $0["channel"] = "\"barcode\""
            $0["buyer"] = authCode.map { "{\"auth_code\": \($0)}" }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a charge that goes through is answered as succeeded`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            desk.alipayAnswers([BarcodePaymentTests.charge: TradeAnswer.charged("ORDER-1")])
            let answer = await BarcodePaymentTests.create(desk)
            #expect(answer.status == 201)
            #expect(answer.headers["Location"] == "/v1/payments/\(answer.id)")
            #expect(answer.json["status"]?.text == "succeeded")
            #expect(answer.json["amount_paid"]?.int64 == 12050)
            #expect(answer.json["next_action"] == .null)
            #expect(answer.json["sequence"]?.int64 == 1)
            let sent = try #require(desk.alipay.requests.first)
            #expect(sent.parameters["dynamic_id"] == BarcodePaymentTests.authCode)
            #expect(!sent.url.contains(BarcodePaymentTests.authCode))
        }
    }

    /// The charge may still be on its way to Alipay, which then has an order that nobody wants.
    @Test func `a cancel while it is being charged is not done because Alipay has no order yet`() async throws {
        let desk = Desk(tenants: [.everything()])
        let charging = desk.begin(
            .post, "/v1/payments",
            body: Array(#"{"merchant_reference":"ORDER-1","amount":12050,"subject":"x","channel":"barcode","#.utf8)
                + Array(#""buyer":{"auth_code":"\#(BarcodePaymentTests.authCode)"}}"#.utf8))
        try await desk.waitForAlipay()
        let id = try #require(await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1").ids.first)
        let notThere = TradeAnswer.acquire("ORDER-1", "FAIL", ["detail_error_code": "TRADE_NOT_EXIST"])
        desk.alipayAnswers(["alipay.acquire.cancel": notThere, "alipay.acquire.query": notThere])
        let early = await desk.call(.post, "/v1/payments/\(id)/cancel")
        #expect(early.status == 502 && early.json["outcome"]?.text == "unknown")
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "requires_action")
        desk.alipay.answer(.success(TradeAnswer.charged("ORDER-1")))
        #expect(await charging.reading().json["status"]?.text == "succeeded")
    }

    @Test func `one that never reached Alipay is canceled once its charge can be under way no more`() async throws {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([BarcodePaymentTests.charge: TradeAnswer.error("SYSTEM_ERROR")])
        let id = await BarcodePaymentTests.create(desk).id
        let notThere = TradeAnswer.acquire("ORDER-1", "FAIL", ["detail_error_code": "TRADE_NOT_EXIST"])
        desk.alipayAnswers(["alipay.acquire.cancel": notThere, "alipay.acquire.query": notThere])
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel").json["status"]?.text == "canceled")
    }

    @Test(arguments: [
        TradeAnswer.acquire("ORDER-1", "ORDER_SUCCESS_PAY_INPROCESS"), TradeAnswer.acquire("ORDER-1", "UNKNOWN"),
        TradeAnswer.error("SYSTEM_ERROR"), TradeAnswer.xml("<html/>"), OutboundResponse(status: 500, verifiedTLS: true),
    ])
    func `an open outcome is processing`(response: OutboundResponse) async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([BarcodePaymentTests.charge: response])
        let answer = await BarcodePaymentTests.create(desk)
        #expect(answer.status == 201)
        #expect(answer.json["status"]?.text == "processing")
        #expect(answer.json["next_action"] == .null)
    }

    @Test func `a refusal is told, and the payment is canceled`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([
            BarcodePaymentTests.charge: TradeAnswer.acquire(
                "ORDER-1", "ORDER_FAIL", ["detail_error_code": "SOUNDWAVE_PARSER_FAIL"])
        ])
        let answer = await BarcodePaymentTests.create(desk)
        #expect(answer.status == 502)
        #expect(answer.detail == "Alipay refused the payment: SOUNDWAVE_PARSER_FAIL")
        #expect(answer.json["provider"]?["code"]?.text == "SOUNDWAVE_PARSER_FAIL")
        let stored = await desk.call(.get, "/v1/payments/\(answer.json["payment"]?.text ?? "")")
        #expect(stored.json["status"]?.text == "canceled")
    }

    /// A barcode is charged once: whatever became of it, a repeat reads it.
    @Test func `the same again is answered as it stands, with whatever code`() async {
        let desk = Desk(tenants: [.everything()])
        desk.alipay.always { _ in .failure(SendError(code: .timeout, message: "too slow")) }
        let first = await BarcodePaymentTests.create(desk)
        #expect(first.json["status"]?.text == "processing")
        let second = await BarcodePaymentTests.create(desk, authCode: "\"289999999999999999\"")
        #expect(second.status == 200)
        #expect(second.text == first.text)
        #expect(desk.services == [BarcodePaymentTests.charge])
    }

    @Test func `what a dead process began is not charged again`() async throws {
        let desk = Desk(tenants: [.everything()])
        let key = [("Idempotency-Key", "k")]
        var body = Body.minimal()
        body["channel"] = "\"barcode\""
        body["buyer"] = "{\"auth_code\": \"\(BarcodePaymentTests.authCode)\"}"
        _ = desk.begin(.post, "/v1/payments", headers: key, body: Array(body.text.utf8))
        try await desk.waitForAlipay()
        let next = Desk(store: desk.store, clock: desk.clock, tenants: [.everything()], owner: "process-2")
        let answer = await next.call(.post, "/v1/payments", headers: key, body: body.text)
        #expect(answer.status == 200)
        #expect(answer.json["status"]?.text == "requires_action")
        #expect(next.alipay.requests.isEmpty)
    }

    @Test(
        arguments: [
            (nil, "/buyer/auth_code: auth_code is required with channel barcode"),
            ("null", "/buyer/auth_code: auth_code is required with channel barcode"),
            ("\"\"", "/buyer/auth_code: auth_code must be 1 to 64 printable ASCII characters without blanks"),
            ("\"28 65\"", "/buyer/auth_code: auth_code must be 1 to 64 printable ASCII characters without blanks"),
            ("\"28\\n\"", "/buyer/auth_code: auth_code must be 1 to 64 printable ASCII characters without blanks"),
            ("\"２８\"", "/buyer/auth_code: auth_code must be 1 to 64 printable ASCII characters without blanks"),
            (
                "\"\(String(repeating: "7", count: 65))\"",
                "/buyer/auth_code: auth_code must be 1 to 64 printable ASCII characters without blanks"
            ),
            ("286512345678901234", "/buyer/auth_code: auth_code must be text, not a number"),
        ] as [(String?, String)])
    func `a code that is none is refused and not repeated`(authCode: String?, error: String) async {
        let desk = Desk(tenants: [.everything()])
        let answer = await BarcodePaymentTests.create(desk, authCode: authCode)
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
        #expect(!answer.text.contains("2865"))
        #expect(desk.alipay.requests.isEmpty)
    }

    @Test(arguments: ["7", String(repeating: "~", count: 64)])
    func `a code at its limit is taken`(authCode: String) async {
        let desk = Desk(tenants: [.everything()])
        desk.alipayAnswers([BarcodePaymentTests.charge: TradeAnswer.charged("ORDER-1")])
        #expect(await BarcodePaymentTests.create(desk, authCode: "\"\(authCode)\"").status == 201)
        #expect(desk.alipay.requests.first?.parameters["dynamic_id"] == authCode)
    }

    @Test func `the code does not go with another channel, and a channel at fault is one error`() async {
        let desk = Desk(tenants: [.everything()])
        for channel in ["web", "mobile_web", "qr"] {
            let answer = await desk.create {
                $0["channel"] = "\"\(channel)\""
                $0["buyer"] = #"{"auth_code": "28"}"#
            }
            #expect(answer.errors == ["/buyer/auth_code: auth_code goes with channel barcode"])
        }
        let answer = await desk.create {
            $0["channel"] = "\"barcod\""
            $0["buyer"] = #"{"auth_code": "28"}"#
        }
        #expect(answer.pointers == ["/channel"])
    }

    /// Whoever reads the code within its minute can spend it.
    @Test(arguments: [
        TradeAnswer.charged("ORDER-1"), TradeAnswer.error("ILLEGAL_ARGUMENT"), TradeAnswer.error("SYSTEM_ERROR"),
    ])
    func `the code is in no answer, no log line, no metric and no byte of the database`(
        response: OutboundResponse
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "payrelay-api-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clock = ManualClock()
        let store = try SQLiteStore(
            path: folder.appending(path: "test.db").path, logger: .none, metrics: Metrics(), clock: clock)
        let desk = Desk(store: store, clock: clock, tenants: [.everything()])
        desk.alipayAnswers([BarcodePaymentTests.charge: response])
        let key = [("Idempotency-Key", "k")]
        var shown = [await BarcodePaymentTests.create(desk, headers: key).text]
        shown.append(await BarcodePaymentTests.create(desk, headers: key).text)
        shown.append(await BarcodePaymentTests.create(desk).text)
        for path in ["payments", "events", "deliveries", "notifications", "refunds"] {
            shown.append(await desk.call(.get, "/v1/\(path)").text)
        }
        shown += desk.log.lines.map { String(describing: $0) }
        shown.append(desk.metrics.prometheusText())
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            shown.append(String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self))
        }
        await store.close()
        // The rows are among what was looked through.
        #expect(shown.count { $0.contains("ORDER-1") } >= 4)
        for text in shown { #expect(!text.contains("2865123")) }
        #expect(desk.alipay.requests.first?.parameters["dynamic_id"] == BarcodePaymentTests.authCode)
    }
}
