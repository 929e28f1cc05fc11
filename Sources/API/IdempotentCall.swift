import Gateway
import HTTP
import Payments
import Tenants

/// Runs a call that waits for somebody else at most once for each `Idempotency-Key`: one commit before, one after.
struct IdempotentCall: Sendable {
    let house: House
    let owner: String

    /// - Parameter run: makes the answer; called only when there is none to replay.
    func run(
        _ call: APIRequest, _ run: @escaping @Sendable (_ answer: @escaping @Sendable (Response) -> Void) -> Void
    ) throws(Problem) {
        guard let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs) else {
            return run { call.answer($0) }
        }
        let owner = owner
        let store = house.store
        store.write { transaction throws(StoreError) in
            let found = try claim.find(in: transaction, owner: owner)
            if case .nothing = found { try claim.begin(owner: owner, in: transaction) }
            return found
        } then: { result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(.answer(let response)): call.answer(response)
            case .success(.problem(let problem)): call.answer(problem)
            case .success(.nothing):
                run { response in
                    store.write { transaction throws(StoreError) in
                        try claim.end(response, in: transaction)
                    } then: { _ in
                        call.answer(response)
                    }
                }
            }
        }
    }
}
