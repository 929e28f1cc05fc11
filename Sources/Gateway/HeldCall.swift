package import Payments
import Synchronization
package import Tenants

/// One of a tenant's calls to Alipay, for a merchant who waits: taken when something is about to be written that needs it, and
/// held until the merchant is answered. What a use case asks Alipay meanwhile shares it.
final class HeldCall: Sendable {
    private enum State {
        case free
        case taken
        case over
    }

    private let slots: CallSlots
    private let tenant: String
    private let state = Mutex(State.free)

    init(_ slots: CallSlots, tenant: String) {
        self.slots = slots
        self.tenant = tenant
    }

    /// Whether it is held now; once it is, it stays so until the end.
    func take() -> Bool {
        state.withLock { state in
            if state == .free, slots.take(tenant) { state = .taken }
            return state == .taken
        }
    }

    func end() {
        state.withLock { state in
            if state == .taken { slots.give(tenant) }
            state = .over
        }
    }
}

extension House {
    /// Runs what a merchant waits for with a call to Alipay at hand, see ``takeCall(_:)``.
    package func withCall<Answer: Sendable>(
        of tenant: Tenant, _ body: (House) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let call = HeldCall(callSlots, tenant: tenant.id)
        defer { call.end() }
        return try await body(holding(call))
    }

    /// Before anything is written that only makes sense once it was put to Alipay: nobody is told that Alipay is silent where
    /// it was never asked.
    ///
    /// - Throws: `unavailable` if as many calls as may are waiting for Alipay, or no key is in force to sign with.
    package func takeCall(_ tenant: Tenant) throws(StoreError) {
        guard tenant.canSign else {
            keysLapsed.raise(tenant, at: self)
            throw StoreError(code: .unavailable, message: "no key of the contract is in force; nothing was sent")
        }
        guard call?.take() ?? true else {
            throw StoreError(code: .unavailable, message: "too many calls of this tenant are waiting; nothing was sent")
        }
    }
}
