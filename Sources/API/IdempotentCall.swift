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

    /// - Parameter work: makes the answer; called only when there is none to replay. It gets the request's claim, if it has
    ///   one, to keep an early answer with what it makes; what it throws is answered, and kept, as well.
    func run(
        _ call: APIRequest, _ work: @escaping @Sendable (_ claim: IdempotencyClaim?) async throws(Problem) -> Response
    ) throws(Problem) {
        try run(call) { claim, answer in
            Task {
                do throws(Problem) { answer(try await work(claim)) } catch { answer(call.response(error)) }
            }
        }
    }

    /// The same, for what is answered by a callback.
    func run(
        _ call: APIRequest,
        answering work:
            @escaping @Sendable (
                _ claim: IdempotencyClaim?, _ answer: @escaping @Sendable (Response) -> Void
            ) -> Void
    ) throws(Problem) {
        guard let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs) else {
            return work(nil) { call.answer($0) }
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
            case .failure: answer(call.response(.unavailable))
            case .success(.answer(let response)): answer(response)
            case .success(.problem(let problem)): answer(call.response(problem))
            case .success(.nothing):
                work(claim) { response in
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
