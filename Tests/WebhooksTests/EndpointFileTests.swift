import Diagnostics
import HTTP
import Payments
import Settings
import Testing
import Webhooks

struct EndpointFileTests {
    @Test func `a webhook is one endpoint with the id default`() throws {
        let section = try #require(try read("one.good.yaml", ProblemList()))
        let endpoint = try #require(section.endpoints.first)
        #expect(section.endpoints.count == 1)
        #expect(
            section.secrets.map(\.position.path).sorted() == [
                "webhook.headers.Authorization", "webhook.headers.X-Shop", "webhook.headers.x_gate",
                "webhook.secrets[0]",
                "webhook.secrets[1]",
            ])
        #expect(endpoint.id == "default")
        #expect(endpoint.url == "https://bookshop.example:9443/hooks/payrelay?shop=1")
        #expect(endpoint.secrets.map { $0.bytes.reveal().count } == [24, 32])
        #expect(endpoint.schedule.delaysMs == [0, 5_000, 60_000])
        #expect(endpoint.schedule.jitterPercent == 5)
        #expect(endpoint.timeout == .seconds(20))
        #expect(endpoint.ordering == .none)
        #expect(endpoint.inFlightMax == 512)
        #expect(endpoint.headers.map(\.name) == ["X-Shop", "Authorization", "x_gate"])
        #expect(
            endpoint.headers.map(\.value) == [
                Secret("bookshop"), Secret("Bearer hush-token"), Secret("hush-gate-token"),
            ])
        #expect(!"\(endpoint)".contains("hush"))
        #expect(endpoint.events == .all)
        #expect(endpoint.policy == .publicHTTPS)
        #expect(endpoint.takes(.paymentExpired))
    }

    @Test func `webhooks are several, each with its own settings`() throws {
        let section = try #require(try read("several.good.yaml", ProblemList()))
        #expect(section.endpoints.map(\.id) == ["erp", "shop-2", "plain"])
        let erp = section.endpoints[0]
        #expect(erp.schedule == .alipay.with(jitterPercent: 0))
        #expect(erp.ordering == .payment)
        #expect(erp.policy == .trusted)
        #expect(erp.events == .only([.paymentSucceeded, .refundFailed]))
        #expect(erp.takes(.paymentSucceeded) && erp.takes(.webhookTest) && !erp.takes(.paymentExpired))
        #expect(section.endpoints[1].schedule == .payments)
        #expect(section.endpoints[1].timeout == .seconds(15))
        #expect(section.endpoints[1].ordering == .payment)
        #expect(section.endpoints[1].headers.isEmpty)
        #expect(section.endpoints[1].inFlightMax == 32)
        #expect(section.endpoints[2].policy == EgressPolicy(allowHTTP: true, allowPrivateNetwork: false))
    }

    @Test func `a file without webhooks has no endpoint`() throws {
        #expect(try read("none.good.yaml", ProblemList())?.endpoints.isEmpty == true)
    }

    @Test(arguments: [
        "urls.bad", "urls-2.bad", "secrets.bad", "entries.bad", "ports.bad", "headers.bad", "header-values.bad",
    ])
    func `every problem has its place, and there is no value`(name: String) throws {
        let problems = ProblemList()
        #expect(try read("\(name).yaml", problems) == nil)
        let lines = problems.sorted.map { $0.description + "\n" }.joined()
        let expected = try Fixture.text("\(name).txt")
        #expect(lines == expected)
        #expect(!lines.contains("hush"))
    }

    @Test(arguments: [(0, true), (20, true), (21, false)])
    func `an endpoint has at most 20 headers of its own`(count: Int, isGood: Bool) {
        let headers = (0..<count).map { "X-\($0): a" }.joined(separator: ", ")
        let problems = ProblemList()
        #expect((readText(Self.endpoint("headers: {\(headers)}"), problems) != nil) == isGood)
        #expect(
            problems.sorted.map(\.message) == (isGood ? [] : ["webhook.headers: expected 0 to 20 keys, found 21"]))
    }

    @Test(arguments: [
        ("a", true), (String(repeating: "a", count: 1024), true), (String(repeating: "a", count: 1025), false),
        ("a  ~!\"'b", true), ("a ", false), (" a", false), ("a\tb", false), ("a\u{7F}", false), ("é", false),
        ("a\n", false), ("a\0b", false),
    ])
    func `a header's value is up to 1024 printable bytes of ASCII`(value: String, isGood: Bool) {
        let problems = ProblemList()
        let section = readText(Self.endpoint("headers: {X-A: env:VALUE}"), problems, environment: ["VALUE": value])
        #expect(section?.endpoints.first?.headers.map(\.value) == (isGood ? [Secret(value)] : nil))
        #expect(problems.sorted.count == (isGood ? 0 : 1))
    }

    @Test(arguments: [
        ("https://a.example/", true), ("https://a.example:443/", true), ("https://a.example:8443/", true),
        ("https://a.example:9443/", false), ("https://a.example:80/", false), ("https://a.example:8080/", false),
        ("https://a.example:1/", false), ("https://a.example:65535/", false), ("https://[2001:db8::1]:22/", false),
        ("https://a.example:09443/", false),
    ])
    func `webhooks go to the usual ports, and to others that the file allows`(url: String, isUsual: Bool) {
        #expect((readText(Self.endpoint(url: url, ""), ProblemList()) != nil) == isUsual)
        #expect(readText(Self.endpoint(url: url, "allow_private_network: true"), ProblemList()) != nil)
        let all = "allow_ports: [9443, 80, 8080, 1, 65535, 22]"
        #expect(readText(Self.endpoint(url: url, all), ProblemList()) != nil)
    }

    @Test(arguments: [
        ("http://a.example/", true), ("http://a.example:80/", true), ("http://a.example:8080/", true),
        ("https://a.example:8080/", true), ("http://a.example:8081/", false),
    ])
    func `plain http has its usual ports too, where it is allowed`(url: String, isUsual: Bool) {
        #expect((readText(Self.endpoint(url: url, "allow_http: true"), ProblemList()) != nil) == isUsual)
        #expect(readText(Self.endpoint(url: url, "allow_http: true, allow_ports: [8081]"), ProblemList()) != nil)
    }

    @Test(arguments: [(0, false), (1, true), (512, true), (513, false)])
    func `an endpoint has 1 to 512 requests in flight`(count: Int, isGood: Bool) {
        let section = readText(Self.endpoint("max_in_flight: \(count)"), ProblemList())
        #expect(section?.endpoints.first?.inFlightMax == (isGood ? count : nil))
    }

    @Test(arguments: [("0%", 0), ("50%", 50), ("51%", nil), ("20", nil), ("20 %", nil), ("-5%", nil)])
    func `jitter is 0% to 50%`(text: String, percent: Int?) {
        let section = readText(Self.endpoint("jitter: \"\(text)\""), ProblemList())
        #expect(section?.endpoints.first?.schedule.jitterPercent == percent)
    }

    @Test(arguments: [(2048, true), (2049, false)])
    func `a URL has at most 2048 bytes`(count: Int, isGood: Bool) throws {
        let url = "https://shop.example/" + String(repeating: "a", count: count - 21)
        let text = "webhook: {url: \"\(url)\", secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX]}\n"
        #expect((readText(text, ProblemList()) != nil) == isGood)
    }

    @Test func `a delivery is due when its endpoint's schedule begins, for the events it takes`() throws {
        let endpoint = EndpointSettings(
            id: "erp", url: "https://erp.example/", secrets: [.generate()],
            schedule: try RetrySchedule(delaysMs: [2_000, 5_000]), events: .only([.paymentSucceeded]))
        let event = Event(
            id: "evt_1", tenant: "shop", type: .paymentSucceeded, payment: "pay_1", sequence: 1, timestampMs: 5,
            body: [])
        #expect(
            endpoint.delivery(of: event, id: "dlv_1", nowMs: 1_000)
                == Delivery(
                    id: "dlv_1", tenant: "shop", event: "evt_1", eventType: .paymentSucceeded, endpoint: "erp",
                    nextAttemptAtMs: 3_000, orderedPayment: "pay_1", sequence: 1, createdAtMs: 1_000))
        let other = Event(
            id: "evt_2", tenant: "shop", type: .paymentExpired, payment: "pay_1", sequence: 2, timestampMs: 5, body: [])
        #expect(endpoint.delivery(of: other, id: "dlv_2", nowMs: 1_000) == nil)
    }

    @Test(
        arguments: [
            (EndpointSettings.Ordering.payment, EventType.refundFailed, "pay_1", "pay_1"),
            (.none, .refundFailed, "pay_1", nil), (.payment, .webhookTest, nil, nil), (.none, .webhookTest, nil, nil),
        ] as [(EndpointSettings.Ordering, EventType, String?, String?)])
    func `a delivery waits for those of its payment if the endpoint says so, and a test for none`(
        ordering: EndpointSettings.Ordering, type: EventType, payment: String?, expected: String?
    ) throws {
        let endpoint = EndpointSettings(url: "https://a.example/", secrets: [.generate()], ordering: ordering)
        let event = Event(
            id: "evt_1", tenant: "shop", type: type, payment: payment, sequence: payment == nil ? 0 : 7, timestampMs: 5,
            body: [])
        let delivery = try #require(endpoint.delivery(of: event, id: "dlv_1", nowMs: 1_000))
        #expect(delivery.orderedPayment == expected)
        #expect(delivery.sequence == event.sequence)
        #expect(delivery.behindDueMs == nil && delivery.lane == .live && delivery.nextAttemptAtMs == 1_000)
    }

    @Test func `an endpoint's own headers come after ours, and never in their place`() throws {
        let endpoint = EndpointSettings(
            url: "https://a.example/", secrets: [WebhookSecret(bytes: Array(0..<32))],
            headers: [
                .init(name: "X-Shop", value: Secret("bookshop")), .init(name: "Webhook-Id", value: Secret("evt_2")),
                .init(name: "user-agent", value: Secret("other")),
                .init(name: "Authorization", value: Secret("Bearer a")),
            ])
        let event = Event(
            id: "evt_1", tenant: "shop", type: .paymentSucceeded, payment: "pay_1", sequence: 1, timestampMs: 5,
            body: Array("{}".utf8))
        let request = try #require(
            WebhookRequest.make(to: endpoint, carrying: event, atMs: 1_700_000_000_999, userAgent: "PayRelay/1"))
        #expect(
            request.headers.fields.map(\.name) == [
                "webhook-id", "webhook-timestamp", "webhook-signature", "Content-Type", "User-Agent", "X-Shop",
                "Authorization",
            ])
        #expect(request.headers["webhook-id"] == "evt_1")
        #expect(request.headers["webhook-timestamp"] == "1700000000")
        #expect(request.headers["user-agent"] == "PayRelay/1")
        #expect(request.headers["authorization"] == "Bearer a")
    }

    private static func endpoint(url: String = "https://a.example/", _ more: String) -> String {
        "webhook: {url: \"\(url)\", secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX], \(more)}\n"
    }

    private func read(_ name: String, _ problems: ProblemList) throws -> EndpointSection? {
        readText(try Fixture.text(name), problems)
    }

    private static let environment = [
        "SHOP_WHSEC": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "SHOP_TOKEN": "Bearer hush-token",
        "LONG": String(repeating: "hush", count: 257),
    ]

    private func readText(
        _ text: String, _ problems: ProblemList, environment: [String: String] = EndpointFileTests.environment
    ) -> EndpointSection? {
        let source = SettingsSource(
            file: "tenants/shop.yaml", folder: Fixture.folder,
            environment: { environment[$0] })
        return SettingsReader.read(Array(text.utf8), from: source, into: problems) { root in
            _ = root.optional("name")
            return EndpointSettings.read(root)
        }
    }
}
