import Diagnostics
import Payments
import Support
import Synchronization
import Tenants
import Testing

struct DrainWatchTests {
    private let store = MemoryStore()
    private let clock = ManualClock()
    private let dropped = Dropped()

    private final class Dropped: Sendable {
        private let ids = Mutex<[String]>([])
        func add(_ id: String) { ids.withLock { $0.append(id) } }
        var all: [String] { ids.withLock { $0 } }
    }

    private func watch(draining: [String]) throws -> (DrainWatch, TenantDirectory) {
        let fixture = try TenantsFixture()
        try fixture.addGood("ash.yaml", partner: "2088000000000001", sha256: String(repeating: "a", count: 64))
        let tenant = try #require(try fixture.load().snapshot.tenant("ash"))
        let directory = TenantDirectory(TenantSnapshot([tenant.draining(draining.contains("ash"))]))
        let watch = DrainWatch(directory, store: store, clock: clock, logger: .none) { [dropped] in dropped.add($0) }
        watch.start()
        return (watch, directory)
    }

    private func open(_ payment: String, untilMs: Int64?) async throws {
        var row = Payment(
            id: payment, tenant: "ash", merchantReference: payment, amountMinor: 1200, subject: "Two books",
            channel: .web, settlement: .instant, charset: .utf8, createdAtMs: 1000, expiresAtMs: 2000)
        row.checkAtMs = untilMs
        try await store.write { [row] transaction throws(StoreError) in try transaction.insert(row) }
    }

    @Test func `a tenant is let go of after 26 hours, when nothing of it is open`() throws {
        let (watch, _) = try watch(draining: ["ash"])
        clock.advance(byMs: DrainWatch.drainMsMin)
        #expect(dropped.all == [])
        clock.advance(byMs: DrainWatch.lookEveryMs)
        #expect(dropped.all.first == "ash")
        watch.stop()
    }

    @Test func `an open payment keeps it, however long`() async throws {
        try await open("pay_1", untilMs: clock.nowMs + 1)
        let (watch, _) = try watch(draining: ["ash"])
        clock.advance(byMs: 10 * DrainWatch.drainMsMin)
        #expect(dropped.all == [])
        try await store.write { transaction throws(StoreError) in
            guard var payment = try transaction.payment(id: "pay_1", tenant: "ash") else { return }
            payment.checkAtMs = nil
            try transaction.update(payment)
        }
        clock.advance(byMs: DrainWatch.lookEveryMs)
        #expect(dropped.all.first == "ash")
        watch.stop()
    }

    @Test func `a tenant that has a file is never let go of`() throws {
        let (watch, _) = try watch(draining: [])
        clock.advance(byMs: 10 * DrainWatch.drainMsMin)
        #expect(dropped.all == [])
        watch.stop()
    }

    @Test func `who comes back in between begins anew`() throws {
        let (watch, directory) = try watch(draining: ["ash"])
        clock.advance(byMs: DrainWatch.drainMsMin - 2 * DrainWatch.lookEveryMs)
        let tenant = try #require(directory.current.tenant("ash"))
        directory.replace(with: TenantSnapshot([tenant.draining(false)]))
        clock.advance(byMs: 2 * DrainWatch.lookEveryMs)
        directory.replace(with: TenantSnapshot([tenant.draining(true)]))
        clock.advance(byMs: 5 * DrainWatch.lookEveryMs)
        #expect(dropped.all == [])
        watch.stop()
    }
}
