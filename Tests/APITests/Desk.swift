import API
import Alipay
import Console
import Crypto
import Diagnostics
import Foundation
import Gateway
import HTTP
import JSON
import Payments
import Storage
import Support
import Tenants
import Testing
import Webhooks

/// The public and the admin handler as the product wires them, without sockets: the store is real, the time is the test's,
/// and what Alipay and the merchants' endpoints answer is scripted.
final class Desk: Sendable {
    static let bookshopKey = "sk_bookshop_3f1c"
    static let teashopKey = "sk_teashop_9a20"
    static let adminToken = "admin-token-of-24-letters"

    let store: any Store
    let clock: ManualClock
    let alipay = ScriptedSender()
    let endpoints = ScriptedSender()
    let log = RecordedLog()
    let metrics: Metrics
    let tenants: TenantDirectory
    let worker: DeliveryWorker
    let handler: PublicHandler
    let admin: AdminHandler

    /// - Parameters:
    ///   - owner: names the process, so that two desks on one store are one after a restart.
    ///   - startsWorker: whether webhooks are sent.
    init(
        store: any Store = MemoryStore(), clock: ManualClock = ManualClock(),
        tenants: [Tenant] = [.bookshop(), .teashop],
        broken: Set<String> = [], owner: String = "process-1", startsWorker: Bool = false, adminToken: String? = nil,
        metrics: Metrics = Metrics(), keyUses: KeyUses = KeyUses()
    ) {
        self.store = store
        self.metrics = metrics
        self.clock = clock
        self.tenants = TenantDirectory(TenantSnapshot(tenants, broken: broken))
        let logger = Logger(sink: log)
        let worker = DeliveryWorker(
            store: store, sender: endpoints, endpoints: self.tenants, clock: clock, logger: logger, metrics: metrics,
            version: "1.2.3", random: { 0.5 })
        self.worker = worker
        let house = House(
            store: store, alipay: alipay, tenants: self.tenants, clock: clock, identifiers: IdentifierSource(),
            publicURLs: PublicURLs(base: "https://pay.example"), logger: logger,
            metrics: GatewayMetrics(metrics), keyUses: keyUses)
        let accept = AcceptNotification(house)
        let relay = Relay(house, worker: worker)
        handler = PublicHandler(
            house, accept: accept, relay: relay, owner: owner,
            metrics: RequestMetrics(metrics))
        // No folder stands behind these tenants, and nobody looks for one.
        let folder = TenantFolder(path: "", shownAs: "tenants", publicURL: "", environment: { _ in nil })
        let reloader = TenantReloader(
            TenantLoader(folder), directory: self.tenants, clock: clock, logger: logger, metrics: metrics
        ) { _ in }
        admin = AdminHandler(
            house, accept: accept, relay: relay, reloader: reloader, metrics: metrics,
            token: adminToken.map { Secret($0) }, serviceProblems: [])
        if startsWorker { worker.start() }
    }

    /// Runs a test on an empty database of that engine.
    static func run(on engine: Engine, _ test: (Desk) async throws -> Void) async throws {
        switch engine {
        case .memory: try await test(Desk())
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: "payrelay-api-" + UUID().uuidString)
                .path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let clock = ManualClock()
            let metrics = Metrics()
            let store = try SQLiteStore(path: folder + "/test.db", logger: .none, metrics: metrics, clock: clock)
            let result: Result<Void, any Error>
            do { result = .success(try await test(Desk(store: store, clock: clock, metrics: metrics))) } catch {
                result = .failure(error)
            }
            await store.close()
            try result.get()
        }
    }

    // MARK: - Requests

    /// Sends a request without waiting for its answer.
    ///
    /// - Parameters:
    ///   - target: path and query.
    ///   - key: for `Authorization: Bearer`; nil for none.
    ///   - body: JSON, with its Content-Type, unless `headers` name another.
    func begin(
        _ method: HTTP.Method, _ target: String, key: String? = Desk.bookshopKey, headers: [(String, String)] = [],
        body: [UInt8] = [], id: String = "req_1", from peer: IPAddress = .loopback
    ) -> RecordedReply {
        let reply = RecordedReply()
        var request = Desk.request(method, target, key, headers, body, id)
        request.peer = peer
        handler.handle(request, reply)
        return reply
    }

    func call(
        _ method: HTTP.Method, _ target: String, key: String? = Desk.bookshopKey, headers: [(String, String)] = [],
        bytes: [UInt8], id: String = "req_1", from peer: IPAddress = .loopback
    ) async -> Reading {
        await begin(method, target, key: key, headers: headers, body: bytes, id: id, from: peer).reading()
    }

    func call(
        _ method: HTTP.Method, _ target: String, key: String? = Desk.bookshopKey, headers: [(String, String)] = [],
        body: String = "", id: String = "req_1", from peer: IPAddress = .loopback
    ) async -> Reading {
        await call(method, target, key: key, headers: headers, bytes: Array(body.utf8), id: id, from: peer)
    }

    /// A browser at that address opens one of the buyers' pages, in English.
    func browse(_ target: String, from peer: IPAddress = .loopback) async -> Reading {
        let reply = RecordedReply()
        var request = Desk.request(.get, target, nil, [("Accept-Language", "en")], [], "req_1")
        request.peer = peer
        handler.handle(request, reply)
        return await reply.reading()
    }

    func ask(
        admin target: String, method: HTTP.Method = .get, headers: [(String, String)] = [], body: String = ""
    ) async -> Reading {
        let reply = RecordedReply()
        let named = headers.contains { $0.0 == "Host" } ? headers : headers + [("Host", "127.0.0.1:8081")]
        admin.handle(Desk.request(method, target, nil, named, Array(body.utf8), "req_1"), reply)
        return await reply.reading()
    }

    /// Creates a payment that is well-formed but for what `change` makes of it.
    func create(
        _ reference: String = "ORDER-1", key: String = Desk.bookshopKey, headers: [(String, String)] = [],
        _ change: (inout Body) -> Void = { _ in }
    ) async -> Reading {
        var body = Body.minimal(reference)
        change(&body)
        return await call(.post, "/v1/payments", key: key, headers: headers, body: body.text)
    }

    /// A payment that Alipay says is at `status`, learnt by a sync; the scripted Alipay is then without rules again.
    func payment(
        _ reference: String = "ORDER-1", at status: String, key: String = Desk.bookshopKey,
        _ change: (inout Body) -> Void = { _ in }
    ) async -> Reading {
        let id = await create(reference, key: key, change).id
        alipay.always { _ in .success(TradeAnswer.trade(reference, status: status)) }
        defer { alipay.always { _ in nil } }
        return await call(.post, "/v1/payments/\(id)/sync", key: key)
    }

    /// Alipay answers each service as the table says, and others not at all.
    func alipayAnswers(_ answers: [String: OutboundResponse]) {
        alipay.always { request in answers[request.service].map { .success($0) } }
    }

    /// When Alipay is next asked about the bookshop's payment.
    func checkAtMs(of id: String) async throws -> Int64 {
        let payment = try await store.read { reader throws(StoreError) in try reader.payment(id: id) }
        return try #require(payment?.checkAtMs)
    }

    /// The services that were called, in order.
    var services: [String] { alipay.requests.map(\.service) }

    /// Waits until that many requests to Alipay have no answer yet.
    func waitForAlipay(_ count: Int = 1) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while alipay.waiting.count < count, ContinuousClock.now < end { await Task.yield() }
        try #require(alipay.waiting.count == count)
    }

    private static func request(
        _ method: HTTP.Method, _ target: String, _ key: String?, _ headers: [(String, String)], _ body: [UInt8],
        _ id: String
    ) -> Request {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var all = Headers(headers)
        if let key { all.add("Authorization", "Bearer \(key)") }
        if !body.isEmpty, all["Content-Type"] == nil { all.add("Content-Type", "application/json") }
        return Request(
            method: method, path: String(parts[0]), query: parts.count == 2 ? Array(parts[1].utf8) : [], headers: all,
            body: body, id: id)
    }
}

enum Engine: CaseIterable { case memory, sqlite }

/// A payment's body: names and values as JSON, in order.
struct Body {
    var members: [(name: String, json: String)]

    static func minimal(_ reference: String = "ORDER-1") -> Body {
        Body(members: [
            ("merchant_reference", "\"\(reference)\""), ("amount", "12050"), ("subject", "\"Two books\""),
            ("channel", "\"web\""),
        ])
    }

    /// Sets or adds a member; nil takes it away.
    subscript(name: String) -> String? {
        get { members.first { $0.name == name }?.json }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let json?): members[index].json = json
            case (let index?, nil): members.remove(at: index)
            case (nil, let json?): members.append((name, json))
            case (nil, nil): break
            }
        }
    }

    var text: String { "{" + members.map { "\"\($0.name)\": \($0.json)" }.joined(separator: ", ") + "}" }
}

extension Tenant {
    /// Sells web/instant; one endpoint.
    static func bookshop(
        services: ContractServices = ContractServices(), limits: TenantLimits = TenantLimits(),
        endpoints: [EndpointSettings] = [.shop],
        products: Set<Product> = [Product(channel: .web, settlement: .instant)], charset: TextCharset = .utf8,
        allowedSources: [AddressBlock]? = nil
    ) -> Tenant {
        Tenant(
            id: "bookshop", name: "Bookshop",
            contract: Contract(
                partner: "2088101122136241", sellerEmail: "sales@bookshop.example",
                keys: SigningKeys(md5: [TradeAnswer.key]), gatewayURL: "https://mapi.alipay.com/gateway.do",
                services: services, charset: charset),
            products: products,
            apiKeys: [APIKey(label: "backend", digest: SHA256.digest(Array(Desk.bookshopKey.utf8)))],
            endpoints: endpoints,
            limits: limits, allowedSources: allowedSources)
    }

    /// Sells everything.
    static func everything(
        services: ContractServices = ContractServices(), limits: TenantLimits = TenantLimits(),
        charset: TextCharset = .utf8
    ) -> Tenant {
        .bookshop(services: services, limits: limits, products: Set(Product.all), charset: charset)
    }

    static let teashop = Tenant(
        id: "teashop", name: "Teashop",
        contract: Contract(
            partner: "2088201122136242", keys: SigningKeys(md5: [Secret("zyxwvutsrqponmlkjihgfedcba987654")]),
            gatewayURL: "https://mapi.alipay.com/gateway.do"),
        products: [Product(channel: .web, settlement: .instant)],
        apiKeys: [APIKey(label: "backend", digest: SHA256.digest(Array(Desk.teashopKey.utf8)))],
        endpoints: [EndpointSettings(url: "https://tea.example/hooks", secrets: [WebhookSecret(bytes: Array(32..<64))])]
    )
}

extension EndpointSettings {
    static let shop = EndpointSettings(
        url: "https://shop.example/hooks", secrets: [WebhookSecret(bytes: Array(0..<32))])
    static let erp = EndpointSettings(
        id: "erp", url: "https://erp.example/in", secrets: [WebhookSecret(bytes: Array(64..<96))])
}
