import App
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Synchronization
import Testing

/// One tenant's file is edited at random, well and badly, while two tenants take payments, notifications and webhooks.
/// `PAYRELAY_SOAK=5000` makes so many payments of each.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ReloadSoakTests {
    static let payments = ProcessInfo.processInfo.environment["PAYRELAY_SOAK"].flatMap(Int.init) ?? 120

    @Test func `no edit of a file, good or bad, fails a request or reaches another tenant`() async throws {
        try await World.run(World.Options(speed: 2000)) { world, service in
            let soak = Soak(world: world, service: service)
            let editor = Editor(world: world, service: service, seed: 20_261_130)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let isOver = Flag()
                for merchant in Soak.merchants {
                    group.addTask {
                        for number in 0..<Self.payments { try await soak.pay(merchant, number, editor) }
                    }
                }
                // Where traffic is over soon, the edits are not.
                let edits = Task { while !isOver.isSet || !editor.hasDoneEverything { try await editor.step() } }
                try await group.waitForAll()
                isOver.set(true)
                try await edits.value
            }
            try await editor.finish()
            try await soak.check(payments: Self.payments)
            #expect(editor.hasDoneEverything, "\(editor.counts)")
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set(_ isSet: Bool) { value.store(isSet, ordering: .relaxed) }
}

/// The traffic: whatever is answered is written down.
private final class Soak: Sendable {
    struct Merchant: Sendable {
        let tenant: String
        let key: String
        let partner: String
    }

    /// The first one's file is edited.
    static let merchants = [
        Merchant(tenant: "bookshop", key: World.apiKey, partner: World.account.partner),
        Merchant(tenant: "teashop", key: World.otherKey, partner: World.otherAccount.partner),
    ]

    private let world: World
    private let service: Service
    private let made = Mutex<[String: [String]]>([:])

    init(world: World, service: Service) {
        self.world = world
        self.service = service
    }

    /// Takes one payment from start to end. Only while its file is gone may a merchant be told that it makes no new ones.
    func pay(_ merchant: Merchant, _ number: Int, _ editor: Editor) async throws {
        let body = """
            {"merchant_reference": "\(merchant.tenant)-\(number)", "amount": 100, "currency": "CNY", "subject": "Book", \
            "channel": "web"}
            """
        while true {
            // The answer may come a moment after the file is back.
            let mayDrain = merchant.tenant == "bookshop" && editor.mayDrain
            let (status, json, _) = try await world.call(
                .post, "/v1/payments", on: service, key: merchant.key, body: body)
            if status == 409, json["code"]?.text == "tenant_draining", merchant.tenant == "bookshop",
                mayDrain || editor.mayDrain
            {
                continue
            }
            guard status == 201, let id = json["id"]?.text else {
                throw World.Broken(description: "\(merchant.tenant) \(number): create answered \(status): \(json)")
            }
            guard try await world.send(.get, json["next_action"]?["provider_url"]?.text ?? "").status == 200,
                let trade = world.alipay.simulator.trade(
                    partner: merchant.partner, outTradeNo: "\(merchant.tenant)-\(number)")
            else { throw World.Broken(description: "\(merchant.tenant) \(number): Alipay did not take the request") }
            _ = try world.alipay.simulator.move(trade.tradeNo, .pay)
            made.withLock { $0[merchant.tenant, default: []].append(id) }
            let read = try await world.call(.get, "/v1/payments/\(id)", on: service, key: merchant.key)
            guard read.status == 200 else {
                throw World.Broken(description: "\(merchant.tenant) \(number): read answered \(read.status)")
            }
            return
        }
    }

    /// Every payment succeeded by what Alipay posted, each was told once, and nothing of one merchant shows at the other.
    func check(payments: Int) async throws {
        for merchant in Soak.merchants {
            let ids = made.withLock { $0[merchant.tenant] ?? [] }
            #expect(ids.count == payments)
            for id in ids {
                try await world.until(nil, "\(id)'s success") {
                    try await world.call(.get, "/v1/payments/\(id)", on: service, key: merchant.key).json["status"]?
                        .text
                        == "succeeded"
                }
                let (_, events, _) = try await world.call(
                    .get, "/v1/deliveries?limit=1", on: service, key: merchant.key)
                #expect(events["object"]?.text == "list")
            }
            let refused = try await world.metrics(on: service).split(separator: "\n").filter { line in
                line.hasPrefix("payrelay_notifications_total{tenant=\"\(merchant.tenant)\"")
                    && !["applied", "repeat", "unchanged", "stale"].contains { line.contains("verdict=\"\($0)\"") }
            }
            #expect(refused == [])
            try await world.until(nil, "every webhook of \(merchant.tenant)") {
                let open = try await world.call(
                    .get, "/v1/deliveries?status=pending&limit=1", on: service, key: merchant.key)
                return open.json["data"]?.elements.isEmpty == true
            }
        }
        let changes = try await world.send(
            .get, "http://127.0.0.1:\(service.adminPort)/api/changes?tenant=teashop&limit=100")
        let kinds = try JSONReader.read(changes.body)["data"]?.elements.map { $0["kind"]?.text }
        #expect(kinds == ["added"])
    }
}

/// Edits the first tenant's file at random.
private final class Editor: Sendable {
    enum Kind: String, CaseIterable {
        case inPlace, renamedOver, broken, halfWritten, renamedAway, deleted, secretReplaced, stray
    }

    private struct State {
        var random: SeededGenerator
        var version = 0
        var counts: [String: Int] = [:]
    }

    private let world: World
    private let service: Service
    private let good: String
    private let state: Mutex<State>
    private let mayDrainNow = Flag()

    /// Whether the file is gone on purpose, or was until now.
    var mayDrain: Bool { mayDrainNow.isSet }
    var counts: [String: Int] { state.withLock { $0.counts } }
    var hasDoneEverything: Bool { Kind.allCases.allSatisfy { counts[$0.rawValue] != nil } }

    init(world: World, service: Service, seed: UInt64) {
        self.world = world
        self.service = service
        good = (try? String(contentsOfFile: "\(world.folder)/tenants/bookshop.yaml", encoding: .utf8)) ?? ""
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    private var path: String { "\(world.folder)/tenants/bookshop.yaml" }

    func step() async throws {
        let (kind, version) = state.withLock { state in
            let missing = Kind.allCases.filter { state.counts[$0.rawValue] == nil }
            let kind = state.random.pick(missing.isEmpty ? Kind.allCases : missing)
            state.counts[kind.rawValue, default: 0] += 1
            state.version += 1
            return (kind, state.version)
        }
        let text = good.replacing("name: Bookshop", with: "name: Bookshop \(version)")
        switch kind {
        case .inPlace: try world.put("tenants/bookshop.yaml", text)
        case .renamedOver:
            try world.put("tenants/.bookshop.yaml.new", text)
            #expect(RawFiles.rename("\(world.folder)/tenants/.bookshop.yaml.new", over: path))
        case .broken:
            let mistakes = [("name:", "nam:"), ("[", "[["), ("  partner: \"", "  partner: \"9"), ("\n", "\n\t")]
            let (found, mistake) = state.withLock { $0.random.pick(mistakes) }
            try world.put("tenants/bookshop.yaml", text.replacing(found, with: mistake, maxReplacements: 1))
        case .halfWritten:
            let bytes = Array(text.utf8)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            let half = state.withLock { Int.random(in: 0..<bytes.count, using: &$0.random) }
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: bytes.prefix(half))
            // While something else happens.
            for _ in 0..<3 { _ = try await ready() }
            try handle.write(contentsOf: bytes.dropFirst(half))
            try handle.close()
        case .renamedAway:
            // As editors do that keep the old file.
            #expect(RawFiles.rename(path, over: path + "~"))
            try world.put("tenants/bookshop.yaml", text)
        case .deleted:
            mayDrainNow.set(true)
            #expect(RawFiles.remove(path))
            try await world.until(nil, "draining") { try await ready()["tenants"]?["draining"]?.int64 == 1 }
            try world.put("tenants/bookshop.yaml", text)
            try await world.until(nil, "serving") { try await ready()["tenants"]?["draining"]?.int64 == 0 }
            mayDrainNow.set(false)
        case .secretReplaced:
            try world.put("tenants/secrets/shop.whsec.new", world.secret + "\n")
            #expect(
                RawFiles.rename(
                    "\(world.folder)/tenants/secrets/shop.whsec.new",
                    over: "\(world.folder)/tenants/secrets/shop.whsec"))
        case .stray: try world.put("tenants/notes-\(version).txt", text)
        }
        for _ in 0..<2 { _ = try await ready() }
    }

    /// The last version is a good one, and is served.
    func finish() async throws {
        try world.put("tenants/bookshop.yaml", good.replacing("name: Bookshop", with: "name: The last"))
        try await world.until(nil, "the last version") {
            let list = try await world.send(.get, "http://127.0.0.1:\(service.adminPort)/api/tenants")
            return String(decoding: list.body, as: UTF8.self).contains("\"The last\"")
        }
        #expect(try await ready()["tenants"]?["stale"]?.int64 == 0)
    }

    private func ready() async throws -> JSONValue {
        try JSONReader.read(try await world.send(.get, "http://127.0.0.1:\(service.adminPort)/readyz").body)
    }
}
