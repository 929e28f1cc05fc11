import Alipay
package import Diagnostics
package import HTTP
package import Payments
package import Tenants

/// What the use cases share. Each of them is a value around one of these.
///
/// Every request has one of its own, with its own log, and hands it on from step to step; so all but the log is one object.
package struct House: Sendable {
    private final class Parts: Sendable {
        let store: any Store
        let alipay: any HTTPSender
        let tenants: TenantDirectory
        let clock: any Clock
        let identifiers: IdentifierSource
        let publicURLs: PublicURLs
        let metrics: GatewayMetrics
        let refusedServices: RefusedServices
        let checkBell: CheckBell
        let callSlots: CallSlots
        let keysLapsed: KeysLapsedAlarm
        let keyUses: KeyUses
        let precreates = SharedCalls()
        let signing = SigningTurns()

        init(
            store: any Store, alipay: any HTTPSender, tenants: TenantDirectory, clock: any Clock,
            identifiers: IdentifierSource, publicURLs: PublicURLs, metrics: GatewayMetrics,
            refusedServices: RefusedServices, checkBell: CheckBell, callSlots: CallSlots,
            keysLapsed: KeysLapsedAlarm, keyUses: KeyUses
        ) {
            self.store = store
            self.alipay = alipay
            self.tenants = tenants
            self.clock = clock
            self.identifiers = identifiers
            self.publicURLs = publicURLs
            self.metrics = metrics
            self.refusedServices = refusedServices
            self.checkBell = checkBell
            self.callSlots = callSlots
            self.keysLapsed = keysLapsed
            self.keyUses = keyUses
        }
    }

    private let parts: Parts
    package let logger: Logger
    /// Of the use case that has this house.
    let call: HeldCall?

    package init(
        store: any Store, alipay: any HTTPSender, tenants: TenantDirectory, clock: any Clock,
        identifiers: IdentifierSource, publicURLs: PublicURLs,
        logger: Logger, metrics: GatewayMetrics, refusedServices: RefusedServices? = nil,
        checkBell: CheckBell = CheckBell(),
        callSlots: CallSlots = CallSlots(), keysLapsed: KeysLapsedAlarm = KeysLapsedAlarm(),
        keyUses: KeyUses = KeyUses()
    ) {
        parts = Parts(
            store: store, alipay: alipay, tenants: tenants, clock: clock, identifiers: identifiers,
            publicURLs: publicURLs, metrics: metrics,
            refusedServices: refusedServices ?? RefusedServices(metrics.servicesRefused), checkBell: checkBell,
            callSlots: callSlots, keysLapsed: keysLapsed, keyUses: keyUses)
        self.logger = logger
        call = nil
    }

    private init(_ parts: Parts, _ logger: Logger, _ call: HeldCall?) {
        self.parts = parts
        self.logger = logger
        self.call = call
    }

    /// The same house, whose log lines carry what `logger` carries: the request's id.
    package func logging(with logger: Logger) -> House { House(parts, logger, call) }

    func holding(_ call: HeldCall) -> House { House(parts, logger, call) }

    /// For what goes on after the use case has answered.
    var holdingNoCall: House { House(parts, logger, nil) }
}

extension House {
    package var store: any Store { parts.store }
    /// Reaches Alipay; apart from the one that reaches merchants, so that neither waits for the other.
    package var alipay: any HTTPSender { parts.alipay }
    package var tenants: TenantDirectory { parts.tenants }
    package var clock: any Clock { parts.clock }
    package var identifiers: IdentifierSource { parts.identifiers }
    package var publicURLs: PublicURLs { parts.publicURLs }
    package var metrics: GatewayMetrics { parts.metrics }
    var refusedServices: RefusedServices { parts.refusedServices }
    /// Rung after each commit that set a `checkAtMs`.
    var checkBell: CheckBell { parts.checkBell }
    var callSlots: CallSlots { parts.callSlots }
    package var keysLapsed: KeysLapsedAlarm { parts.keysLapsed }
    /// Runs what makes a tenant's signed URLs, which with RSA take most of a millisecond each: then in its turn on one thread
    /// beside those that are there for everybody. With MD5 at once.
    package func sign(for tenant: Tenant, _ body: @escaping @Sendable () -> Void) {
        if tenant.contract.keys.signType == .rsa { parts.signing.add(tenant.id, body) } else { body() }
    }
    /// Of QR payments, by their ids.
    var precreates: SharedCalls { parts.precreates }
    /// Where the uses of all tenants' keys are counted.
    package var keyUses: KeyUses { parts.keyUses }
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
