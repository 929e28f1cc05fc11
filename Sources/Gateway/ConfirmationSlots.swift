import Synchronization

/// How many confirmations of one tenant may be waiting for Alipay, so that a flood cannot use up the way out.
package final class ConfirmationSlots: Sendable {
    package static let perTenantMax = 16

    private let taken = Mutex<[String: Int]>([:])

    package init() {}

    /// Whether there was one left; who takes one gives it back.
    package func take(_ tenant: String) -> Bool {
        taken.withLock { taken in
            let count = taken[tenant] ?? 0
            guard count < ConfirmationSlots.perTenantMax else { return false }
            taken[tenant] = count + 1
            return true
        }
    }

    package func give(_ tenant: String) {
        taken.withLock { taken in
            let count = taken[tenant] ?? 0
            taken[tenant] = count > 1 ? count - 1 : nil
        }
    }
}
