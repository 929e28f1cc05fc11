import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `POST /v1/payments`
struct CreateRoute: Sendable {
    static let jsonDepthMax = 8

    let house: House
    let idempotent: IdempotentCall

    private struct Asked: Sendable {
        let payment: Payment
        let authCode: Secret?
    }

    /// What a browser takes to Alipay is one transaction; what a call of ours makes there is one before and one after it.
    func create(_ call: APIRequest) throws(Problem) {
        let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs)
        let asked: Result<Asked, Problem>
        do { asked = .success(try read(call)) } catch { asked = .failure(error) }
        if case .success(let asked) = asked, asked.payment.isMadeByCall {
            return try idempotent.run(call) { [self] _ throws(Problem) in try await makeByCall(asked, call) }
        }
        guard case .success(let found) = asked else { return try commit(asked, nil, claim, call) }
        // Made here, not while everybody waits for the one writer; hardly ever is another payment there already.
        house.sign(for: call.tenant) { [self] in
            let answer = call.created(found.payment, house)
            do throws(Problem) { try commit(asked, answer, claim, call) } catch { call.answer(error) }
        }
    }

    /// - Parameter answer: for the payment that is asked for.
    private func commit(
        _ asked: Result<Asked, Problem>, _ answer: Response?, _ claim: IdempotencyClaim?, _ call: APIRequest
    ) throws(Problem) {
        let create = CreatePayment(house.logging(with: call.logger))
        try idempotent.commit(call, claim, asked) { [house] asked, transaction throws(StoreError) in
            let outcome = try create.perform(asked.payment, call.tenant, in: transaction)
            switch outcome {
            case .created(let payment): return (.made(answer ?? call.created(payment, house)), outcome)
            case .existing(let payment): return (.signed { call.response(status: 200, payment, house) }, outcome)
            case .refused(let why): return (.made(call.response(Problem(why, nowMs: call.nowMs))), outcome)
            }
        } then: {
            create.note($0, call.tenant)
        }
    }

    /// The payment that a valid body asks for.
    private func read(_ call: APIRequest) throws(Problem) -> Asked {
        try JSONBody.refuseQuery(call.request)
        let request = PaymentRequest(try JSONBody.members(call.request, depthMax: CreateRoute.jsonDepthMax))
        guard let product = request.product else { throw .invalid(request.errors) }
        let id = house.identifiers.make(.payment, nowMs: call.nowMs)
        let payment = request.payment(id: id, product: product, tenant: call.tenant, nowMs: call.nowMs)
        let isEnabled = call.tenant.products.contains(product)
        var errors = request.errors
        if isEnabled {
            errors += CreatePayment(house).faults(payment, call.tenant).map {
                Problem.FieldError(BodyFields.pointer($0.path), $0.detail)
            }
        }
        if !errors.isEmpty { throw .invalid(errors) }
        guard isEnabled else {
            let sold = Product.all.filter(call.tenant.products.contains).map(\.description).joined(separator: ", ")
            throw Problem(.productNotEnabled, "\(product) is not among this tenant's products, which are \(sold)")
        }
        return Asked(payment: payment, authCode: request.authCode)
    }

    // MARK: - By a call to Alipay

    private func makeByCall(_ asked: Asked, _ call: APIRequest) async throws(Problem) -> Response {
        let house = house.logging(with: call.logger)
        let made: Result<Response, Problem>
        do {
            made = try await house.withCall(of: call.tenant) { house throws(StoreError) in
                try await make(asked, call, house)
            }
        } catch { throw .unavailable }
        return try made.get()
    }

    private func make(
        _ asked: Asked, _ call: APIRequest, _ house: House
    ) async throws(StoreError) -> Result<Response, Problem> {
        let create = CreatePayment(house)
        let outcome = try await house.store.write { transaction throws(StoreError) in
            try create.perform(asked.payment, call.tenant, in: transaction)
        }
        create.note(outcome, call.tenant)
        switch outcome {
        case .refused(let why): return .failure(Problem(why, nowMs: call.nowMs))
        case .existing(let payment):
            guard CreateByCall(house).isWanted(payment) else {
                return .success(call.response(status: 200, payment, house))
            }
            return await send(payment, asked, call, house).map { call.response(status: 200, $0, house) }
        case .created(let payment): return await send(payment, asked, call, house).map { call.created($0, house) }
        }
    }

    /// The payment as it stands after the call.
    private func send(
        _ payment: Payment, _ asked: Asked, _ call: APIRequest, _ house: House
    ) async -> Result<Payment, Problem> {
        let authCode = asked.authCode.map { String(decoding: $0.reveal(), as: UTF8.self) }
        switch await CreateByCall(house).run(payment, authCode: authCode, tenant: call.tenant) {
        case .made(let payment): return .success(payment)
        case .refused(let code, let payment):
            var problem = Problem.refused("the payment", code: code)
            problem.payment = payment.id
            return .failure(problem)
        case .unavailable(let error):
            // It is durable, and its timer asks Alipay what became of it.
            call.logger.error(
                "payment's outcome not stored", ["payment": .text(payment.id), "error": .text(error.description)])
            return .success(payment)
        }
    }
}
