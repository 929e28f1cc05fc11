import App
import Crypto
import Diagnostics
import FoundationEssentials
import HTTP
import JSON
import Simulator
import Support
import Synchronization
import Testing

/// Everything that is told to anybody, while everything goes wrong that can.
@Suite(.timeLimit(.minutes(2))) struct SecretWalkTests {
    static let adminToken = "admin-token-that-nobody-sees-41"

    @Test func `no secret shows in a log, a metric, an answer or the output of check`() async throws {
        let world = try World(World.Options(webhook: ["schedule: [0s]"]))
        defer { world.stop() }
        try world.put("token", Self.adminToken + "\n")
        try world.put(
            "payrelay.yaml",
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            admin_token: file:token
            public_url: http://127.0.0.1:0
            store: sqlite:payrelay.db

            """)
        let service = try world.start()
        let told = Told(world: world, service: service)
        try await told.api()
        try await told.alipay()
        try await told.buyers()
        try await told.operators()
        service.stop()
        try told.check()
        told.log()
        for secret in Self.planted(world) {
            for (place, text) in told.everything {
                #expect(!text.contains(secret), "\(place) shows \(secret.prefix(12))…")
            }
        }
        #expect(told.everything.count > 40)
    }

    /// Every planted value, and how else it could be written.
    private static func planted(_ world: World) -> [String] {
        let keys = [World.account.key.reveal(), World.otherAccount.key.reveal()]
        let webhook = String(world.secret.dropFirst("whsec_".count))
        let texts = [World.apiKey, World.otherKey, adminToken, webhook]
        let values = keys + texts.map { Array($0.utf8) } + [Base64.decode(webhook) ?? []]
        return values.flatMap { value in
            [
                String(decoding: value, as: UTF8.self), Hex.encode(value), Hex.encode(value).uppercased(),
                // Without its end, which depends on what follows.
                String(Base64.encode(value).dropLast(4)),
            ]
        }
    }
}

/// What anybody was told, with where it was.
private final class Told: Sendable {
    private let world: World
    private let service: Service
    private let kept = Mutex<[(place: String, text: String)]>([])

    init(world: World, service: Service) {
        self.world = world
        self.service = service
    }

    var everything: [(place: String, text: String)] { kept.withLock { $0 } }

    private func keep(_ place: String, _ text: String) { kept.withLock { $0.append((place, text)) } }

    @discardableResult
    private func send(
        _ method: HTTP.Method, _ url: String, headers: [(String, String)] = [], body: String = ""
    ) async throws -> OutboundResponse {
        let response = try await world.send(method, url, headers: headers, body: body)
        let head = response.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        keep(
            "\(method) \(url.prefix(60)): \(response.status)",
            head + "\n" + String(decoding: response.body, as: UTF8.self))
        return response
    }

    private func merchant(
        _ method: HTTP.Method, _ path: String, key: String = World.apiKey, body: String = ""
    ) async throws -> JSONValue {
        var headers = [("Authorization", "Bearer \(key)")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        return try JSONReader.read(try await send(method, service.publicURL + path, headers: headers, body: body).body)
    }

    private static func order(_ reference: String) -> String {
        #"{"merchant_reference": "\#(reference)", "amount": 12050, "currency": "CNY", "subject": "三体", "channel": "web"}"#
    }

    /// Right calls, wrong ones, and keys where they do not belong.
    func api() async throws {
        let id = try #require(try await merchant(.post, "/v1/payments", body: Told.order("ORDER-1"))["id"]?.text)
        for path in [
            "/v1/payments", "/v1/payments/\(id)", "/v1/events", "/v1/deliveries", "/v1/notifications", "/v1/nothing",
            "/v1/payments?limit=0", "/v1/payments/\(World.otherKey)",
        ] {
            _ = try await merchant(.get, path)
        }
        _ = try await merchant(.post, "/v1/payments", body: "{")
        _ = try await merchant(.post, "/v1/payments", body: #"{"api_key": "x"}"#)
        _ = try await merchant(.post, "/v1/payments", body: Told.order("\(World.account.key)"))
        _ = try await merchant(.post, "/v1/payments/\(id)/sync")
        _ = try await merchant(.get, "/v1/payments", key: "sk_wrong")
        for place in ["/v1/payments?key=", "/v1/payments?api_key=", "/", "/checkout/", "/return/", "/notify/"] {
            try await send(.get, service.publicURL + place + World.apiKey)
        }
        for (name, value) in [
            ("Authorization", "Basic \(World.apiKey)"), ("X-Api-Key", World.apiKey), ("Cookie", World.apiKey),
        ] {
            try await send(.get, service.publicURL + "/v1/payments", headers: [(name, value)])
        }
        world.shop.merchant.behave(.fail(status: 500), times: 1)
        _ = try await merchant(.post, "/v1/webhooks/test")
        _ = try await merchant(.post, "/v1/webhooks/test")
        _ = try await merchant(.get, "/v1/deliveries")
    }

    /// Forged, unconfirmed and genuine notifications, and queries that fail.
    func alipay() async throws {
        let url = service.publicURL + World.shopNotifyPath
        let payment = try await merchant(.post, "/v1/payments", body: Told.order("ORDER-2"))
        let trade = try await world.openCashier(payment)
        let genuine = HandMadeNotification(reference: "ORDER-2", tradeNo: trade, status: "TRADE_SUCCESS")
        var forged = genuine
        forged.sign = "00000000000000000000000000000000"
        var foreign = genuine
        foreign.key = World.otherAccount.key
        for body in [genuine.body, forged.body, foreign.body, "nonsense", ""] { try await send(.post, url, body: body) }
        for kind in [Fault.Kind.unsigned, .badSignature, .wrongSeller, .status500] {
            world.alipay.simulator.set(try #require(Fault(.query, kind)))
            try await send(.post, url, body: genuine.body)
            world.alipay.simulator.set(try #require(Fault(.query, kind)))
            _ = try await merchant(.post, "/v1/payments/\(payment["id"]?.text ?? "")/sync")
        }
        _ = try world.alipay.simulator.move(trade, .pay)
        repeat {} while try await world.nextWebhook()["type"]?.text != "payment.succeeded"
        _ = try await merchant(.get, "/v1/notifications?limit=100")
        _ = try await merchant(.get, "/v1/events")
        try await send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
    }

    func buyers() async throws {
        let payment = try await merchant(.post, "/v1/payments", body: Told.order("ORDER-3"))
        try await send(.get, try #require(payment["next_action"]?["url"]?.text))
        try await send(.get, "\(service.publicURL)/checkout/nothing")
        try await send(.get, "\(service.publicURL)/return/bookshop?sign=x")
    }

    func operators() async throws {
        let admin = "http://127.0.0.1:\(service.adminPort)"
        for path in ["/healthz", "/readyz", "/metrics", "/nothing"] {
            try await send(.get, admin + path, headers: [("Authorization", "Bearer \(SecretWalkTests.adminToken)")])
            try await send(.get, admin + path, headers: [("Authorization", "Bearer wrong")])
        }
    }

    /// Secrets in every place where an admin may have put them by mistake.
    func check() throws {
        let key = String(decoding: World.account.key.reveal(), as: UTF8.self)
        try world.put(
            "tenants/mistaken.yaml",
            """
            name: Mistaken
            alipay:
              partner: "\(key)"
              seller_email: \(key)
              keys: ["\(key) ", env:\(key), file:\(key), [\(key)], "\(key)\(key)"]
              private_key: \(key)
              gateway_url: https://\(key)@mapi.alipay.com/gateway.do
              \(key): x
            products: [web/instant]
            api_keys:
              - {label: literal, sha256: \(World.apiKey)}
              - \(World.otherKey)
            webhook:
              url: https://u:\(world.secret)@shop.example/
              secrets: ["\(world.secret) ", "\(world.secret.dropLast(2))", "v1,\(world.secret)", "\(world.secret.dropFirst(6))"]
              timeout: \(world.secret)

            """)
        let path = "\(world.folder)/payrelay.yaml"
        let console = CommandRunner.Console(
            out: { self.keep("check", $0) }, error: { self.keep("check, standard error", $0) })
        #expect(CommandRunner.run(["check", "--config", path], console) == CommandRunner.failed)
        #expect(everything.count { $0.place == "check" } > 5)
    }

    func log() {
        for line in world.log.lines { keep("log: \(line.message)", "\(line.message) \(line.fields)") }
        for webhook in world.shop.merchant.received { keep("webhook", String(decoding: webhook.body, as: UTF8.self)) }
    }
}
