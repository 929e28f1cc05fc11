import Alipay
package import Diagnostics
import Gateway
package import HTTP
package import HTTPClient
package import HTTPServer
import Settings

/// `payrelay.yaml`: the service itself.
package struct ServiceSettings: Sendable {
    package let listen: ListenAddress
    package let admin: AdminPlace
    package let adminToken: Secret?
    /// What Alipay and buyers are told; without a slash at the end. Port 0 stands for the port that `listen` got.
    package let publicURL: String
    package let tls: TLSFiles?
    package let trustedProxies: [AddressBlock]
    /// The database file's path.
    package let databasePath: String
    package let logLevel: Logger.Level
    /// Nil: text on a terminal, JSON elsewhere.
    package let logFormat: LogFormat?
    /// How long the attempts of deliveries that are done are kept; zero: for ever.
    package let attemptRetention: Duration
    /// How long the journal keeps what Alipay posted; zero: for ever.
    package let notificationRetention: Duration
    /// `http://host:port`, which webhooks go through; nil: straight to the merchants.
    package let webhookProxy: EgressProxy?

    static let listenDefault = ListenAddress(address: IPAddress(bytes: [0, 0, 0, 0]), port: 8080)
    static let adminDefault = ListenAddress(address: .loopback, port: 8081)
    /// 128 bits in hex have 32.
    static let adminTokenBytesMin = 16
    static let storeDefault = "data/payrelay.db"
    static let trustedProxiesMax = 100
    static let attemptRetentionDefault = Duration.seconds(30 * 86_400)
    static let attemptRetentionRange = Duration.seconds(86_400)...Duration.seconds(3_650 * 86_400)

    static let notificationRetentionDefault = Duration.milliseconds(JournalPruner.retentionMsDefault)
    static let notificationRetentionRange =
        Duration.milliseconds(JournalPruner.retentionMsMin)...attemptRetentionRange.upperBound

    /// Reads the root of the file; every problem is reported, and the value is nil if one is an error.
    ///
    /// - Parameter place: what ``TenantsPlace/read(_:of:)`` gave for the same root.
    static func read(_ root: SettingsReader, _ place: TenantsPlace, of file: ConfigFile) -> ServiceSettings? {
        root.explain(about)
        let listen = address(root, "listen", default: listenDefault)
        let admin = readAdmin(root, of: file)
        let token = root.optional("admin_token").map { $0.ownersSecret(bytesMin: adminTokenBytesMin) }
        if let address = admin?.address, !address.isLoopback, !root.has("admin_token") {
            root.optional("admin")?.problem(
                "\(address) can be reached from other machines; add an admin_token, or write 127.0.0.1:\(address.port)"
            )
        }
        if let listen, let address = admin?.address, listen.clashes(with: address) {
            root.optional(root.has("admin") ? "admin" : "listen")?.problem(
                "listen (\(listen)) and admin (\(address)) need two ports"
            )
        }
        let tls = root.has("tls") ? readTLS(root) : nil
        let proxies = root.optional("trusted_proxies").map {
            $0.addressBlocks(count: 0...trustedProxiesMax, example: "127.0.0.1/32") ?? []
        }
        let store = readStore(root)
        let log = readLog(root)
        let retention = readRetention(root)
        let webhookProxy = root.optional("webhook_proxy").map(WebhookProxySetting.read)
        guard let listen, let admin, let publicURL = place.publicURL, let store else { return nil }
        return ServiceSettings(
            listen: listen, admin: admin, adminToken: token ?? nil, publicURL: publicURL, tls: tls,
            trustedProxies: proxies ?? [], databasePath: file.resolve(store), logLevel: log.level,
            logFormat: log.format,
            attemptRetention: retention.attempts, notificationRetention: retention.notifications,
            webhookProxy: webhookProxy ?? nil
        )
    }

    private static func address(
        _ root: SettingsReader, _ key: String, default fallback: ListenAddress
    ) -> ListenAddress? {
        guard let value = root.optional(key, default: .text("\(fallback)")) else {
            return root.has(key) ? nil : fallback
        }
        guard let text = value.string() else { return nil }
        do { return try ListenAddress(text) } catch {
            value.problem("\(quoted(text)) is not an IP address and a port; write 127.0.0.1:8080 or \"[::1]:8080\"")
            return nil
        }
    }

    private static func readAdmin(_ root: SettingsReader, of file: ConfigFile) -> AdminPlace? {
        guard let value = root.optional("admin", default: .text("\(adminDefault)")) else {
            return root.has("admin") ? nil : AdminPlace(address: adminDefault)
        }
        return AdminPlace.read(value, of: file)
    }

    private static func readTLS(_ root: SettingsReader) -> TLSFiles? {
        root.section("tls") { section in
            section.explain(aboutTLS)
            let certificate = section.required("certificate").flatMap(readCertificate)
            let key = section.required("key").flatMap(readKey)
            guard let certificate, let key else { return nil }
            return TLSFiles(certificateChain: certificate, key: key)
        }
    }

    private static func readCertificate(_ value: SettingsValue) -> [UInt8]? {
        guard let bytes = value.contents() else { return nil }
        guard has("-----BEGIN CERTIFICATE-----", in: bytes) else {
            value.problem("there is no -----BEGIN CERTIFICATE----- in it; write file:PATH, the path of a PEM file")
            return nil
        }
        return bytes
    }

    private static func readKey(_ value: SettingsValue) -> Secret? {
        guard let key = value.secret()?.secret else { return nil }
        let bytes = key.reveal()
        guard has("-----BEGIN ", in: bytes), has("PRIVATE KEY-----", in: bytes) else {
            value.problem("there is no -----BEGIN PRIVATE KEY----- in it; write file:PATH, the path of a PEM file")
            return nil
        }
        return key
    }

    private static func has(_ text: String, in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: Array(text.utf8)) != nil
    }

    /// The database file, as it is written. What is wrong is not repeated: a store's address may have a password in it.
    private static func readStore(_ root: SettingsReader) -> String? {
        let prefix = "sqlite:"
        guard let value = root.optional("store", default: .text(prefix + storeDefault)) else {
            return root.has("store") ? nil : storeDefault
        }
        guard let text = value.string() else { return nil }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            value.notYet("write \(prefix)\(storeDefault)")
            return nil
        }
        guard text.hasPrefix(prefix), text.count > prefix.count else {
            value.problem("it is not a store; write \(prefix)\(storeDefault)")
            return nil
        }
        return String(text.dropFirst(prefix.count))
    }

    private static func readRetention(_ root: SettingsReader) -> (attempts: Duration, notifications: Duration) {
        let read = root.optionalSection("retention") { section in
            section.explain(aboutRetention)
            return (
                attempts: section.optional("attempts", default: .time(attemptRetentionDefault))?.days(
                    in: attemptRetentionRange, zeroMeans: "for ever"),
                notifications: section.optional("notifications", default: .time(notificationRetentionDefault))?.days(
                    in: notificationRetentionRange, zeroMeans: "for ever",
                    because: "Alipay repeats a message for 25 hours, and a repeat is known by the row of the first")
            )
        }
        return (
            read?.attempts ?? attemptRetentionDefault, read?.notifications ?? notificationRetentionDefault
        )
    }

    private static func readLog(_ root: SettingsReader) -> (level: Logger.Level, format: LogFormat?) {
        let read = root.optionalSection("log") { section in
            section.explain(aboutLog)
            return (
                level: section.optional("level", default: .text("info"))?
                    .choice(among: Logger.Level.allCases.map(\.name)),
                format: section.optional("format")?.choice(LogFormat.self)
            )
        }
        return (Logger.Level.allCases.first { $0.name == read?.level } ?? .info, read?.format)
    }
}

extension ListenAddress {
    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        let address = address.canonical
        return address.isIPv4 ? address.bytes[0] == 127 : address == IPAddress("::1")
    }

    /// Whether the system would refuse the second of the two listeners.
    func clashes(with other: ListenAddress) -> Bool {
        guard port == other.port, port != 0 else { return false }
        return address == other.address || isEveryAddress || other.isEveryAddress
    }

    private var isEveryAddress: Bool { address.bytes.allSatisfy { $0 == 0 } }
}
