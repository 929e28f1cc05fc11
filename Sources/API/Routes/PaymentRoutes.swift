import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/payments`
struct PaymentRoutes: Sendable {
    let house: House
    let idempotent: IdempotentCall

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try call.check(payment: id)
        let tenant = call.tenant.id
        house.store.read { reader throws(StoreError) in
            try reader.payment(id: id, tenant: tenant)
        } then: { [house] result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(nil): call.answer(.noSuchPayment)
            case .success(let payment?):
                house.sign(for: call.tenant) { call.answer(call.response(status: 200, payment, house)) }
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
        ListCall(house: house, call: call, limit: limit, signs: true).run(cursor: "starting_after") {
            reader throws(StoreError) in
            if let cursor = asked.startingAfter, try reader.payment(id: cursor, tenant: asked.tenant) == nil {
                return nil
            }
            return try reader.payments(asked)
        } each: { [self] payment, out in
            Shape.write(payment, nextAction: OpenCheckout(house).nextAction(payment, call.tenant), to: &out)
        }
    }

    func sync(_ call: APIRequest, _ id: String) throws(Problem) {
        try idempotent.run(call, signs: true) { [house] _ throws(Problem) in
            try PaymentRoutes.check(call, id)
            let outcome = await SyncPayment(house.logging(with: call.logger)).run(payment: id, tenant: call.tenant)
            switch outcome {
            case .synced(let payment): return call.response(status: 200, payment, house)
            case .unknownPayment: throw .noSuchPayment
            case .noQuery: throw Problem(.productNotEnabled, "this tenant's contract has no trade query")
            case .refused(let code): throw .refused("the query", code: code)
            case .invalidAnswer(let why): throw .unknownOutcome(why, timedOut: false)
            case .timedOut: throw .unknownOutcome("", timedOut: true)
            case .unavailable: throw .unavailable
            }
        }
    }

    func cancel(_ call: APIRequest, _ id: String) throws(Problem) {
        try idempotent.run(call, signs: true) { [house] _ throws(Problem) in
            try PaymentRoutes.check(call, id)
            let outcome = await CancelPayment(house.logging(with: call.logger)).run(payment: id, tenant: call.tenant)
            switch outcome {
            case .canceled(let payment): return call.response(status: 200, payment, house)
            case .unknownPayment: throw .noSuchPayment
            case .notCancelable(let payment, let code): throw PaymentRoutes.notCancelable(payment, code: code)
            case .refused(let code): throw .refused("the cancel", code: code)
            case .unknown(let why, let timedOut): throw .unknownOutcome(why, timedOut: timedOut)
            case .unavailable: throw .unavailable
            case .notKept: throw .notKept
            }
        }
    }

    private static func notCancelable(_ payment: Payment, code: String?) -> Problem {
        let why: String
        switch payment.status {
        case .requiresAction: why = "Alipay does not close it as it stands there"
        case .processing: why = "Alipay is working on it"
        case .held, .shipped, .succeeded: why = "it has been paid"
        case .canceled, .expired: why = "it is closed already"
        }
        return Problem(.notCancelable, "the payment is \(payment.status.rawValue) and cannot be canceled: \(why)")
            .with(providerCode: code)
    }

    private static func check(_ call: APIRequest, _ id: String) throws(Problem) {
        try call.check(payment: id)
        try JSONBody.refuseFields(call.request)
    }
}
