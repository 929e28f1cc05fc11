import Crypto
import Payments
import Synchronization

/// The idempotency keys whose first request this process has not answered yet.
final class RunningClaims: Sendable {
    private let fingerprints = Mutex<[IdempotencyScope: [UInt8]]>([:])

    /// Takes the key, until `end`.
    /// - Throws: `idempotency_in_progress` or, for another body, `idempotency_mismatch` while somebody else has it.
    func begin(_ claim: IdempotencyClaim) throws(Problem) {
        let running: [UInt8]? = fingerprints.withLock { fingerprints in
            if let running = fingerprints[claim.scope] { return running }
            fingerprints[claim.scope] = claim.fingerprint
            return nil
        }
        guard let running else { return }
        throw constantTimeEqual(running, claim.fingerprint) ? IdempotencyClaim.inProgress : IdempotencyClaim.mismatch
    }

    func end(_ claim: IdempotencyClaim) { fingerprints.withLock { $0[claim.scope] = nil } }
}
