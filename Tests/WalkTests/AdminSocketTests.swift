import App
import Diagnostics
import FoundationEssentials
import HTTP
import HTTPClient
import JSON
import Support
import Testing

/// The admin listener on a Unix domain socket: the commands' way in, without a token.
@Suite(.timeLimit(.minutes(2))) struct AdminSocketTests {
    private static let token = "hush-admin-token-of-thirty-two-b"

    private func scrape(_ world: World, _ path: String, on socket: String) async throws -> OutboundResponse {
        var settings = ClientSettings()
        settings.unixSocket = socket
        let client = HTTPClient(settings: settings, logger: .none, metrics: Metrics(), name: "test")
        defer { client.shutdown(graceMs: 0) }
        return try await client.send(
            OutboundRequest(
                url: "http://whatever.example\(path)", policy: .trusted, timeout: .seconds(60),
                bodyLimit: .refuse(bytesMax: 1 << 20))
        ).get()
    }

    @Test func `commands find it by the settings, or by its path alone`() async throws {
        var options = World.Options(alipay: ["notify_verify: false"])
        options.admin = "unix:run/admin.sock"
        try await World.run(options) { world, service in
            let socket = "\(world.folder)/run/admin.sock"
            #expect(service.adminPort == 0)
            let (_, trade) = try await world.open("ORDER-1", on: service)
            var forged = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            forged.sign = "0"
            #expect(try await world.told(forged, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            let config = ["--config", "\(world.folder)/payrelay.yaml"]
            let elsewhere = ["--config", "/nowhere/payrelay.yaml", "--admin", "unix:\(socket)"]
            for reach in [config, elsewhere, config + ["--admin", "unix:\(socket)"]] {
                let listed = await world.payrelay(["notifications", "list"] + reach)
                #expect(listed.status == 0 && listed.out.contains(row), "\(listed)")
                let endpoints = await world.payrelay(["endpoints", "list"] + reach)
                #expect(endpoints.status == 0 && endpoints.out.contains("bookshop"), "\(endpoints)")
            }
            let posted = await world.payrelay(["endpoints", "disable", "bookshop"] + config)
            #expect(posted.status == 0 && posted.out == "bookshop default is disabled\n", "\(posted)")
            for path in ["/healthz", "/readyz", "/metrics"] {
                #expect(try await scrape(world, path, on: socket).status == 200)
            }
            let lost = await world.payrelay(["endpoints", "list", "--admin", "unix:\(world.folder)/run/other.sock"])
            #expect(lost.status == 1)
            #expect(
                lost.error
                    == "payrelay endpoints list: the service's admin listener at unix:\(world.folder)/run/other.sock did not answer: localhost could not be connected to: there is no such socket.\n"
            )
        }
    }

    @Test func `beside it an address can be scraped, which asks for the token`() async throws {
        var options = World.Options()
        options.admin = "[127.0.0.1:0, unix:run/admin.sock]"
        options.service = ["admin_token: file:tenants/secrets/admin"]
        options.files = ["tenants/secrets/admin": Self.token + "\n"]
        try await World.run(options) { world, service in
            let url = "http://127.0.0.1:\(service.adminPort)/metrics"
            let open = try await world.send(.get, url)
            #expect(open.status == 401)
            #expect(
                try await world.send(.get, url, headers: [("Authorization", "Bearer \(Self.token)")]).status == 200)
            let socket = "\(world.folder)/run/admin.sock"
            #expect(try await scrape(world, "/metrics", on: socket).status == 200)
            let listed = await world.payrelay(["endpoints", "list", "--config", "\(world.folder)/payrelay.yaml"])
            #expect(listed.status == 0 && listed.out.contains("bookshop"), "\(listed)")
        }
    }

    @Test func `a page that a proxy brings there is refused still`() async throws {
        var options = World.Options()
        options.admin = "unix:run/admin.sock"
        try await World.run(options) { world, service in
            var settings = ClientSettings()
            settings.unixSocket = "\(world.folder)/run/admin.sock"
            let client = HTTPClient(settings: settings, logger: .none, metrics: Metrics(), name: "test")
            defer { client.shutdown(graceMs: 0) }
            for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
                let answer = await client.send(
                    OutboundRequest(
                        url: "http://localhost/api/notifications", headers: Headers([(name, value)]), policy: .trusted,
                        timeout: .seconds(60), bodyLimit: .refuse(bytesMax: 1 << 20)))
                let refused = try answer.get()
                #expect(refused.status == 403)
            }
        }
    }

    @Test func `a second service does not take it away from the first; after the first it is free`() async throws {
        var options = World.Options()
        options.admin = "unix:run/admin.sock"
        let world = try World(options)
        defer { world.stop() }
        let service = try world.start()
        let config = try String(contentsOfFile: "\(world.folder)/payrelay.yaml", encoding: .utf8)
        try world.put("payrelay.yaml", config.replacing("payrelay.db", with: "other.db"))
        let error = #expect(throws: Service.StartError.self) { _ = try world.start() }
        #expect(
            error?.description
                == "listen: unix:\(world.folder)/run/admin.sock: another process listens there")
        service.stop()
        #expect(!FileManager.default.fileExists(atPath: "\(world.folder)/run/admin.sock"))
        let next = try world.start()
        #expect(try await scrape(world, "/healthz", on: "\(world.folder)/run/admin.sock").status == 200)
        next.stop()
    }

    @Test func `after kill -9 the next process takes the socket over`() async throws {
        var options = World.Options()
        options.admin = "unix:run/admin.sock"
        let world = try World(options)
        defer { world.stop() }
        let socket = "\(world.folder)/run/admin.sock"
        let first = try world.startProcess()
        #expect(try await scrape(world, "/healthz", on: socket).status == 200)
        first.kill()
        #expect(FileManager.default.fileExists(atPath: socket))
        let second = try world.startProcess()
        #expect(try await scrape(world, "/readyz", on: socket).status == 200)
        #expect(second.terminate() == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }
}
