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

    /// - Parameters:
    ///   - signs: whether it is a call to Alipay and nothing else, which cannot be made while no key is in force.
    ///   - work: makes the answer; called only when there is none to replay. It gets the request's claim, if it has
    ///     one, to keep an early answer with what it makes; what it throws is answered, and kept, as well.
    func run(
        _ call: APIRequest, signs: Bool = false,
        _ work: @escaping @Sendable (_ claim: IdempotencyClaim?) async throws(Problem) -> Response
    ) throws(Problem) {
        try run(call) { [house] claim, answer in
            guard !signs || call.tenant.canSign else {
                house.keysLapsed.raise(call.tenant, at: house.logging(with: call.logger))
                return answer(call.response(.unsignable))
            }
            Task {
                do throws(Problem) { answer(try await work(claim)) } catch { answer(call.response(error)) }
            }
        }
    }

    /// An answer of what is one transaction.
    enum Answer: Sendable {
        case made(Response)
        /// It takes a while to make: not while everybody waits for the one writer, unless it has to be kept.
        case signed(@Sendable () -> Response)
    }

    /// For what is one transaction: the key, what is done and the answer become durable together.
    ///
    /// - Parameters:
    ///   - asked: what the request says; a problem is answered, and kept, as well.
    ///   - work: makes the answer, and what is to be told of once it is durable.
    ///   - then: is told of it.
    func commit<Asked: Sendable, Made: Sendable>(
        _ call: APIRequest, _ claim: IdempotencyClaim?, _ asked: Result<Asked, Problem>,
        _ work: @escaping @Sendable (Asked, any StoreTransaction) throws(StoreError) -> (Answer, Made?),
        then: @escaping @Sendable (Made) -> Void
    ) throws(Problem) {
        if claim == nil { _ = try asked.get() }
        house.store.write { transaction throws(StoreError) -> (Answer, Made?) in
            if let claim {
                switch try claim.find(in: transaction) {
                case .nothing: break
                case .answer(let response): return (.made(response), nil)
                case .problem(let problem): return (.made(call.response(problem)), nil)
                }
            }
            let (answer, made): (Answer, Made?)
            switch asked {
            case .failure(let problem): (answer, made) = (.made(call.response(problem)), nil)
            case .success(let asked): (answer, made) = try work(asked, transaction)
            }
            guard let claim else { return (answer, made) }
            let response = answer.response
            try claim.end(response, in: transaction)
            return (.made(response), made)
        } then: { [house] result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(let (answer, made)):
                if let made { then(made) }
                switch answer {
                case .made(let response): call.answer(response)
                case .signed(let make): house.sign(for: call.tenant) { call.answer(make()) }
                }
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

extension IdempotentCall.Answer {
    fileprivate var response: Response {
        switch self {
        case .made(let response): response
        case .signed(let make): make()
        }
    }
}
