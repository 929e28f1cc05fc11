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

    /// For what is one transaction: the key, what is done and the answer become durable together.
    ///
    /// - Parameters:
    ///   - asked: what the request says; a problem is answered, and kept, as well.
    ///   - work: makes the answer, and what is to be told of once it is durable.
    ///   - then: is told of it.
    func commit<Asked: Sendable, Made: Sendable>(
        _ call: APIRequest, _ claim: IdempotencyClaim?, _ asked: Result<Asked, Problem>,
        _ work: @escaping @Sendable (Asked, any StoreTransaction) throws(StoreError) -> (Response, Made?),
        then: @escaping @Sendable (Made) -> Void
    ) throws(Problem) {
        if claim == nil { _ = try asked.get() }
        house.store.write { transaction throws(StoreError) -> (Response, Made?) in
            if let claim {
                switch try claim.find(in: transaction) {
                case .nothing: break
                case .answer(let response): return (response, nil)
                case .problem(let problem): return (call.response(problem), nil)
                }
            }
            let (response, made): (Response, Made?)
            switch asked {
            case .failure(let problem): (response, made) = (call.response(problem), nil)
            case .success(let asked): (response, made) = try work(asked, transaction)
            }
            try claim?.end(response, in: transaction)
            return (response, made)
        } then: { result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(let (response, made)):
                if let made { then(made) }
                call.answer(response)
            }
        }
    }

    /// The same as `run`, for what is answered by a callback.
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
