import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// `/v1/payments/{id}/refunds` and `/v1/refunds`
struct RefundRoutes: Sendable {
    let house: House
    let idempotent: IdempotentCall

    func create(_ call: APIRequest, _ id: String) throws(Problem) {
        try idempotent.run(call, signs: true) { [self] claim throws(Problem) in
            try call.check(payment: id)
            let ask = try RefundRequest(call.request).ask
            let refund = RefundPayment(house.logging(with: call.logger))
            // With the refund goes the answer to a repeat, should this process not come to give its own: a key without a
            // `merchant_reference` must not refund twice either.
            let outcome = await refund.run(ask, payment: id, tenant: call.tenant) {
                refund, transaction throws(StoreError) in
                try claim?.end(call.created(refund, house), in: transaction)
            }
            switch outcome {
            case .created(let refund): return call.created(refund, house)
            case .existing(let refund): return call.response(status: 200, refund, house)
            case .unknownPayment: throw .noSuchPayment
            case .unwritable(let scalar): throw .unwritable("reason", scalar, call.tenant)
            case .unavailable: throw .unavailable
            case .unknownTrade:
                throw Problem(.notRefundable, "the payment has no paid trade \(ask.tradeNo ?? "")")
            case .notRefundable(let why): throw Problem(.notRefundable, "the payment cannot be refunded: \(why)")
            case .exceeds(let leftMinor): throw RefundRoutes.exceeds(ask, leftMinor: leftMinor)
            case .inProgress(let other): throw RefundRoutes.inProgress(other)
            case .conflict(let other): throw RefundRoutes.conflict(other)
            }
        }
    }

    func read(_ call: APIRequest, _ id: String) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        let tenant = call.tenant.id
        house.store.read { reader throws(StoreError) in
            try reader.refund(id: id, tenant: tenant)
        } then: { [house] result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(nil): call.answer(.noSuchRefund)
            case .success(let refund?):
                house.sign(for: call.tenant) { call.answer(call.response(status: 200, refund, house)) }
            }
        }
    }

    func list(_ call: APIRequest) throws(Problem) {
        var query = try QueryParameters(call.request.query, known: ["payment", "limit", "starting_after"])
        let limit = query.limit()
        let asked = RefundQuery(
            tenant: call.tenant.id, payment: query.text("payment"), startingAfter: query.text("starting_after"),
            limit: limit + 1)
        try query.check()
        ListCall(house: house, call: call, limit: limit, signs: true).run(cursor: "starting_after") {
            reader throws(StoreError) in
            if let cursor = asked.startingAfter, try reader.refund(id: cursor, tenant: asked.tenant) == nil {
                return nil
            }
            return try reader.refunds(asked)
        } each: { [house] refund, out in
            Shape.write(refund, nextAction: RefundPayment(house).nextAction(refund, call.tenant), to: &out)
        }
    }

    private static func exceeds(_ ask: RefundPayment.Ask, leftMinor: Int64) -> Problem {
        guard let amount = ask.amountMinor else {
            return Problem(.refundExceedsPayment, "0 fen are left to refund")
        }
        return Problem(
            .refundExceedsPayment, "a refund of \(amount) fen is more than the \(max(leftMinor, 0)) fen that are left")
    }

    private static func inProgress(_ other: Refund) -> Problem {
        var problem = Problem(
            .refundInProgress, "\(other.id), another refund of this trade, is \(other.status.rawValue); one at a time")
        problem.refund = other.id
        return problem
    }

    private static func conflict(_ other: Refund) -> Problem {
        var problem = Problem(
            .referenceConflict, "\(other.merchantReference ?? "") is another refund, \(other.id), with other fields")
        problem.refund = other.id
        return problem
    }
}
