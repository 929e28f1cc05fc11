import Gateway
import HTTP
import JSON
import Payments
import Tenants

/// The objects of the API as answers.
extension APIRequest {
    func response(_ problem: Problem) -> Response { problem.response(requestID: request.id) }

    func response(status: Int, _ payment: Payment, _ house: House) -> Response {
        var out = JSONWriter()
        Shape.write(payment, nextAction: OpenCheckout(house).nextAction(payment, tenant), to: &out)
        return .json(status: status, out.bytes)
    }

    /// 201, with where the payment is.
    func created(_ payment: Payment, _ house: House) -> Response {
        var response = response(status: 201, payment, house)
        response.headers.add("Location", "/v1/payments/\(payment.id)")
        return response
    }

    func response(status: Int, _ refund: Refund, _ house: House) -> Response {
        var out = JSONWriter()
        Shape.write(refund, nextAction: RefundPayment(house).nextAction(refund, tenant), to: &out)
        return .json(status: status, out.bytes)
    }

    /// 201, with where the refund is.
    func created(_ refund: Refund, _ house: House) -> Response {
        var response = response(status: 201, refund, house)
        response.headers.add("Location", "/v1/refunds/\(refund.id)")
        return response
    }

    func response(status: Int, _ shipment: Shipment) -> Response {
        var out = JSONWriter()
        Shape.write(shipment, to: &out)
        return .json(status: status, out.bytes)
    }

    /// For a path that has to name a payment, and for calls without parameters.
    func check(payment id: String) throws(Problem) {
        try JSONBody.refuseQuery(request)
        guard IdentifierSource.isWellFormed(id, .payment) else { throw .noSuchPayment }
    }
}

extension APIRequest {
    /// For calls whose body may name one of the tenant's endpoints: `{"endpoint": "erp"}`; nil if it names none.
    func endpointNamed() throws(Problem) -> String? {
        try JSONBody.refuseQuery(request)
        var fields = BodyFields(try JSONBody.optionalMembers(request))
        let name = fields.text("endpoint")
        if let name, tenant.endpoint(name) == nil {
            fields.fail("endpoint", "endpoint must be one of \(tenant.endpointIDs.joined(separator: ", "))")
        }
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
        return name
    }
}

extension Problem {
    static let noSuchPayment = Problem(.notFound, "this tenant has no such payment")
    static let noSuchEvent = Problem(.notFound, "this tenant has no such event")
    static let noSuchRefund = Problem(.notFound, "this tenant has no such refund")
}
