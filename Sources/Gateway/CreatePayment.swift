import Diagnostics
package import Payments
import Tenants

/// Creates a payment that the buyer's browser takes to Alipay: nothing is sent, one row is written.
package struct CreatePayment: Sendable {
    package enum Outcome: Sendable {
        case created(Payment)
        /// The same thing was asked before.
        case existing(Payment)
        /// The reference belongs to another payment.
        case conflict(Payment)
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    /// Runs inside the caller's transaction, so that an idempotency key commits with the payment.
    package func perform(_ payment: Payment, in transaction: any StoreTransaction) throws(StoreError) -> Outcome {
        if let existing = try transaction.payment(reference: payment.merchantReference, tenant: payment.tenant) {
            return existing.asksTheSame(as: payment) ? .existing(existing) : .conflict(existing)
        }
        try transaction.insert(payment)
        return .created(payment)
    }

    /// After the commit of a `created`.
    package func noteCreated(_ payment: Payment) {
        house.metrics.payments.with([("tenant", payment.tenant)]).increment()
        house.logger.info(
            "payment created",
            ["payment": .text(payment.id), "amount_minor": .number(payment.amountMinor)]
        )
    }
}
