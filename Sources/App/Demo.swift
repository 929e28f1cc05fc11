package import Diagnostics
import Dispatch
import FoundationEssentials
import HTTP
import HTTPClient
import JSON
import Settings
import Simulator
import Synchronization
import Webhooks

/// The whole trip on one machine: gateway, simulated Alipay and a sample merchant, in one process, on free ports.
package final class Demo {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How long one thing may take to arrive.
    static let patience = Duration.seconds(20)
    package static let apiKey = "sk_demo_bookshop"

    package let service: Service
    package let alipay: SimulatorHost
    package let shop: MerchantHost
    let tenantFile: String
    let webhookSecret: String
    let account = SimulatorAccount.sample
    private let folder: String
    private let client: HTTPClient

    /// - Parameters:
    ///   - tenantFile: an example tenant; its addresses, key digest and secret are replaced by those of this run.
    ///   - port: of the gateway; 0 picks a free one.
    package init(tenantFile: String, port: Int, logger: Logger) throws {
        self.tenantFile = tenantFile
        let secret = WebhookSecret.generate().revealText()
        webhookSecret = secret
        alipay = try SimulatorHost(SimulatorSettings(accounts: [account], speed: 60), logger: logger)
        shop = try MerchantHost(secrets: [secret], logger: logger)
        client = HTTPClient(logger: logger, metrics: Metrics(), name: "demo")
        folder = FileManager.default.temporaryDirectory.appending(path: "payrelay-demo-\(UUID().uuidString)").path()
        let files = DemoFiles(
            folder: folder, tenantFile: tenantFile, port: port, gatewayURL: alipay.gatewayURL, hookURL: shop.hookURL,
            webhookSecret: secret
        )
        do {
            service = try Demo.start(files, key: account.key, logger: logger)
        } catch {
            Demo.stop(client, shop, alipay, folder)
            throw error
        }
    }

    private static func start(_ files: DemoFiles, key: Secret, logger: Logger) throws -> Service {
        try files.write()
        let loaded = Configuration.load(path: files.configPath) { name in
            name == "BOOKSHOP_ALIPAY_KEY" ? String(decoding: key.reveal(), as: UTF8.self) : nil
        }
        guard let configuration = loaded.configuration, !loaded.hasErrors else {
            let errors = loaded.problems.filter { $0.severity == .error }
            throw Failure(description: errors.map(\.description).joined(separator: "\n"))
        }
        return try Service(configuration, logger: logger)
    }

    package func stop() {
        service.stop()
        Demo.stop(client, shop, alipay, folder)
    }

    private static func stop(_ client: HTTPClient, _ shop: MerchantHost, _ alipay: SimulatorHost, _ folder: String) {
        client.shutdown(graceMs: 0)
        shop.stop()
        alipay.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: - What people do

    /// One request of the merchant or the buyer; nobody follows redirects but the reader of the output.
    func send(_ method: Method, _ url: String, body: String? = nil, isMerchant: Bool = false) throws -> OutboundResponse
    {
        var headers = Headers([("Accept-Language", "en")])
        if isMerchant { headers.add("Authorization", "Bearer \(Demo.apiKey)") }
        if body != nil { headers.add("Content-Type", "application/json") }
        let request = OutboundRequest(
            method: method, url: url, headers: headers, body: Array((body ?? "").utf8), policy: .trusted,
            timeout: Demo.patience, bodyLimit: .refuse(bytesMax: 1 << 20)
        )
        let answered = DispatchSemaphore(value: 0)
        let answer = Mutex<Result<OutboundResponse, SendError>?>(nil)
        client.send(request) { result in
            answer.withLock { $0 = result }
            answered.signal()
        }
        answered.wait()
        guard let result = answer.withLock({ $0 }) else { throw Failure(description: "\(url): no answer") }
        switch result {
        case .success(let response): return response
        case .failure(let error): throw Failure(description: "\(url): \(error)")
        }
    }

    func object(_ response: OutboundResponse, _ what: String, status: Int) throws -> JSONValue {
        guard response.status == status else {
            throw Failure(
                description: "\(what): HTTP \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return try JSONReader.read(response.body)
    }

    /// Waits for something that arrives by itself.
    func wait<Value>(for what: String, _ look: () -> Value?) throws -> Value {
        let deadline = ContinuousClock.now + Demo.patience
        let pause = DispatchSemaphore(value: 0)
        while ContinuousClock.now < deadline {
            if let value = look() { return value }
            _ = pause.wait(timeout: .now() + .milliseconds(20))
        }
        throw Failure(description: "\(what) did not come within \(Demo.patience)")
    }
}
