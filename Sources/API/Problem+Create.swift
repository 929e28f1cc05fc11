import Gateway
import Payments

extension Problem {
    /// A payment was not made.
    init(_ refusal: CreatePayment.Refusal, nowMs: Int64) {
        switch refusal {
        case .conflict(let existing):
            self.init(
                .referenceConflict,
                "\(existing.merchantReference) is another payment, \(existing.id), with other fields")
            payment = existing.id
        case .draining:
            self.init(.tenantDraining, "the service's admin has taken this merchant out: it makes no new payments")
        case .unsignable: self = .unsignable
        case .overLimit(let most):
            let detail = "amount must be at most \(most) fen: this merchant's limit for one payment"
            self.init(.amountOverLimit, detail)
            errors = [FieldError("/amount", detail)]
        case .dayIsFull(let most, let untilMs):
            self.init(
                .rateLimited,
                "this merchant may make \(most) payments a day, and has; the next day begins at midnight in Beijing")
            retryAfterSeconds = Int((max(untilMs - nowMs, 1) + 999) / 1000)
        }
    }
}
