import Alipay
package import Diagnostics
package import HTTP
package import Payments
package import Tenants

/// What the use cases share. Each of them is a value around one of these.
package struct House: Sendable {
    package let store: any Store
    /// Reaches Alipay; apart from the one that reaches merchants, so that neither waits for the other.
    package let alipay: any HTTPSender
    package let tenants: TenantDirectory
    package let clock: any Clock
    package let identifiers: IdentifierSource
    package let publicURLs: PublicURLs
    package let logger: Logger
    package let metrics: GatewayMetrics
    let refusedServices: RefusedServices
    /// Rung after each commit that set a `checkAtMs`.
    let checkBell: CheckBell
    let callSlots: CallSlots
    package let keysLapsed: KeysLapsedAlarm
    /// Where the uses of all tenants' keys are counted.
    package let keyUses: KeyUses

    package init(
        store: any Store, alipay: any HTTPSender, tenants: TenantDirectory, clock: any Clock,
        identifiers: IdentifierSource, publicURLs: PublicURLs,
        logger: Logger, metrics: GatewayMetrics, refusedServices: RefusedServices? = nil,
        checkBell: CheckBell = CheckBell(),
        callSlots: CallSlots = CallSlots(), keysLapsed: KeysLapsedAlarm = KeysLapsedAlarm(),
        keyUses: KeyUses = KeyUses()
    ) {
        self.store = store
        self.alipay = alipay
        self.tenants = tenants
        self.clock = clock
        self.identifiers = identifiers
        self.publicURLs = publicURLs
        self.logger = logger
        self.metrics = metrics
        self.refusedServices = refusedServices ?? RefusedServices(metrics.servicesRefused)
        self.checkBell = checkBell
        self.callSlots = callSlots
        self.keysLapsed = keysLapsed
        self.keyUses = keyUses
    }
}

extension House {
    /// The same house, whose log lines carry what `logger` carries: the request's id.
    package func logging(with logger: Logger) -> House {
        House(
            store: store, alipay: alipay, tenants: tenants, clock: clock, identifiers: identifiers,
            publicURLs: publicURLs, logger: logger, metrics: metrics,
            refusedServices: refusedServices, checkBell: checkBell, callSlots: callSlots,
            keysLapsed: keysLapsed, keyUses: keyUses
        )
    }
}

/// What Alipay and buyers are told to call.
package struct PublicURLs: Sendable, Hashable {
    /// `https://pay.example`, without a slash at the end.
    package let base: String

    package init(base: String) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    }

    package func notify(tenant: String) -> String { "\(base)/notify/\(tenant)" }
    package func `return`(tenant: String) -> String { "\(base)/return/\(tenant)" }
    package func checkout(payment: String) -> String { "\(base)/checkout/\(payment)" }

    func callbacks(of tenant: Tenant) -> Callbacks {
        Callbacks(notifyURL: notify(tenant: tenant.id), returnURL: self.return(tenant: tenant.id))
    }
}

/// Counted here: notifications by verdict, and what Alipay was asked.
package struct GatewayMetrics: Sendable {
    package let notifications: CounterFamily
    package let notJournalled: CounterFamily
    package let queries: CounterFamily
    package let payments: CounterFamily
    package let events: CounterFamily
    package let alarms: CounterFamily
    package let servicesRefused: GaugeFamily
    package let refunds: CounterFamily

    package init(_ metrics: Metrics) {
        notifications = metrics.counter(
            "payrelay_notifications_total", help: "Notifications that were posted, by tenant and verdict."
        )
        notJournalled = metrics.counter(
            "payrelay_notifications_not_journalled_total",
            help: "Notifications beyond a rate, which are counted and have no row in the journal, by tenant."
        )
        queries = metrics.counter(
            "payrelay_provider_calls_total", help: "Calls to Alipay, by tenant, service and outcome."
        )
        payments = metrics.counter("payrelay_payments_created_total", help: "Payments created, by tenant.")
        events = metrics.counter("payrelay_events_total", help: "Events made, by tenant and type.")
        alarms = metrics.counter(
            "payrelay_alarms_total", help: "Things that an operator has to look at, by tenant and kind."
        )
        servicesRefused = metrics.gauge(
            "payrelay_provider_services_refused",
            help: "1 where Alipay says that a service is not in the contract, by tenant and service."
        )
        refunds = metrics.counter("payrelay_refunds_total", help: "Refunds, by tenant and what became of them.")
    }
}
