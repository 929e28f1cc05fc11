/// How often one signed message may be put to Alipay: whoever holds a copy of it can post it for ever.
package final class ConfirmationBudget: Sendable {
    /// Alipay itself repeats a message eight times in 25 hours.
    package static let perMinuteMax = 20
    /// Messages remembered of one tenant; with more in a minute the newest are not confirmed.
    package static let rememberedMax = 5000

    private let tally = MessageTally(spanMs: 60_000, perTenantMax: rememberedMax)

    package init() {}

    /// - Parameter signature: the message's own; it is the same however its text is cut into fields.
    package func mayConfirm(_ signature: String, tenant: String, nowMs: Int64) -> Bool {
        tally.count(signature, tenant: tenant, nowMs: nowMs).map { $0 <= ConfirmationBudget.perMinuteMax } ?? false
    }

    package var rememberedCount: Int { tally.rememberedCount }
}
