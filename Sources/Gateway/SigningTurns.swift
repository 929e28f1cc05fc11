import Dispatch
import Synchronization

/// One thread that makes what is signed with RSA, most of a millisecond each: tenants have their turns one after the other,
/// so that none waits behind all that another one has asked for.
package final class SigningTurns: Sendable {
    private struct State {
        var waiting: [String: [Work]] = [:]
        /// Those that have work, in the order of their turns.
        var tenants: [String] = []
        var isAtWork = false
    }

    /// In a struct: a bare closure would be wrapped in another thunk by each look through `withLock`.
    private struct Work: Sendable {
        let run: @Sendable () -> Void
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "payrelay.signing")

    package init() {}

    package func add(_ tenant: String, _ body: @escaping @Sendable () -> Void) {
        let mustBegin = state.withLock { state in
            if state.waiting[tenant, default: []].isEmpty { state.tenants.append(tenant) }
            state.waiting[tenant, default: []].append(Work(run: body))
            defer { state.isAtWork = true }
            return !state.isAtWork
        }
        if mustBegin { queue.async { [self] in work() } }
    }

    private func work() {
        while let work = next() { work.run() }
    }

    /// The first of the tenant whose turn it is; nil once nobody waits, and then the next to come begins anew.
    private func next() -> Work? {
        state.withLock { state in
            guard !state.tenants.isEmpty else {
                state.isAtWork = false
                return nil
            }
            let tenant = state.tenants.removeFirst()
            let work = state.waiting[tenant]?.removeFirst()
            if state.waiting[tenant]?.isEmpty ?? true {
                state.waiting[tenant] = nil
            } else {
                state.tenants.append(tenant)
            }
            return work
        }
    }
}
