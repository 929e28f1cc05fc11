import Alipay
import Diagnostics
import Gateway
import HTTP
import Support
import Testing
import Webhooks

/// What the doctor sends, and in which order.
struct DoctorSendingTests {
    private static func contract(keys: Int) -> Contract {
        let keys = (0..<keys).map { Secret(String(repeating: "\($0)", count: 32)) }
        return Contract(
            partner: Bench.partner, keys: SigningKeys(md5: keys), gatewayURL: "http://alipay.example/gateway.do")
    }

    private static func error(_ code: String) -> Result<OutboundResponse, SendError> {
        let xml =
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><alipay><is_success>F</is_success><error>\(code)</error></alipay>"
        return .success(OutboundResponse(status: 200, body: Array(xml.utf8)))
    }

    @Test func `Alipay is asked with one key after the other, and what it says is explained`() async {
        let sender = ScriptedSender()
        sender.always { request in
            Self.error(sender.requests.first?.url == request.url ? "ILLEGAL_SIGN" : "TRADE_NOT_EXIST")
        }
        let examination = await AskAlipay(sender: sender).run(LiveDoctor(Self.contract(keys: 2)))
        #expect(sender.requests.count == 2)
        #expect(sender.requests.allSatisfy { $0.url.contains("service=single_trade_query") && $0.method == .get })
        #expect(examination.findings.map(\.code) == ["first_key_refused"])
        #expect(examination.proofs.map(\.subject) == ["alipay.keys[1]"])
    }

    @Test func `when Alipay is not heard it is not asked with the next key`() async {
        let sender = ScriptedSender()
        sender.always { _ in .failure(SendError(code: .timeout, message: "Too slow.")) }
        let examination = await AskAlipay(sender: sender).run(LiveDoctor(Self.contract(keys: 3)))
        #expect(sender.requests.count == 1)
        #expect(examination.findings.map(\.code) == ["alipay_slow"])
        #expect(examination.skipped.map(\.subject) == ["alipay.keys[1]", "alipay.keys[2]"])
    }

    @Test func `a contract that can be asked nothing sends nothing`() async {
        let sender = ScriptedSender()
        let contract = Contract(
            partner: Bench.partner, keys: SigningKeys(md5: [Bench.key]), gatewayURL: "http://alipay.example/gateway.do",
            services: ContractServices(tradeQuery: false))
        let examination = await AskAlipay(sender: sender).run(LiveDoctor(contract))
        #expect(sender.requests.isEmpty && examination.findings.map(\.code) == ["nothing_to_ask"])
    }

    @Test func `endpoints are tried at once, and told in the order of the file`() async {
        let sender = ScriptedSender()
        let secret = WebhookSecret(bytes: Array(0..<32))
        let endpoints = ["a", "b", "c"].map {
            EndpointSettings(id: $0, url: "https://\($0).bookshop.cn/", secrets: [secret])
        }
        let reaches = zip(endpoints, EndpointSpecimen.all(of: endpoints)).map(EndpointReach.init)
        async let tried = ReachEndpoints(sender: sender).run(reaches)
        while sender.waiting.count < 3 { await Task.yield() }
        for (url, status) in [
            ("https://c.bookshop.cn/", 403), ("https://a.bookshop.cn/", 401), ("https://b.bookshop.cn/", 402),
        ] {
            sender.answer(status: status, url: url)
        }
        let examination = await tried
        #expect(examination.proofs.map(\.subject) == ["webhooks[0].url", "webhooks[1].url", "webhooks[2].url"])
        #expect(examination.proofs.map { $0.text.contains(/HEAD with 40[123]/) } == [true, true, true])
        #expect(examination.proofs[0].text.contains("401") && examination.proofs[2].text.contains("403"))
        #expect(sender.requests.allSatisfy { $0.method == .head })
    }
}
