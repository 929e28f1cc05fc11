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
        #expect(section.secrets.count == 2)
        #expect(endpoint.id == "default")
        #expect(endpoint.url == "https://bookshop.example/hooks/payrelay?shop=1")
        #expect(endpoint.secrets.map { $0.bytes.reveal().count } == [24, 32])
        #expect(endpoint.schedule.delaysMs == [0, 5_000, 60_000])
        #expect(endpoint.timeout == .seconds(20))
        #expect(endpoint.events == .all)
        #expect(endpoint.policy == .publicHTTPS)
        #expect(endpoint.takes(.paymentExpired))
    }

    @Test func `webhooks are several, each with its own settings`() throws {
        let section = try #require(try read("several.good.yaml", ProblemList()))
        #expect(section.endpoints.map(\.id) == ["erp", "shop-2"])
        let erp = section.endpoints[0]
        #expect(erp.schedule == .alipay)
        #expect(erp.policy == .trusted)
        #expect(erp.events == .only([.paymentSucceeded, .refundFailed]))
        #expect(erp.takes(.paymentSucceeded) && erp.takes(.webhookTest) && !erp.takes(.paymentExpired))
        #expect(section.endpoints[1].schedule == .payments)
        #expect(section.endpoints[1].timeout == .seconds(15))
    }

    @Test func `a file without webhooks has no endpoint`() throws {
        #expect(try read("none.good.yaml", ProblemList())?.endpoints.isEmpty == true)
    }

    @Test(arguments: ["urls.bad", "entries.bad"])
    func `every problem has its place, and there is no value`(name: String) throws {
        let problems = ProblemList()
        #expect(try read("\(name).yaml", problems) == nil)
        let lines = problems.sorted.map { $0.description + "\n" }.joined()
        let expected = try Fixture.text("\(name).txt")
        #expect(lines == expected)
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
                    nextAttemptAtMs: 3_000, createdAtMs: 1_000))
        let other = Event(
            id: "evt_2", tenant: "shop", type: .paymentExpired, payment: "pay_1", sequence: 2, timestampMs: 5, body: [])
        #expect(endpoint.delivery(of: other, id: "dlv_2", nowMs: 1_000) == nil)
    }

    private func read(_ name: String, _ problems: ProblemList) throws -> EndpointSection? {
        readText(try Fixture.text(name), problems)
    }

    private func readText(_ text: String, _ problems: ProblemList) -> EndpointSection? {
        let source = SettingsSource(
            file: "tenants/shop.yaml", folder: Fixture.folder,
            environment: { ["SHOP_WHSEC": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="][$0] })
        return SettingsReader.read(Array(text.utf8), from: source, into: problems) { root in
            _ = root.optional("name")
            return EndpointSettings.read(root)
        }
    }
}
