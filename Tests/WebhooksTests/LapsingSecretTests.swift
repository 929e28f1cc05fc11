import Crypto
import Diagnostics
import HTTP
import Payments
import Settings
import Support
import Testing
import Webhooks

/// Webhook secrets with an end.
struct LapsingSecretTests {
    private let old = WebhookSecret(bytes: Array(0..<32))
    private let new = WebhookSecret(bytes: Array(32..<64))

    private func signed(_ request: OutboundRequest, by secret: WebhookSecret, _ bench: WorkerBench) -> Bool {
        (try? StandardWebhooks.verify(
            request.headers, body: request.body, secrets: [secret], nowSeconds: bench.clock.nowMs / 1000)) != nil
    }

    @Test func `every secret in force signs, and is counted; one that lapses does not from that instant on`()
        async throws
    {
        let bench = WorkerBench()
        let old = old.lapsing(atMs: bench.clock.nowMs + 10_000)
        bench.setEndpoint(secrets: [old, new])
        bench.worker.start()
        try await bench.commit()
        let both = try #require(bench.sender.waiting.first)
        #expect(signed(both, by: old, bench) && signed(both, by: new, bench))
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 10_000)
        try await bench.commit()
        let one = try #require(bench.sender.waiting.first)
        #expect(!signed(one, by: old, bench) && signed(one, by: new, bench))
        #expect((old.tag.use.count, new.tag.use.count) == (1, 2))
        #expect(old.tag.use.lastUsedAtMs == bench.clock.nowMs - 10_000)
        #expect(new.tag.use.lastUsedAtMs == bench.clock.nowMs)
    }

    @Test func `once all have lapsed deliveries are held and an alarm is raised; a new secret lets them go`()
        async throws
    {
        let bench = WorkerBench()
        bench.setEndpoint(secrets: [old.lapsing(atMs: bench.clock.nowMs + 500)])
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: 200)
        bench.clock.advance(byMs: 500)
        let due = try await bench.commit()
        #expect(bench.sender.waiting.isEmpty)
        #expect(bench.hold?.reason == .secretsLapsed)
        #expect(try await bench.keptState()?.hold?.reason == .secretsLapsed)
        let held = try await bench.stored(due)
        #expect(held.delivery.status == .held)
        #expect(held.attempts.isEmpty)
        #expect(bench.alarms("secrets_lapsed") == "1")
        #expect(
            bench.log.messages(.error) == ["webhook endpoint has no secret in force; its deliveries are held"])
        bench.setEndpoint(secrets: [new])
        bench.worker.endpointsChanged()
        let request = try #require(bench.sender.waiting.first)
        #expect(signed(request, by: new, bench))
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(due).delivery.status == .delivered)
        #expect(bench.hold == nil)
        #expect(
            bench.log.messages(.info).contains("webhook endpoint has a secret in force again; what was held is sent"))
    }

    @Test func `whoever waits for a delivery is told that no secret is in force`() {
        let bench = WorkerBench()
        bench.setEndpoint(secrets: [old.lapsing(atMs: bench.clock.nowMs)])
        bench.worker.start()
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(bench.make("new", dueInMs: 300_000), isLastTry: true) {
            answers.put(DirectResult($0))
        }
        #expect(answers.values == [.refused(.secretsLapsed)])
        #expect(bench.sender.requests.isEmpty)
    }

    @Test func `a file's secrets may have ends, and one of which none is in force is warned of`() throws {
        let text = """
            webhook:
              url: https://shop.example/hooks
              secrets:
                - {value: whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX, not_after: 2026-02-01}
                - whsec_FxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA
            """
        let (section, problems) = read(text)
        #expect(problems == [])
        #expect(section?.endpoints.first?.secrets.map(\.tag.notAfterMs) == [1_769_990_400_000, nil])
        let (lapsed, lines) = read(
            "webhook: {url: https://shop.example/, "
                + "secrets: [{value: whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX, not_after: 2026-01-01}]}")
        #expect(lapsed?.endpoints.first?.secrets.count == 1)
        #expect(
            lines == [
                "f.yaml:1:48: warning: webhook.secrets: none of it is in force: the last one lapsed at 2026-01-02T00:00:00Z",
                "f.yaml:1:108: warning: webhook.secrets[0].not_after: it lapsed at 2026-01-02T00:00:00Z and counts no more; take the entry out",
            ])
        let twice = read(
            "webhook: {url: https://shop.example/, secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX, "
                + "{value: whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX, not_after: 2027-01-01}]}")
        #expect(
            twice.problems == ["f.yaml:1:97: webhook.secrets[1].value: this secret stands in the list twice"])
    }

    private func read(_ text: String) -> (section: EndpointSection?, problems: [String]) {
        let problems = ProblemList()
        let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil }, clock: ManualClock())
        let section = SettingsReader.read(Array(text.utf8), from: source, into: problems, EndpointSettings.read)
        return (section, problems.sorted.map(\.description))
    }
}
