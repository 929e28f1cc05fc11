import App
import Crypto
import Diagnostics
import FoundationEssentials
import HTTP
import HTTPClient
import JSON
import Settings
import Simulator
import Storage
import Support
import Webhooks

/// The whole product in process, over real sockets and a real SQLite file: the gateway, a simulated Alipay, and the backend
/// of its first tenant.
final class World: Sendable {
    static let apiKey = "sk_bookshop_test"
    static let otherKey = "sk_teashop_test"
    static let account = SimulatorAccount.sample
    static let otherAccount = SimulatorAccount(
        partner: "2088201122136242", key: Secret("zyxwvutsrqponmlkjihgfedcba987654"),
        sellerEmail: "sales@teashop.example"
    )

    let folder: String
    let alipay: SimulatorHost
    let shop: MerchantHost
    let secret: String
    let client: HTTPClient
    let log: RecordedLog
    let clock: any Clock
    private let options: Options

    struct Options: Sendable {
        /// Lines of the first tenant's section `alipay`, beside partner, seller and key.
        var alipay: [String] = []
        /// Its products.
        var products = ["web/instant"]
        /// Lines of its section `webhook`, beside url and secrets.
        var webhook: [String] = []
        /// In the place of that section: a section `webhook` or `webhooks` with its name.
        var webhookSection: String?
        /// Lines at its top level.
        var tenant: [String] = []
        var accounts: [SimulatorAccount] = [World.account, World.otherAccount]
        var speed = 1
        var store = SQLiteStoreSettings()
        /// In the place of the simulator.
        var gatewayURL: String?
        /// The lines of the first tenant's keys.
        var keys = ["keys: [env:BOOKSHOP_KEY]"]
        /// Files beside the usual ones, by their names.
        var files: [String: String] = [:]
        /// Lines of `payrelay.yaml`, beside addresses and store.
        var service: [String] = []
        /// The value of `admin` in it.
        var admin = "127.0.0.1:0"
        /// Alipay's RSA key; one is made if there is none.
        var alipayKey: RSAPrivateKey?
    }

    init(_ options: Options = Options(), clock: any Clock = SystemClock()) throws {
        self.options = options
        self.clock = clock
        log = RecordedLog()
        let logger = Logger(sink: log)
        secret = WebhookSecret.generate().revealText()
        alipay = try SimulatorHost(
            SimulatorSettings(accounts: options.accounts, speed: options.speed, alipayKey: options.alipayKey),
            logger: logger, clock: clock)
        shop = try MerchantHost(secrets: [secret], logger: logger, clock: clock)
        client = HTTPClient(logger: logger, metrics: Metrics(), name: "test")
        folder = FileManager.default.temporaryDirectory.appending(path: "payrelay-walk-\(UUID().uuidString)").path()
        try writeFiles()
    }

    /// Starts the gateway on the world's folder; several times, one after another.
    ///
    /// - Parameter store: in the place of the options'.
    func start(store: SQLiteStoreSettings? = nil) throws -> Service {
        let loaded = load()
        guard !loaded.hasErrors else {
            throw Broken(description: loaded.problems.map(\.description).joined(separator: "\n"))
        }
        return try start(loaded, store)
    }

    /// The same, whatever is wrong with tenants' files.
    func startAsItIs() throws -> Service { try start(load(), nil) }

    private func start(_ loaded: Configuration.Loaded, _ store: SQLiteStoreSettings?) throws -> Service {
        guard let configuration = loaded.configuration else {
            throw Broken(description: loaded.problems.map(\.description).joined(separator: "\n"))
        }
        return try Service(
            configuration, logger: Logger(sink: log), clock: clock, storeSettings: store ?? options.store)
    }

    private func load() -> Configuration.Loaded {
        Configuration.load(
            path: "\(folder)/payrelay.yaml",
            environment: { name in
                name == "BOOKSHOP_KEY" ? String(decoding: World.account.key.reveal(), as: UTF8.self) : nil
            }, clock: clock)
    }

    func stop() {
        client.shutdown(graceMs: 0)
        shop.stop()
        alipay.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs `body` on a started gateway and ends everything after it.
    static func run(
        _ options: Options = Options(), clock: any Clock = SystemClock(), _ body: (World, Service) async throws -> Void
    ) async throws {
        let world = try World(options, clock: clock)
        let service = try world.start()
        do { try await body(world, service) } catch {
            service.stop()
            world.stop()
            throw error
        }
        service.stop()
        world.stop()
    }

    struct Broken: Error, CustomStringConvertible { let description: String }

    var databasePath: String { "\(folder)/payrelay.db" }

    // MARK: - Requests

    func send(
        _ method: HTTP.Method, _ url: String, headers: [(String, String)] = [], body: String = ""
    ) async throws -> OutboundResponse {
        try await send(method, url, headers: headers, bytes: Array(body.utf8))
    }

    func send(
        _ method: HTTP.Method, _ url: String, headers: [(String, String)] = [], bytes: [UInt8]
    ) async throws -> OutboundResponse {
        let request = OutboundRequest(
            method: method, url: url, headers: Headers(headers), body: bytes, policy: .trusted, timeout: .seconds(60),
            bodyLimit: .refuse(bytesMax: 4 << 20)
        )
        let result = await client.send(request)
        // A listener whose time was moved on closes idle connections, under a request that is just being sent as well.
        if case .failure(let error) = result, error.code == .reset, method == .get {
            return try await client.send(request).get()
        }
        return try result.get()
    }

    /// A call of the merchants' API, by the first tenant unless another key is given.
    func call(
        _ method: HTTP.Method, _ path: String, on service: Service, key: String = World.apiKey,
        headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> (status: Int, json: JSONValue, headers: Headers) {
        var all = headers + [("Authorization", "Bearer \(key)")]
        if body != nil { all.append(("Content-Type", "application/json")) }
        let response = try await send(method, service.publicURL + path, headers: all, body: body ?? "")
        return (response.status, response.body.isEmpty ? .null : try JSONReader.read(response.body), response.headers)
    }

    func create(
        _ reference: String, amount: Int = 12050, subject: String = "三体 (1-3)", on service: Service, extra: String = ""
    ) async throws -> JSONValue {
        let body = """
            {"merchant_reference": "\(reference)", "amount": \(amount), "currency": "CNY", "subject": "\(subject)", \
            "channel": "web"\(extra)}
            """
        let (status, json, _) = try await call(.post, "/v1/payments", on: service, body: body)
        guard status == 201 else { throw Broken(description: "create answered \(status): \(json)") }
        return json
    }

    /// Opens the cashier as the buyer's browser does; answers Alipay's number of the trade.
    func openCashier(_ payment: JSONValue) async throws -> String {
        let page = try await send(.get, payment["next_action"]?["provider_url"]?.text ?? "")
        let reference = payment["merchant_reference"]?.text ?? ""
        guard page.status == 200,
            let trade = alipay.simulator.trade(partner: World.account.partner, outTradeNo: reference)
        else {
            throw Broken(
                description: "the cashier answered \(page.status): \(String(decoding: page.body, as: UTF8.self))")
        }
        return trade.tradeNo
    }

    func payment(_ id: String, on service: Service) async throws -> JSONValue {
        try await call(.get, "/v1/payments/\(id)", on: service).json
    }

    /// The next webhook that the shop takes.
    func nextWebhook() async throws -> JSONValue {
        var arrivals = shop.merchant.arrivals.makeAsyncIterator()
        guard let webhook = await arrivals.next() else { throw Broken(description: "no webhook will come") }
        return try JSONReader.read(webhook.body)
    }

    // MARK: - Files

    private func writeFiles() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(folder)/tenants/secrets", withIntermediateDirectories: true)
        try put("payrelay.yaml", service)
        try put("tenants/bookshop.yaml", tenant(webhookSection: options.webhookSection))
        try put("tenants/teashop.yaml", otherTenant)
        try put("tenants/secrets/shop.whsec", secret + "\n")
        try put("tenants/secrets/teashop.key", String(decoding: World.otherAccount.key.reveal(), as: UTF8.self) + "\n")
        for (name, text) in options.files { try put(name, text) }
    }

    /// Gives the first tenant other endpoints; the next service that is started has them.
    func put(webhookSection: String) throws {
        try put("tenants/bookshop.yaml", tenant(webhookSection: webhookSection))
    }

    func put(_ name: String, _ text: String) throws {
        let path = "\(folder)/\(name)"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Broken(description: "cannot write \(path)") }
    }

    private var service: String {
        """
        listen: 127.0.0.1:0
        admin: \(options.admin)
        public_url: http://127.0.0.1:0
        store: sqlite:payrelay.db
        \(options.service.map { "\($0)\n" }.joined())
        """
    }

    private func tenant(webhookSection: String?) -> String {
        let keyLines = options.keys.map { "  \($0)\n" }.joined()
        let alipayLines = options.alipay.map { "  \($0)\n" }.joined()
        let webhookLines = options.webhook.map { "  \($0)\n" }.joined()
        let tenantLines = options.tenant.map { "\($0)\n" }.joined()
        return """
            name: Bookshop
            alipay:
              partner: "\(World.account.partner)"
              seller_email: \(World.account.sellerEmail)
            \(keyLines)  gateway_url: \(options.gatewayURL ?? alipay.gatewayURL)
            \(alipayLines)products: [\(options.products.joined(separator: ", "))]
            api_keys:
              - {label: test, sha256: \(digest(World.apiKey))}
            \(webhookSection ?? shopSection + webhookLines)\(tenantLines)
            """
    }

    /// The first tenant's section `webhook`, without the options' lines.
    private var shopSection: String {
        """
        webhook:
          url: \(shop.hookURL)
          secrets: [file:secrets/shop.whsec]
          allow_http: true
          allow_private_network: true

        """
    }

    private var otherTenant: String {
        """
        name: Teashop
        alipay:
          partner: "\(World.otherAccount.partner)"
          seller_email: \(World.otherAccount.sellerEmail)
          keys: [file:secrets/teashop.key]
          gateway_url: \(alipay.gatewayURL)
        products: [web/instant]
        api_keys:
          - {label: test, sha256: \(digest(World.otherKey))}
        webhook:
          url: \(shop.hookURL)
          secrets: [file:secrets/shop.whsec]
          allow_http: true
          allow_private_network: true

        """
    }
}
