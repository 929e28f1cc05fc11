import Settings

/// What a tenant may ask for: the section `limits` of its file. What is not said is not limited.
package struct TenantLimits: Sendable, Hashable {
    package static let webhookBacklogDefault = 100_000

    /// Requests to the API per second.
    package let requestsPerSecond: Int?
    /// Requests to the API at once, after a quiet time; as many as in a second unless the file says otherwise. Nil without
    /// `requestsPerSecond`.
    package let burst: Int?
    /// New payments on one day in Beijing.
    package let paymentsPerDay: Int?
    /// Fen: a payment may be of so much and no more.
    package let amountMaxMinor: Int64?
    /// Deliveries that may wait at once, of all its endpoints, before that is an alarm; 1,000 to 10,000,000.
    package let webhookBacklog: Int

    package init(
        requestsPerSecond: Int? = nil, burst: Int? = nil, paymentsPerDay: Int? = nil, amountMaxMinor: Int64? = nil,
        webhookBacklog: Int = TenantLimits.webhookBacklogDefault
    ) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = requestsPerSecond.map { burst ?? $0 }
        self.paymentsPerDay = paymentsPerDay
        self.amountMaxMinor = amountMaxMinor
        self.webhookBacklog = webhookBacklog
    }

    static let requestsPerSecondRange = 1...100_000
    static let burstRange = 1...1_000_000
    static let paymentsPerDayRange = 1...100_000_000
    /// As far as a payment's amount goes.
    static let amountMaxRange = 1...10_000_000_000
    static let webhookBacklogRange = 1_000...10_000_000

    /// Reads the section; every problem is reported.
    static func read(_ section: SettingsReader) -> TenantLimits {
        let perSecond = section.optional("requests_per_second")?.int(in: requestsPerSecondRange)
        let burst = section.optional("burst")?.int(in: burstRange)
        if !section.has("requests_per_second") {
            section.refuse(
                "burst", "it belongs to requests_per_second, which is not there; without it nothing is limited")
        }
        let perDay = section.optional("payments_per_day")?.int(in: paymentsPerDayRange)
        let amountMax = section.optional("amount_max")?.int(in: amountMaxRange)
        return TenantLimits(
            requestsPerSecond: perSecond, burst: burst, paymentsPerDay: perDay,
            amountMaxMinor: amountMax.map(Int64.init),
            webhookBacklog: section.int("webhook_backlog", default: webhookBacklogDefault, in: webhookBacklogRange))
    }
}
