import App
import Crypto
import Diagnostics
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Synchronization
import Testing

/// Keys are changed as the runbook says, by edits of real files, while payments and notifications come in; nothing is refused.
@Suite(.timeLimit(.minutes(2))) struct RotationWalkTests {
    private static let oldKey = "abcdefghijklmnopqrstuvwxyz012345"
    private static let newKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ543210"
    private static let newAPIKey = "sk_bookshop_new"

    /// What the merchant and Alipay use at a moment.
    private struct Hands: Sendable {
        var apiKey = World.apiKey
        var alipayKey = RotationWalkTests.oldKey
    }

    /// The traffic: payments by the merchant's key, paid by notifications with Alipay's.
    private final class Traffic: Sendable {
        private let world: World
        private let service: Service
        private let hands = Mutex(Hands())
        private let isOver = Atomic<Bool>(false)
        private let made = Atomic<Int>(0)

        init(_ world: World, _ service: Service) {
            self.world = world
            self.service = service
        }

        /// The API key that is good now.
        var key: String { hands.withLock { $0.apiKey } }
        var count: Int { made.load(ordering: .relaxed) }
        func change(_ change: (inout Hands) -> Void) { hands.withLock { change(&$0) } }
        func end() { isOver.store(true, ordering: .relaxed) }

        func run() async throws {
            while !isOver.load(ordering: .relaxed) {
                let hands = hands.withLock { $0 }
                let number = made.load(ordering: .relaxed)
                let body = """
                    {"merchant_reference": "R-\(number)", "amount": 12050, "currency": "CNY", "subject": "三体 (1-3)", \
                    "channel": "web"}
                    """
                let created = try await world.call(.post, "/v1/payments", on: service, key: hands.apiKey, body: body)
                #expect(created.status == 201, "\(created)")
                var paid = HandMadeNotification(
                    reference: "R-\(number)", tradeNo: "20260102221400000\(100_000 + number)", status: "TRADE_SUCCESS")
                paid.key = Secret(hands.alipayKey)
                #expect(try await world.told(paid, on: service) == "success", "\(number)")
                made.wrappingAdd(1, ordering: .relaxed)
            }
        }

        /// Some more goes through.
        func goOn() async throws {
            let before = count
            try await world.until(nil, "more traffic") { count > before + 2 }
        }
    }

    private func options() -> World.Options {
        World.Options(
            alipay: ["notify_verify: false"], keys: ["keys: [file:secrets/old.key]"],
            files: [
                "tenants/secrets/old.key": Self.oldKey + "\n", "tenants/secrets/new.key": Self.newKey + "\n",
                "tenants/secrets/new.whsec": "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=\n",
            ])
    }

    private func underTraffic(_ body: (World, Service, Traffic) async throws -> Void) async throws {
        try await World.run(options()) { world, service in
            let traffic = Traffic(world, service)
            let running = Task { try await traffic.run() }
            let result: Result<Void, any Error>
            do {
                try await traffic.goOn()
                result = .success(try await body(world, service, traffic))
            } catch { result = .failure(error) }
            traffic.end()
            try await running.value
            try result.get()
            #expect(
                try await world.call(.get, "/v1/notifications?verdict=bad_signature", on: service, key: traffic.key)
                    .json["data"] == .array([]))
        }
    }

    @Test func `an MD5 key of Alipay's is changed with nothing refused`() async throws {
        try await underTraffic { world, service, traffic in
            try await world.edit(
                service, "keys: [file:secrets/old.key]", "keys: [file:secrets/old.key, file:secrets/new.key]")
            try await traffic.goOn()
            // Alipay has changed over: so do we.
            traffic.change { $0.alipayKey = Self.newKey }
            try await world.edit(
                service, "keys: [file:secrets/old.key, file:secrets/new.key]",
                "keys: [file:secrets/new.key, {value: file:secrets/old.key, not_after: 2099-12-31}]")
            try await traffic.goOn()
            try await world.edit(
                service, "keys: [file:secrets/new.key, {value: file:secrets/old.key, not_after: 2099-12-31}]",
                "keys: [file:secrets/new.key]")
            try await traffic.goOn()
        }
    }

    @Test func `an API key is changed with nothing refused`() async throws {
        try await underTraffic { world, service, traffic in
            let old = "  - {label: test, sha256: \(digest(World.apiKey))}"
            let new = "  - {label: new, sha256: \(digest(Self.newAPIKey))}"
            try await world.edit(service, old, "\(old)\n\(new)")
            try await traffic.goOn()
            traffic.change { $0.apiKey = Self.newAPIKey }
            try await traffic.goOn()
            try await world.edit(service, "\(old)\n\(new)", new)
            try await traffic.goOn()
            #expect(try await world.call(.get, "/v1/payments", on: service).status == 401)
        }
    }

    @Test func `while both webhook secrets are listed, whoever has the old one takes every webhook`() async throws {
        try await underTraffic { world, service, traffic in
            try await world.edit(
                service, "secrets: [file:secrets/shop.whsec]",
                "secrets: [file:secrets/new.whsec, file:secrets/shop.whsec]")
            try await traffic.goOn()
            try await world.until(nil, "a webhook with both signatures") {
                world.shop.merchant.received.first?.headers["webhook-signature"]?.split(separator: " ").count == 2
            }
            #expect(world.shop.merchant.refused == 0)
        }
    }
}
