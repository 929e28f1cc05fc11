import App
import Diagnostics
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Synchronization
import Testing

/// `kill -9` at random moments, under concurrent creates, payments and notifications. `PAYRELAY_KILLS=200` kills more often.
@Suite(.timeLimit(.minutes(10)), .serialized) struct KillTests {
    static let kills = ProcessInfo.processInfo.environment["PAYRELAY_KILLS"].flatMap(Int.init) ?? 20
    static let buyers = 8

    @Test func `kill -9 loses no 201, no success and no event, and tells nothing that is not so`() async throws {
        // Repeats of a notification come 20,000 times faster: 12 ms, 30 ms, 30 ms, 180 ms, 360 ms, 1.1 s and 2.7 s.
        let world = try World(World.Options(speed: 20_000))
        defer { world.stop() }
        let run = KillRun(world: world, url: try world.putPorts())
        var random = SeededGenerator(seed: 20_260_102)
        for _ in 0..<KillTests.kills {
            let gateway = try world.startProcess()
            await run.load(buyers: KillTests.buyers, until: Int.random(in: 1...40, using: &random)) { gateway.kill() }
        }
        let gateway = try world.startProcess()
        try await run.finishPayments()
        try await run.check()
        #expect(gateway.terminate() == 0)
    }
}

/// What was promised to anybody while the gateway was killed again and again.
final class KillRun: Sendable {
    struct Promised {
        /// Payments that were answered 201, by reference.
        var created: [String: String] = [:]
        /// References whose create was sent and perhaps not answered.
        var asked: Set<String> = []
    }

    private let world: World
    private let url: String
    private let promised = Mutex(Promised())
    private let next = Atomic<Int>(0)

    init(world: World, url: String) {
        self.world = world
        self.url = url
    }

    /// Buyers create and pay, all at once, until `steps` steps were answered; then `kill`, in the middle of the others.
    func load(buyers: Int, until steps: Int, kill: @escaping @Sendable () -> Void) async {
        let trigger = Trigger(steps: steps, kill: kill)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<buyers {
                group.addTask { await self.buy(trigger) }
            }
        }
    }

    private func buy(_ trigger: Trigger) async {
        while !trigger.isPulled {
            let reference = "KILL-\(next.wrappingAdd(1, ordering: .relaxed).newValue)"
            if await create(reference) { trigger.step() }
            if await pay(reference) { trigger.step() }
        }
    }

    /// Kills at a given step, once.
    private final class Trigger: Sendable {
        private let left: Atomic<Int>
        private let pulled = Atomic<Bool>(false)
        private let kill: @Sendable () -> Void

        init(steps: Int, kill: @escaping @Sendable () -> Void) {
            left = Atomic(steps)
            self.kill = kill
        }

        var isPulled: Bool { pulled.load(ordering: .relaxed) }

        func step() {
            guard left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 else { return }
            pulled.store(true, ordering: .relaxed)
            kill()
        }
    }

    /// - Returns: whether the gateway answered.
    private func create(_ reference: String) async -> Bool {
        promised.withLock { _ = $0.asked.insert(reference) }
        let body = #"{"merchant_reference": "\#(reference)", "amount": 12050, "subject": "三体", "channel": "web"}"#
        guard let (status, json) = try? await call(.post, "/v1/payments", body: body), status == 201,
            let id = json["id"]?.text
        else {
            return false
        }
        promised.withLock { $0.created[reference] = id }
        return true
    }

    /// The buyer needs only the signed URL, and Alipay's cashier; the notification comes by itself.
    private func pay(_ reference: String) async -> Bool {
        guard let id = promised.withLock({ $0.created[reference] }),
            let (status, payment) = try? await call(.get, "/v1/payments/\(id)"), status == 200,
            let trade = try? await world.openCashier(payment)
        else { return false }
        return (try? world.alipay.simulator.move(trade, .pay)) != nil
    }

    private func call(
        _ method: HTTP.Method, _ path: String, body: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        try await world.call(method, at: url + path, body: body)
    }

    /// Whatever Alipay has given up on by now, the merchant syncs, as merchants can; then all is quiet.
    func finishPayments() async throws {
        for trade in world.alipay.simulator.trades(limit: .max) where trade.paidAtMs != nil {
            let id = try #require(promised.withLock { $0.created[trade.order.outTradeNo] })
            let (status, payment) = try await call(.post, "/v1/payments/\(id)/sync")
            #expect(status == 200 && payment["status"]?.text == "succeeded", "\(trade.order.outTradeNo): \(status)")
        }
        // Every event of the log has come to the shop: one arrival each, or more.
        let events = try await allEvents()
        var missing = Set(events.compactMap { $0["id"]?.text })
        var arrivals = world.shop.merchant.arrivals.makeAsyncIterator()
        while !missing.isEmpty, let webhook = await arrivals.next() { missing.remove(webhook.id) }
        #expect(missing.isEmpty)
    }

    func check() async throws {
        let (created, asked) = promised.withLock { ($0.created, $0.asked) }
        #expect(created.count >= KillTests.kills)
        var statuses: [String: String] = [:]
        for (reference, id) in created {
            let (status, payment) = try await call(.get, "/v1/payments/\(id)")
            #expect(
                status == 200 && payment["merchant_reference"]?.text == reference, "201 was answered for \(reference)")
            statuses[id] = payment["status"]?.text
        }
        try await checkNotifications(created, statuses)
        try await checkEvents(statuses, asked)
        #expect(world.shop.merchant.refused == 0)
    }

    /// What was answered `success` is applied.
    private func checkNotifications(_ created: [String: String], _ statuses: [String: String]) async throws {
        let simulator = world.alipay.simulator
        var acknowledged = 0
        for trade in simulator.trades(limit: .max) {
            for sent in simulator.notifications(tradeNo: trade.tradeNo) where sent.state == .acknowledged {
                acknowledged += 1
                let id = try #require(created[trade.order.outTradeNo])
                #expect(statuses[id] == "succeeded", "success was answered for \(trade.order.outTradeNo)")
            }
        }
        #expect(acknowledged > 0)
    }

    /// Each change has one event, each event came, and nothing came that is not in the log or not so.
    private func checkEvents(_ statuses: [String: String], _ asked: Set<String>) async throws {
        let events = try await allEvents()
        let logged = Dictionary(grouping: events) { $0["data"]?["id"]?.text ?? "" }
        for (id, status) in statuses {
            #expect(logged[id]?.count ?? 0 == (status == "succeeded" ? 1 : 0), "\(id) is \(status)")
        }
        let ids = Set(events.compactMap { $0["id"]?.text })
        for webhook in world.shop.merchant.received {
            #expect(ids.contains(webhook.id), "\(webhook.id) came and is not in the log")
            let body = try JSONReader.read(webhook.body)
            let payment = try #require(body["data"])
            #expect(asked.contains(payment["merchant_reference"]?.text ?? ""))
            let now = try await call(.get, "/v1/payments/\(payment["id"]?.text ?? "")").1
            #expect(now["status"] == payment["status"])
        }
    }

    private func allEvents() async throws -> [JSONValue] {
        var events: [JSONValue] = []
        var after = ""
        while true {
            let (status, page) = try await call(.get, "/v1/events?limit=100\(after)")
            #expect(status == 200)
            let elements = page["data"]?.elements ?? []
            events += elements
            guard page["has_more"] == .bool(true), let last = elements.last?["id"]?.text else { return events }
            after = "&after=\(last)"
        }
    }
}

/// A port that was free a moment ago; the gateway needs the same one after every kill.
enum FreePort {
    static func find() throws -> UInt16 {
        let host = try SimulatorHost(SimulatorSettings(), logger: .none)
        defer { host.stop() }
        return try #require(UInt16(host.url.split(separator: ":").last ?? ""))
    }
}
