import Gateway
import HTTP
import Payments
import Tenants

/// Runs a call that waits for somebody else at most once for each `Idempotency-Key`: one commit before, one after.
struct IdempotentCall: Sendable {
    private let house: House
    private let owner: String
    private let running = RunningClaims()

    /// - Parameter owner: names this process among all that ever ran on the store.
    init(house: House, owner: String) {
        self.house = house
        self.owner = owner
    }

    /// - Parameter run: makes the answer; called only when there is none to replay.
    func run(
        _ call: APIRequest, _ run: @escaping @Sendable (_ answer: @escaping @Sendable (Response) -> Void) -> Void
    ) throws(Problem) {
        guard let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs) else {
            return run { call.answer($0) }
        }
        try running.begin(claim)
        let answer: @Sendable (Response) -> Void = { [running] response in
            running.end(claim)
            call.answer(response)
        }
        let (store, owner) = (house.store, owner)
        store.write { transaction throws(StoreError) in
            let found = try claim.find(in: transaction)
            if case .nothing = found { try claim.begin(owner: owner, in: transaction) }
            return found
        } then: { result in
            switch result {
            case .failure: answer(Problem.unavailable.response(requestID: call.request.id))
            case .success(.answer(let response)): answer(response)
            case .success(.problem(let problem)): answer(problem.response(requestID: call.request.id))
            case .success(.nothing):
                run { response in
                    store.write { transaction throws(StoreError) in
                        try claim.end(response, in: transaction)
                    } then: { _ in
                        // What was done is done; if the store could not keep the answer, a repeat runs again.
                        answer(response)
                    }
                }
            }
        }
    }
}
