import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/payments`
struct PaymentRoutes: Sendable {
    static let jsonDepthMax = 8

    let house: House
    let idempotent: IdempotentCall

    func create(_ call: APIRequest) throws(Problem) {
        let claim = try IdempotencyClaim.read(call.request, tenant: call.tenant.id, nowMs: call.nowMs)
        let asked: Result<Payment, Problem>
        do { asked = .success(try payment(call)) } catch { asked = .failure(error) }
        if claim == nil, case .failure(let problem) = asked { throw problem }
        let create = CreatePayment(house.logging(with: call.logger))
        house.store.write { [self] transaction throws(StoreError) in
            if let claim {
                switch try claim.find(in: transaction) {
                case .nothing: break
                case .answer(let response): return (response, Payment?.none)
                case .problem(let problem): return (problem.response(requestID: call.request.id), nil)
                }
            }
            let (response, created) = try answer(asked, create, call, in: transaction)
            try claim?.end(response, in: transaction)
            return (response, created)
        } then: { result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(let (response, created)):
                if let created { create.noteCreated(created) }
                call.answer(response)
            }
        }
    }

    private func answer(
        _ asked: Result<Payment, Problem>, _ create: CreatePayment, _ call: APIRequest,
        in transaction: any StoreTransaction
    ) throws(StoreError) -> (Response, created: Payment?) {
        switch asked {
        case .failure(let problem): return (problem.response(requestID: call.request.id), nil)
        case .success(let payment):
            switch try create.perform(payment, in: transaction) {
            case .created(let payment):
                var response = response(status: 201, payment, call.tenant)
                response.headers.add("Location", "/v1/payments/\(payment.id)")
                return (response, payment)
            case .existing(let payment): return (response(status: 200, payment, call.tenant), nil)
            case .conflict(let existing):
                var problem = Problem(
                    .referenceConflict,
                    "\(existing.merchantReference) is another payment, \(existing.id), with other fields"
                )
                problem.payment = existing.id
                return (problem.response(requestID: call.request.id), nil)
            }
        }
    }

    /// The payment that a valid body asks for.
    private func payment(_ call: APIRequest) throws(Problem) -> Payment {
        try JSONBody.refuseQuery(call.request)
        let asked = try PaymentRequest(JSONBody.read(call.request, depthMax: PaymentRoutes.jsonDepthMax))
        let product = Product(channel: asked.channel, settlement: asked.settlement)
        guard call.tenant.products.contains(product) else {
            throw Problem(.productNotEnabled, "\(product) is not among this tenant's products")
        }
        let id = house.identifiers.make(.payment, nowMs: call.nowMs)
        return asked.payment(id: id, tenant: call.tenant.id, nowMs: call.nowMs)
    }

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        guard IdentifierSource.isWellFormed(id, .payment) else { throw PaymentRoutes.notFound }
        let tenant = call.tenant
        house.store.read { reader throws(StoreError) in
            try reader.payment(id: id, tenant: tenant.id)
        } then: { [self] result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(nil): call.answer(PaymentRoutes.notFound)
            case .success(let payment?): call.answer(response(status: 200, payment, tenant))
            }
        }
    }

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(
            call.request.query,
            known: ["merchant_reference", "status", "created_after", "created_before", "limit", "starting_after"]
        )
        let limit = query.limit()
        let asked = PaymentQuery(
            tenant: call.tenant.id, merchantReference: query.text("merchant_reference"),
            status: query.choice("status", PaymentStatus.self),
            createdFromMs: query.time("created_after").map { $0 + 1 }, createdBeforeMs: query.time("created_before"),
            startingAfter: query.text("starting_after"), limit: limit + 1
        )
        try query.check()
        ListCall(house: house, call: call, limit: limit).run(cursor: "starting_after") { reader throws(StoreError) in
            if let cursor = asked.startingAfter, try reader.payment(id: cursor, tenant: asked.tenant) == nil {
                return nil
            }
            return try reader.payments(asked)
        } each: { [self] payment, out in
            Shape.write(payment, nextAction: OpenCheckout(house).nextAction(payment, call.tenant), to: &out)
        }
    }

    func sync(_ call: APIRequest, _ id: String) throws(Problem) {
        try idempotent.run(call) { [self] answer in
            do throws(Problem) { try PaymentRoutes.checkSync(call.request, id) } catch {
                return answer(error.response(requestID: call.request.id))
            }
            SyncPayment(house.logging(with: call.logger)).run(payment: id, tenant: call.tenant) { outcome in
                answer(response(outcome, call))
            }
        }
    }

    private static func checkSync(_ request: Request, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(request)
        try JSONBody.refuseFields(request)
        guard IdentifierSource.isWellFormed(id, .payment) else { throw notFound }
    }

    private func response(_ outcome: SyncPayment.Outcome, _ call: APIRequest) -> Response {
        switch outcome {
        case .synced(let payment): return response(status: 200, payment, call.tenant)
        case .unknownPayment: return PaymentRoutes.notFound.response(requestID: call.request.id)
        case .noQuery:
            return Problem(.productNotEnabled, "this tenant's contract has no trade query").response(
                requestID: call.request.id)
        case .refused(let code):
            var problem = Problem(.providerRefused, "Alipay refused the query")
            problem.providerCode = code
            return problem.response(requestID: call.request.id)
        case .invalidAnswer(let why):
            return Problem(.providerInvalidAnswer, "Alipay's answer proves nothing: \(why)").response(
                requestID: call.request.id)
        case .timedOut:
            return Problem(.providerTimeout, "Alipay did not answer in time").response(requestID: call.request.id)
        case .unavailable: return Problem.unavailable.response(requestID: call.request.id)
        }
    }

    private func response(status: Int, _ payment: Payment, _ tenant: Tenant) -> Response {
        var out = JSONWriter()
        Shape.write(payment, nextAction: OpenCheckout(house).nextAction(payment, tenant), to: &out)
        return .json(status: status, out.bytes)
    }

    private static let notFound = Problem(.notFound, "this tenant has no such payment")
}
