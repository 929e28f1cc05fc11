import Alipay
import Diagnostics
import Gateway
import HTTP
import Payments
import Support
import Synchronization
import Tenants
import Webhooks

/// The use cases of one tenant, `shop`, between a store in memory and an Alipay that the test answers for.
final class Bench: Sendable {
    static let partner = "2088101122136241"
    static let sellerEmail = "sales@bookshop.example"
    static let key = Secret("abcdefghijklmnopqrstuvwxyz012345")
    static let reference = "ORDER-1"
    static let tradeNo = "2026010222001400000000000001"

    let clock = ManualClock()
    let alipay = ScriptedSender()
    let log = RecordedLog()
    let metrics = Metrics()
    let store: any Store
    let tenant: Tenant
    let house: House
    let accept: AcceptNotification

    init(store: any Store = MemoryStore(), notifyVerify: Bool = true, tradeQuery: Bool = true) {
        self.store = store
        let contract = Contract(
            partner: Bench.partner, sellerEmail: Bench.sellerEmail, keys: SigningKeys(md5: [Bench.key]),
            gatewayURL: "http://alipay.example/gateway.do", notifyVerify: notifyVerify,
            services: ContractServices(tradeQuery: tradeQuery))
        tenant = Tenant(
            id: "shop", name: "Shop", contract: contract, products: [Product(channel: .web, settlement: .instant)],
            apiKeys: [],
            endpoints: [
                EndpointSettings(url: "https://shop.example/hooks", secrets: [WebhookSecret(bytes: Array(0..<32))])
            ])
        house = House(
            store: store, alipay: alipay, tenants: TenantDirectory(TenantSnapshot([tenant])), clock: clock,
            identifiers: IdentifierSource(), publicURLs: PublicURLs(base: "https://pay.example"),
            logger: Logger(sink: log), metrics: GatewayMetrics(metrics))
        accept = AcceptNotification(house)
    }

    /// A payment of 120.50 that nobody has paid, in the store.
    @discardableResult
    func addPayment(_ reference: String = Bench.reference) async throws -> Payment {
        let payment = newPayment(reference)
        try await store.write { transaction throws(StoreError) in try transaction.insert(payment) }
        return payment
    }

    func newPayment(_ reference: String = Bench.reference) -> Payment {
        Payment(
            id: house.identifiers.make(.payment, nowMs: clock.nowMs), tenant: tenant.id, merchantReference: reference,
            amountMinor: 12_050, subject: "三体 (1-3)", channel: .web, settlement: .instant, createdAtMs: clock.nowMs,
            expiresAtMs: clock.nowMs + 7_200_000)
    }

    func payment() async throws -> Payment? {
        try await store.read { reader throws(StoreError) in
            try reader.payment(reference: Bench.reference, tenant: "shop")
        }
    }

    func eventTypes() async throws -> [EventType] {
        let events = try await store.read { reader throws(StoreError) in
            try reader.events(tenant: "shop", after: nil, type: nil, limit: 1000)
        }
        return events?.map(\.type) ?? []
    }

    /// Newest first.
    func journal() async throws -> [Notification] {
        try await store.read { reader throws(StoreError) in
            try reader.notifications(NotificationQuery(tenant: "shop", limit: 1000))
        }
    }

    // MARK: - Alipay's side

    func message(
        _ status: String, total: String = "120.50", reference: String = Bench.reference,
        tradeNo: String = Bench.tradeNo,
        notifyID: String = "0123456789abcdef0123456789abcdef01", more: [String: String] = [:]
    ) -> HandMadeNotification {
        HandMadeNotification(
            reference: reference, tradeNo: tradeNo, status: status, total: total, notifyID: notifyID, more: more,
            partner: Bench.partner, sellerEmail: Bench.sellerEmail, key: Bench.key)
    }

    /// What Alipay was told; nil as long as the gateway waits.
    final class Told: Sendable {
        private let kept = Mutex<Bool?>(nil)
        var success: Bool? { kept.withLock { $0 } }
        func take(_ success: Bool) { kept.withLock { $0 = success } }
    }

    @discardableResult
    func post(_ body: String) -> Told {
        let told = Told()
        accept.run(Array(body.utf8), from: tenant) { told.take($0) }
        return told
    }

    /// Answers each service from now on; nil leaves the gateway waiting.
    func answer(
        verify: @escaping @Sendable () -> ScriptedSender.Answer?,
        query: @escaping @Sendable () -> ScriptedSender.Answer?
    ) {
        alipay.always { request in request.url.contains("service=notify_verify") ? verify() : query() }
    }

    static func says(_ body: String, status: Int = 200) -> ScriptedSender.Answer {
        .success(
            OutboundResponse(
                status: status, body: Array(body.utf8), address: "203.0.113.7", duration: .milliseconds(80)))
    }

    static let noAnswer = ScriptedSender.Answer.failure(
        SendError(code: .timeout, message: "no answer in 10 s", duration: .seconds(10)))

    /// How often Alipay was asked that.
    func asked(_ service: String) -> Int { alipay.requests.count { $0.url.contains("service=\(service)") } }

    /// A metric's value, by its name and labels as they are printed; 0 if there is none.
    func metric(_ name: String) -> Int {
        let line = metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }
}

/// A store in which something happens between a read and what follows from it.
final class InterruptedStore: Store {
    private let store = MemoryStore()
    private let between = Mutex<(@Sendable (any Store) -> Void)?>(nil)

    /// Runs `body` after the next read, once.
    func interruptNextRead(_ body: @escaping @Sendable (any Store) -> Void) { between.withLock { $0 = body } }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) { store.write(body, then: then) }

    func observeDeliveries(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        store.observeDeliveries(observer)
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value,
        then: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        store.read(body) { [self] result in
            let interruption = between.withLock { between in
                defer { between = nil }
                return between
            }
            interruption?(store)
            then(result)
        }
    }
}
