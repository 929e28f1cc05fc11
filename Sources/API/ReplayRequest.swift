import Gateway
import HTTP
import Payments

/// The body of `POST /v1/deliveries/replay`, every field checked.
struct ReplayRequest {
    let filter: ReplayFilter

    /// - Throws: `invalid_request` with every field at fault.
    init(_ call: APIRequest) throws(Problem) {
        try JSONBody.refuseQuery(call.request)
        var fields = BodyFields(try JSONBody.members(call.request))
        var ask = ReplayAsk()
        ask.since = fields.text("since")
        ask.until = fields.text("until")
        ask.statuses = fields.texts("status")
        ask.types = fields.texts("types")
        ask.endpoint = fields.text("endpoint")
        fields.refuseTheRest()
        let (filter, faults) = ask.filter(call.tenant, nowMs: call.nowMs)
        // One that is no text is not missing as well.
        let told = Set(fields.errors.map(\.pointer))
        let errors =
            fields.errors
            + faults.map { Problem.FieldError(BodyFields.pointer($0.path), $0.detail) }
            .filter { !told.contains($0.pointer) }
        guard let filter, errors.isEmpty else { throw .invalid(errors) }
        self.filter = filter
    }
}
