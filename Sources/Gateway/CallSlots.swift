import Synchronization

/// How many calls of one tenant may be waiting for Alipay, so that neither a flood nor a slow Alipay of one tenant uses up the
/// way out.
package final class CallSlots: Sendable {
    package static let perTenantMax = 32
    /// Confirmations of notifications, which have slots of their own.
    package static let confirmationsMax = 16
    /// Of those that only a buyer's browser asks for.
    package static let checkoutsMax = 8
    /// Confirmations of messages that nothing acts on.
    package static let unknownTypesMax = 2

    private let taken = Mutex<[String: Int]>([:])

    package init() {}

    /// Whether there was one left; who takes one gives it back.
    package func take(_ key: String, max: Int = perTenantMax) -> Bool {
        taken.withLock { taken in
            let count = taken[key] ?? 0
            guard count < max else { return false }
            taken[key] = count + 1
            return true
        }
    }

    package func give(_ key: String) {
        taken.withLock { taken in
            let count = taken[key] ?? 0
            taken[key] = count > 1 ? count - 1 : nil
        }
    }
}
