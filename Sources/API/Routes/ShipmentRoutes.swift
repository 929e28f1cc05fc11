import Gateway
import HTTP
import Payments
import Tenants

/// `/v1/payments/{id}/shipments`: the goods of an escrow payment are sent.
struct ShipmentRoutes: Sendable {
    let house: House
    let idempotent: IdempotentCall

    func ship(_ call: APIRequest, _ id: String) throws(Problem) {
        try idempotent.run(call, signs: true) { [house] _ throws(Problem) in
            try call.check(payment: id)
            let ask = try ShipmentRequest(call.request).ask
            let outcome = await ShipGoods(house.logging(with: call.logger)).run(ask, payment: id, tenant: call.tenant)
            switch outcome {
            case .shipped(let shipment): return call.response(status: 201, shipment)
            case .existing(let shipment): return call.response(status: 200, shipment)
            case .unknownPayment: throw .noSuchPayment
            case .notShippable(let payment, let code): throw ShipmentRoutes.notShippable(payment, code: code)
            case .unwritable(let field, let scalar): throw .unwritable(field, scalar, call.tenant)
            case .refused(let code): throw .refused("the shipment", code: code)
            case .unknown(let why, let timedOut): throw .unknownOutcome(why, timedOut: timedOut)
            case .unavailable: throw .unavailable
            case .notKept: throw .notKept
            }
        }
    }

    private static func notShippable(_ payment: Payment, code: String?) -> Problem {
        let why: String
        switch payment.status {
        case .requiresAction, .processing: why = "no money is in escrow yet"
        case .held: why = "Alipay takes no shipment of it as it stands there"
        case .shipped: why = "it has another shipment"
        case .succeeded where payment.heldAtMs == nil: why = "its money was never in escrow"
        case .succeeded, .canceled, .expired: why = "it is over"
        }
        return Problem(.notShippable, "the payment is \(payment.status.rawValue) and cannot be shipped: \(why)")
            .with(providerCode: code)
    }
}
