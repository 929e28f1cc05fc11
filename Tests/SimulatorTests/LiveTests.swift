import Diagnostics
import HTTP
import HTTPClient
import HTTPServer
import Simulator
import Synchronization
import Testing

/// The simulator behind a real listener, with a merchant behind another, on loopback.
@Suite struct LiveTests {
    @Test
    func `a buyer pays over HTTP, the merchant verifies the notification and takes it, and the browser is sent back`()
        async throws
    {
        let client = HTTPClient(logger: .none, metrics: Metrics(), name: "test")
        let sender = WatchedSender(client)
        let simulator = AlipaySimulator(
            settings: SimulatorSettings(), sender: sender, clock: SystemClock(), logger: .none)
        let alipay = try LiveTests.serve(simulator, AlipaySimulator.listenerLimits)
        let merchant = try LiveTests.serve(LiveMerchant(client: client, alipay: "http://127.0.0.1:\(alipay.port)"))
        defer {
            client.shutdown(graceMs: 1000)
            alipay.stop(graceMs: 1000)
            merchant.stop(graceMs: 1000)
        }
        let base = "http://127.0.0.1:\(alipay.port)"
        let order = TestWorld.order([
            "notify_url": "http://127.0.0.1:\(merchant.port)/notify",
            "return_url": "http://127.0.0.1:\(merchant.port)/back",
        ])
        let query = String(decoding: TestWorld.sign(order).formEncoded(), as: UTF8.self)

        let page = try await LiveTests.ask(client, .get, "\(base)/gateway.do?\(query)")
        let trade = try found(simulator.trade(partner: TestWorld.partner, outTradeNo: "ORDER-1"))
        #expect(String(decoding: page.body, as: UTF8.self).contains("/cashier/\(trade.tradeNo)/pay"))

        let paid = try await LiveTests.ask(client, .post, "\(base)/cashier/\(trade.tradeNo)/pay")
        #expect(paid.status == 302)
        #expect(paid.headers["Location"]?.hasPrefix("http://127.0.0.1:\(merchant.port)/back?is_success=T") == true)

        let answer = try await sender.firstAnswer()
        #expect(String(decoding: answer.body, as: UTF8.self) == "success")
        let notification = try found(simulator.notifications().first)
        #expect(notification.state == .acknowledged)
        #expect(notification.attempts.count == 1)
    }

    @Test func `an order as long as Alipay takes it fits into the URL`() async throws {
        let client = HTTPClient(logger: .none, metrics: Metrics(), name: "test")
        let simulator = AlipaySimulator(
            settings: SimulatorSettings(), sender: client, clock: SystemClock(), logger: .none)
        let alipay = try LiveTests.serve(simulator, AlipaySimulator.listenerLimits)
        defer {
            client.shutdown(graceMs: 1000)
            alipay.stop(graceMs: 1000)
        }
        let order = TestWorld.order([
            "subject": String(repeating: "书", count: 128), "body": String(repeating: "书", count: 1000),
            "extra_common_param": String(repeating: "书", count: 100),
            "show_url": "http://" + String(repeating: "&", count: 393),
        ])
        let query = String(decoding: TestWorld.sign(order).formEncoded(), as: UTF8.self)
        let page = try await LiveTests.ask(client, .get, "http://127.0.0.1:\(alipay.port)/gateway.do?\(query)")
        #expect(page.status == 200)
        #expect(String(decoding: page.body, as: UTF8.self).contains("付款 Pay"))
    }

    static func serve(_ handler: any HTTPHandler, _ limits: Limits = Limits()) throws -> HTTPServer {
        let server = try HTTPServer(
            ListenerSettings(address: ListenAddress(address: .loopback, port: 0), limits: limits), handler: handler,
            clock: SystemClock(), metrics: Metrics(), logger: .none
        ) { "req_test" }
        server.start()
        return server
    }

    static func ask(_ client: HTTPClient, _ method: Method, _ url: String) async throws -> OutboundResponse {
        try await client.send(
            OutboundRequest(
                method: method, url: url, policy: .trusted, timeout: .seconds(10),
                bodyLimit: .refuse(bytesMax: 65_536))
        ).get()
    }
}

/// A merchant that asks `notify_verify` before it answers, as the protocol wants it.
private final class LiveMerchant: HTTPHandler {
    private let client: HTTPClient
    private let alipay: String

    init(client: HTTPClient, alipay: String) {
        self.client = client
        self.alipay = alipay
    }

    func handle(_ request: Request, _ reply: any Reply) {
        guard let fields = try? Fields(form: request.body), PartnerSignature.isValid(fields, key: TestWorld.key),
            let id = fields.text("notify_id")
        else { return reply.send(Response(status: 200, contentType: "text/plain", body: Array("fail".utf8))) }
        let url = "\(alipay)/gateway.do?service=notify_verify&partner=\(TestWorld.partner)&notify_id=\(id)"
        let ask = OutboundRequest(
            url: url, policy: .trusted, timeout: .seconds(10), bodyLimit: .refuse(bytesMax: 100))
        client.send(ask) { result in
            let isTrue = (try? result.get().body) == Array("true".utf8)
            reply.send(
                Response(status: 200, contentType: "text/plain", body: Array((isTrue ? "success" : "not true").utf8)))
        }
    }
}

/// Sends through another sender and tells when its first answer was handed on.
private final class WatchedSender: HTTPSender {
    private let sender: any HTTPSender
    private let answers: AsyncStream<Result<OutboundResponse, SendError>>
    private let continuation: AsyncStream<Result<OutboundResponse, SendError>>.Continuation

    init(_ sender: any HTTPSender) {
        self.sender = sender
        (answers, continuation) = AsyncStream.makeStream()
    }

    func send(_ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void) {
        sender.send(request) { [continuation] result in
            then(result)
            continuation.yield(result)
        }
    }

    func firstAnswer() async throws -> OutboundResponse {
        for await answer in answers { return try answer.get() }
        throw NothingFound()
    }
}
