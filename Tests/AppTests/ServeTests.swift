import App
import Diagnostics
import Foundation
import HTTP
import HTTPClient
import JSON
import Settings
import Support
import Synchronization
import Tenants
import Testing

struct ServeTests {
    private static let loopback = """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        public_url: https://pay.example
        store: sqlite:data/payrelay.db

        """

    @Test(arguments: CheckTests.services(".bad.yaml"))
    func `serve starts nothing on a bad payrelay yaml, and shows what check shows`(name: String) throws {
        let shop = try Shop(service: try Shop.fixture("service/\(name).yaml"))
        let outcome = shop.run(["serve", "--config", shop.configPath])
        #expect(outcome.status == 1)
        #expect(outcome.out == "")
        #expect(
            outcome.error == shop.check().out
                + "payrelay serve: nothing was started; repair what stands above, `payrelay check` tells when it is right\n"
        )
        #expect(!shop.scratch.files.contains { $0.hasSuffix(".db") })
    }

    @Test func `serve starts nothing without payrelay yaml`() throws {
        let shop = try Shop(service: nil)
        let outcome = shop.run(["serve", "--config", shop.configPath])
        #expect(outcome.status == 1)
        #expect(outcome.error.hasPrefix("payrelay.yaml:1:1: cannot read payrelay.yaml: No such file; --config FILE"))
    }

    @Test func `a store that cannot be opened ends serve with status 1 and its path`() throws {
        let shop = try Shop(
            service: ServeTests.loopback.replacing("data/payrelay.db", with: "secrets/admin/payrelay.db"))
        let outcome = shop.run(["serve", "--config", shop.configPath])
        #expect(outcome.status == 1)
        #expect(outcome.error == "payrelay serve: store: cannot make the folder secrets/admin\n")
    }

    @Test func `the good tenants are served, the bad ones are logged, and readyz and metrics tell`() async throws {
        let shop = try Shop(service: ServeTests.loopback)
        try shop.addTenant("birch.yaml", try Shop.fixture("shop.yaml"))
        try shop.addTenant("zebra.yaml", "name: \"hush\nalipay: hush\n")
        let loaded = Configuration.load(path: shop.configPath)
        let configuration = try #require(loaded.configuration)
        let log = RecordedLog()
        let service = try Service(configuration, logger: Logger(sink: log))
        let client = HTTPClient(logger: Logger.none, metrics: Metrics(), name: "test")
        defer {
            client.shutdown(graceMs: 0)
            service.stop()
        }
        #expect(configuration.tenants.all.map(\.id) == ["birch"])
        #expect(log.messages(.error) == Array(repeating: "configuration error", count: loaded.errorCount))
        let logged = log.lines.map { "\($0)" }.joined(separator: "\n")
        for problem in loaded.problems { #expect(logged.contains(problem.message)) }
        #expect(!logged.contains("hush"))

        let admin = "http://127.0.0.1:\(service.adminPort)"
        let ready = try await get(admin + "/readyz", client)
        #expect(ready.status == 200)
        let state = try JSONReader.read(ready.body)
        #expect(state["ready"] == .bool(true))
        #expect(state["tenants"]?["good"]?.int64 == 1)
        #expect(state["tenants"]?["bad"]?.int64 == 2)
        #expect(state["configuration_errors"]?.int64 == Int64(loaded.errorCount))
        let metrics = String(decoding: try await get(admin + "/metrics", client).body, as: UTF8.self)
        #expect(metrics.contains("payrelay_tenants{state=\"good\"} 1\n"))
        #expect(metrics.contains("payrelay_tenants{state=\"bad\"} 2\n"))

        let base = "http://127.0.0.1:\(service.publicPort)"
        let unknown = try await send(.post, base + "/notify/nobody", client)
        #expect(unknown.status == 404)
        // Alipay comes again, and by then the file may be right.
        let broken = try await send(.post, base + "/notify/shop", client)
        #expect(broken.status == 503)
        let served = try await send(.post, base + "/notify/birch", client)
        #expect(served.status == 200)
        #expect(String(decoding: served.body, as: UTF8.self) == "fail")
    }

    @Test func `without any tenant the service starts, and warns`() async throws {
        let shop = try Shop(service: ServeTests.loopback, hasTenant: false)
        let log = RecordedLog()
        let service = try Service(
            try #require(Configuration.load(path: shop.configPath).configuration), logger: Logger(sink: log))
        let client = HTTPClient(logger: Logger.none, metrics: Metrics(), name: "test")
        defer {
            client.shutdown(graceMs: 0)
            service.stop()
        }
        #expect(log.messages(.warning) == ["configuration warning"])
        #expect(try await get("http://127.0.0.1:\(service.adminPort)/readyz", client).status == 200)
    }

    private func get(_ url: String, _ client: HTTPClient) async throws -> OutboundResponse {
        try await send(.get, url, client)
    }

    private func send(_ method: HTTP.Method, _ url: String, _ client: HTTPClient) async throws -> OutboundResponse {
        let request = OutboundRequest(
            method: method, url: url, headers: Headers(), body: [], policy: .trusted, timeout: .seconds(10),
            bodyLimit: .refuse(bytesMax: 1 << 20)
        )
        return try await withCheckedContinuation { continuation in
            client.send(request) { continuation.resume(returning: $0) }
        }.get()
    }
}
