package import Diagnostics
package import Payments
import Synchronization

/// Lets go of tenants whose files are gone, once nothing of them is open any more.
package final class DrainWatch: Sendable {
    package static let lookEveryMs: Int64 = 60_000
    /// Alipay repeats a notification for 25 hours: so long somebody has to be there who answers it.
    package static let drainMsMin: Int64 = 26 * 3_600_000

    private let directory: TenantDirectory
    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let drop: @Sendable (String) -> Void
    private let next: OwedCall
    /// Since when each is seen to drain.
    private let sinceMs = Mutex<[String: Int64]>([:])

    /// - Parameter drop: ends the tenant of that id.
    package init(
        _ directory: TenantDirectory, store: any Store, clock: any Clock, logger: Logger,
        drop: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.store = store
        self.clock = clock
        self.logger = logger
        self.drop = drop
        next = OwedCall(clock)
    }

    package func start() { lookLater() }
    package func stop() { next.stop() }

    private func lookLater() {
        next.make(inMs: DrainWatch.lookEveryMs) { [weak self] in self?.look() }
    }

    private func look() {
        let nowMs = clock.nowMs
        let draining = directory.current.draining
        let due = sinceMs.withLock { since in
            since = since.filter { draining.contains($0.key) }
            for tenant in draining where since[tenant] == nil { since[tenant] = nowMs }
            return since.filter { nowMs - $0.value >= DrainWatch.drainMsMin }.keys.sorted()
        }
        guard !due.isEmpty else { return lookLater() }
        store.read { reader throws(StoreError) in
            var ended: [String] = []
            for tenant in due where try reader.openWork(tenant: tenant).isNone { ended.append(tenant) }
            return ended
        } then: { [weak self] result in
            switch result {
            case .success(let ended): for tenant in ended { self?.drop(tenant) }
            case .failure(let error):
                self?.logger.warning(
                    "what is open of removed tenants cannot be read", ["error": .text(error.description)])
            }
            self?.lookLater()
        }
    }
}
