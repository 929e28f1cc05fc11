import Alipay
package import Payments
package import Tenants

/// Says in words why a notification was refused and what to do, by today's configuration.
package struct ExplainNotification: Sendable {
    package struct Explanation: Sendable {
        package let row: Notification
        /// What the row of Alipay's failure table means; nil where Alipay was not asked.
        package let advice: String?
        /// Whether the signature is right by the keys that the tenant has now; nil if the stored body is no message.
        package let signature: Bool?
        /// What would make a wrong signature right. A diagnosis, never a pass.
        package let findings: [Finding]
        /// The message's fields as text, where its signature is right; nobody vouches for them otherwise.
        package let fields: [MetadataEntry]
        /// What an admin can do next.
        package let next: String
    }

    package struct Finding: Sendable, Hashable {
        package let code: String
        /// "The signature would match if …".
        package let sentence: String
        package let cure: String
    }

    package init() {}

    /// - Parameter payment: the one the row is about, if it is known: its charset is the message's.
    package func run(_ row: Notification, payment: Payment?, _ tenant: Tenant) -> Explanation {
        let shown = ShowNotification().run(row, payment: payment, tenant)
        let advice = row.failureCell.flatMap(FailureCell.init(rawValue:))?.advice
        switch shown.signature {
        case .equal: return explanation(row, advice, signature: true, [], shown.fields)
        case .notEqual: return explanation(row, advice, signature: false, findings(row, tenant.contract), [])
        case .none, .unknown: return explanation(row, advice, signature: nil, findings(row, tenant.contract), [])
        }
    }

    private func findings(_ row: Notification, _ contract: Contract) -> [Finding] {
        SignatureDiagnosis.findings(body: row.body, contract: contract).map {
            Finding(code: $0.code.rawValue, sentence: $0.sentence, cure: $0.cure)
        }
    }

    private func explanation(
        _ row: Notification, _ advice: String?, signature: Bool?, _ findings: [Finding], _ fields: [MetadataEntry]
    ) -> Explanation {
        Explanation(
            row: row, advice: advice, signature: signature, findings: findings, fields: fields,
            next: ExplainNotification.next(row, signature))
    }

    private static func next(_ row: Notification, _ signature: Bool?) -> String {
        if row.verdict.answersSuccess { return "Nothing: it was answered success." }
        guard signature == true else {
            return
                "Mend the cause; Alipay repeats the message for a day. A message without a right signature is never taken, whoever vouches for it."
        }
        switch row.verdict {
        case .unsettled, .notConfirmed, .confirmUnreachable, .confirmRefused:
            return
                "Replay it: Alipay is asked about the trade. Where the contract has no query, see in the merchant centre that the trade is as the message says, and replay it with --accept."
        case .amountMismatch:
            return "Replay it with --accept to take the other amount, or refund the trade by its trade_no."
        case .unknownPayment, .wrongSeller, .charset, .badSignature, .malformed:
            return "Mend the cause, then replay it."
        case .applied, .unchanged, .repeat, .stale, .unsupported: return "Nothing: it was answered success."
        }
    }
}
