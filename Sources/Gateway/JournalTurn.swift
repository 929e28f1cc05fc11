import Synchronization

/// One signed message's turn at the journal, which a transaction asks for. Transactions may run more than once; it counts once.
final class JournalTurn: Sendable {
    private struct State {
        /// The inner one is nil if it has no row.
        var standsFor: Int??
        var isCopy: Bool?
    }

    private let refusals: RefusalBudget
    private let tenant: String
    private let nowMs: Int64
    private let state = Mutex(State())

    init(_ refusals: RefusalBudget, tenant: String, nowMs: Int64) {
        self.refusals = refusals
        self.tenant = tenant
        self.nowMs = nowMs
    }

    /// How many its row stands for, itself included; nil if it has none.
    func take() -> Int? {
        state.withLock { state in
            if let known = state.standsFor { return known }
            let standsFor = refusals.journal(.signed, tenant, nowMs: nowMs)
            state.standsFor = .some(standsFor)
            return standsFor
        }
    }

    func isCopy(_ signature: String) -> Bool {
        state.withLock { state in
            if let known = state.isCopy { return known }
            let isCopy = refusals.isCopy(signature, tenant: tenant, nowMs: nowMs)
            state.isCopy = isCopy
            return isCopy
        }
    }

    /// There is no row after all: the store could not do it.
    func giveBack() {
        guard case .some(.some(let count)) = state.withLock({ $0.standsFor }), count > 1 else { return }
        refusals.giveBack(count - 1, .signed, tenant, nowMs: nowMs)
    }
}
