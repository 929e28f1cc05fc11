import Crypto
import Diagnostics
import Gateway
import HTTP
import Tenants

/// `/v1`: who asks, how often they may, and which route it is.
struct MerchantRoutes: Sendable {
    private let house: House
    private let metrics: RequestMetrics
    private let limiter = RateLimiter()
    private let sourcePace = LogPace()
    private let creation: CreateRoute
    private let payments: PaymentRoutes
    private let shipments: ShipmentRoutes
    private let refunds: RefundRoutes
    private let events: EventRoutes
    private let deliveries: DeliveryRoutes
    private let notifications: NotificationRoutes

    init(house: House, relay: Relay, owner: String, metrics: RequestMetrics) {
        self.house = house
        self.metrics = metrics
        let idempotent = IdempotentCall(house: house, owner: owner)
        creation = CreateRoute(house: house, idempotent: idempotent)
        payments = PaymentRoutes(house: house, idempotent: idempotent)
        shipments = ShipmentRoutes(house: house, idempotent: idempotent)
        refunds = RefundRoutes(house: house, idempotent: idempotent)
        events = EventRoutes(house: house, relay: relay, idempotent: idempotent)
        deliveries = DeliveryRoutes(house: house, relay: relay, idempotent: idempotent)
        notifications = NotificationRoutes(house: house)
    }

    func handle(_ request: Request, _ segments: [String], _ reply: any Reply) {
        let nowMs = house.clock.nowMs
        let tenant: Tenant
        do throws(Problem) {
            let found = try authenticate(request, nowMs)
            try checkSource(request, found, nowMs)
            found.key.tag.use.note(atMs: nowMs)
            tenant = found.tenant
        } catch {
            return CountedReply(reply, route: "v1", metrics: metrics).send(error.response(requestID: request.id))
        }
        let route = Route(segments)
        let counted = CountedReply(reply, route: route.name, metrics: metrics)
        let logger = house.logger.with(["request_id": .text(request.id), "tenant": .text(tenant.id)])
        let call = APIRequest(request: request, tenant: tenant, nowMs: nowMs, logger: logger, reply: counted)
        do {
            try checkRate(tenant, nowMs)
            try dispatch(route, call)
        } catch { call.answer(error) }
    }

    private func dispatch(_ route: Route, _ call: APIRequest) throws(Problem) {
        try route.check(call.request.method)
        let isPost = call.request.method == .post
        switch route {
        case .payments: isPost ? try creation.create(call) : try payments.list(call)
        case .payment(let id): try payments.read(call, id)
        case .cancel(let id): try payments.cancel(call, id)
        case .sync(let id): try payments.sync(call, id)
        case .shipments(let id): try shipments.ship(call, id)
        case .refundsOf(let id): try refunds.create(call, id)
        case .refunds: try refunds.list(call)
        case .refund(let id): try refunds.read(call, id)
        case .events: try events.list(call)
        case .event(let id): try events.read(call, id)
        case .redelivery(let id): try events.redeliver(call, id)
        case .deliveries: try deliveries.list(call)
        case .delivery(let id): try deliveries.read(call, id)
        case .replay: try deliveries.replay(call)
        case .webhookTest: try deliveries.test(call)
        case .notifications: try notifications.list(call)
        case .none: throw Problem(.notFound, "there is nothing at this path")
        }
    }

    /// The tenant is whoever the key belongs to; nothing else in a request can name one.
    private func authenticate(_ request: Request, _ nowMs: Int64) throws(Problem) -> (tenant: Tenant, key: APIKey) {
        let tenants = house.tenants.current
        guard !KeyInURL.isPresent(in: request, isKey: { tenants.tenant(keyDigest: SHA256.digest($0)) != nil }) else {
            throw Problem(.unauthenticated, "an API key in a URL is refused; send it as Authorization: Bearer sk_…")
        }
        let values = request.headers.values("Authorization")
        guard values.count == 1, let value = values.first else {
            throw Problem(.unauthenticated, "send one Authorization: Bearer sk_… header")
        }
        guard let key = BearerKey.bytes(of: value) else {
            throw Problem(.unauthenticated, "the Authorization header must be Bearer and an API key")
        }
        let digest = SHA256.digest(key)
        guard let found = tenants.tenant(keyDigest: digest) else {
            guard !tenants.isOfBrokenTenant(keyDigest: digest) else {
                throw Problem(.unavailable, "this merchant's settings are being repaired; nothing was done")
            }
            throw Problem(.unauthenticated, "this API key is not known")
        }
        guard found.key.tag.isInForce(atMs: nowMs) else {
            throw Problem(.unauthenticated, "this API key has lapsed; use the one that took its place")
        }
        return found
    }

    /// Whoever calls from elsewhere learns no more than that; operators learn which key is in whose hands.
    private func checkSource(
        _ request: Request, _ caller: (tenant: Tenant, key: APIKey), _ nowMs: Int64
    ) throws(Problem) {
        guard !caller.tenant.takesRequests(from: request.peer) else { return }
        if let times = sourcePace.take("\(caller.tenant.id) \(caller.key.label)", nowMs: nowMs) {
            house.logger.warning(
                "an API key was used from an address that is not among allowed_sources",
                [
                    "request_id": .text(request.id), "tenant": .text(caller.tenant.id), "key": .text(caller.key.label),
                    "peer": .text("\(request.peer)"), "times": .number(Int64(times)),
                ])
        }
        throw Problem(.sourceNotAllowed, "this API key is not taken from this address")
    }

    private func checkRate(_ tenant: Tenant, _ nowMs: Int64) throws(Problem) {
        guard let seconds = limiter.take(tenant.id, tenant.limits, nowMs: nowMs) else { return }
        let perSecond = tenant.limits.requestsPerSecond ?? 0
        var problem = Problem(.rateLimited, "more than \(perSecond) requests a second")
        problem.retryAfterSeconds = seconds
        throw problem
    }
}
