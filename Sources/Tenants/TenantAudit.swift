package import Diagnostics
package import Payments
import Synchronization

/// Writes down what was applied of the tenants' files, in order; what the store cannot take now is written when it can.
package final class TenantAudit: Sendable {
    static let retryMs: Int64 = 10_000
    /// Beyond it the oldest that wait are only in the log.
    static let waitingMax = 100_000
    /// Rows of one transaction.
    private static let batchMax = 1000

    private struct State {
        var waiting: [TenantChange] = []
        var isWriting = false
    }

    private let store: any Store
    private let logger: Logger
    private let state = Mutex(State())
    private let retry: OwedCall

    package init(store: any Store, clock: any Clock, logger: Logger) {
        self.store = store
        self.logger = logger
        retry = OwedCall(clock)
    }

    package func append(_ changes: [TenantChange]) {
        state.withLock { state in
            state.waiting += changes
            state.waiting.removeFirst(max(0, state.waiting.count - TenantAudit.waitingMax))
        }
        write()
    }

    /// What is still waiting is lost but for the log.
    package func stop() { retry.stop() }

    private func write() {
        let batch: [TenantChange] = state.withLock { state in
            guard !state.isWriting, !state.waiting.isEmpty else { return [] }
            state.isWriting = true
            return Array(state.waiting.prefix(TenantAudit.batchMax))
        }
        if batch.isEmpty { return }
        store.write { transaction throws(StoreError) in
            for change in batch { try transaction.insert(change) }
        } then: { [self] result in
            switch result {
            case .success:
                state.withLock { state in
                    state.isWriting = false
                    state.waiting.removeFirst(min(batch.count, state.waiting.count))
                }
                write()
            case .failure(let error):
                state.withLock { $0.isWriting = false }
                logger.warning(
                    "what was applied of the tenants' files cannot be written down yet",
                    ["error": .text(error.description)])
                retry.make(inMs: TenantAudit.retryMs) { [weak self] in self?.write() }
            }
        }
    }

    /// What changed while no process looked.
    ///
    /// - Parameters:
    ///   - latest: the newest row of each tenant.
    ///   - digests: of the files that are in force, by tenant; `partners` likewise.
    ///   - broken: tenants whose files are there and cannot be used: nothing is applied of them.
    ///   - missing: tenants without a file of which something is open: they are gone, and not done with.
    package static func missed(
        _ latest: [TenantChange], digests: [String: String], partners: [String: String], broken: Set<String>,
        missing: Set<String>, nowMs: Int64
    ) -> [TenantChange] {
        let before = Dictionary(latest.map { ($0.tenant, $0) }) { first, _ in first }
        let present = digests.sorted { $0.key < $1.key }.compactMap { id, digest -> TenantChange? in
            let kind: TenantChange.Kind
            switch before[id]?.kind {
            case nil, .dropped?: kind = .added
            case .removed?: kind = .restored
            case .added?, .changed?, .restored?:
                // An earlier program did not write down the partner, which another one is held against from now on.
                let isPartnerKnown = before[id]?.partner != "" || partners[id] == nil
                guard before[id]?.fileDigest != digest || !isPartnerKnown else { return nil }
                kind = .changed
            }
            return TenantChange(
                tenant: id, kind: kind, fileDigest: digest, fields: [], atMs: nowMs, partner: partners[id] ?? "")
        }
        let gone = gone(latest, digests: digests, broken: broken).compactMap { change -> TenantChange? in
            let kind: TenantChange.Kind = missing.contains(change.tenant) ? .removed : .dropped
            if change.kind == kind { return nil }
            return TenantChange(
                tenant: change.tenant, kind: kind, fileDigest: "", fields: [], atMs: nowMs,
                partner: kind == .removed ? change.partner : "")
        }
        return present + gone
    }

    /// The newest rows of tenants that have no file any more and were not dropped.
    package static func gone(
        _ latest: [TenantChange], digests: [String: String], broken: Set<String>
    ) -> [TenantChange] {
        latest.filter { change in
            change.kind != .dropped && digests[change.tenant] == nil && !broken.contains(change.tenant)
        }
    }
}
