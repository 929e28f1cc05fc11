import Diagnostics
import HTTP
import HTTPServer
import Settings

/// `payrelay.yaml`: the service itself.
struct ServiceSettings: Sendable {
    let listen: ListenAddress
    let admin: ListenAddress
    let adminToken: Secret?
    /// What Alipay and buyers are told; without a slash at the end. Port 0 stands for the port that `listen` got.
    let publicURL: String
    let tls: TLSFiles?
    let trustedProxies: [AddressBlock]
    /// The tenants folder: its path, and as problems name it.
    let tenants: (path: String, shownAs: String, position: SettingsPosition?)
    /// The database file's path.
    let databasePath: String
    let logLevel: Logger.Level
    /// Nil: text on a terminal, JSON elsewhere.
    let logFormat: LogFormat?

    static let publicURLBytesMax = 160

    /// Reads the root of the file; every problem is reported, and the value is nil if one is an error.
    static func read(_ root: SettingsReader, folder: String, shownFolder: String) -> ServiceSettings? {
        let listen = address(root, "listen", default: ListenAddress(address: IPAddress(bytes: [0, 0, 0, 0]), port: 8080))
        let admin = address(root, "admin", default: ListenAddress(address: .loopback, port: 8081))
        let token = root.optional("admin_token").map { $0.secret()?.secret }
        if let admin, !admin.isLoopback, token == nil {
            root.refuse("admin", "an admin listener that others can reach needs an admin_token")
        }
        let publicURL = root.required("public_url").flatMap(readPublicURL)
        let tls = root.has("tls") ? readTLS(root) : nil
        let proxies = root.optional("trusted_proxies").map(readBlocks)
        let tenants = root.optional("tenants")
        let tenantsName = tenants.flatMap { $0.string() } ?? "tenants"
        let store = readStore(root, folder: folder)
        let log = root.optionalSection("log") { section in
            (section.optional("level")?.choice(among: Logger.Level.allCases.map(\.name)), section.optional("format")?.choice(LogFormat.self))
        }
        root.notYet("retention", "nothing is pruned")
        guard let listen, let admin, let publicURL, let store else { return nil }
        return ServiceSettings(
            listen: listen, admin: admin, adminToken: token ?? nil, publicURL: publicURL, tls: tls,
            trustedProxies: proxies ?? [],
            tenants: (
                resolve(tenantsName, folder), tenantsName.hasPrefix("/") ? tenantsName : shownFolder + tenantsName, tenants?.position
            ),
            databasePath: store,
            logLevel: Logger.Level.allCases.first { $0.name == log?.0 } ?? .info, logFormat: log?.1
        )
    }

    private static func address(_ root: SettingsReader, _ key: String, default fallback: ListenAddress) -> ListenAddress? {
        guard let value = root.optional(key) else { return root.has(key) ? nil : fallback }
        guard let text = value.string() else { return nil }
        do { return try ListenAddress(text) } catch {
            value.problem("\"\(text.prefix(64))\" is not an address and port; write 127.0.0.1:8080 or [::1]:8080")
            return nil
        }
    }

    private static func readPublicURL(_ value: SettingsValue) -> String? {
        guard let text = value.string() else { return nil }
        guard AbsoluteURL.isValid(text, bytesMax: publicURLBytesMax), !text.contains("?"), !text.contains("#") else {
            value.problem(
                "it must be an absolute http or https URL of at most \(publicURLBytesMax) bytes without a query, such as https://pay.example"
            )
            return nil
        }
        if AbsoluteURL.scheme(text) == "http" {
            value.warning("plain http: buyers and notifications can be read and changed on the way; use https")
        }
        if let port = AbsoluteURL.port(text), port != 80, port != 443 {
            value.warning("Alipay posts notifications to ports 80 and 443 only; this URL names port \(port)")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func readTLS(_ root: SettingsReader) -> TLSFiles? {
        root.section("tls") { section in
            guard let certificate = section.secret("certificate"), let key = section.secret("key") else { return nil }
            return TLSFiles(certificateChain: certificate.secret.reveal(), key: key.secret)
        }
    }

    private static func readBlocks(_ value: SettingsValue) -> [AddressBlock] {
        (value.list(count: 0...100) ?? []).compactMap { entry in
            guard let text = entry.string() else { return nil }
            guard let block = AddressBlock(text) else {
                entry.problem("\"\(text.prefix(64))\" is not a block of addresses; write 127.0.0.1/32")
                return nil
            }
            return block
        }
    }

    private static func readStore(_ root: SettingsReader, folder: String) -> String? {
        guard let value = root.optional("store") else { return root.has("store") ? nil : resolve("data/payrelay.db", folder) }
        guard let text = value.string() else { return nil }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            value.notYet("use sqlite:data/payrelay.db")
            return nil
        }
        guard text.hasPrefix("sqlite:"), text.count > 7 else {
            value.problem("\"\(text.prefix(64))\" is not a store; write sqlite:data/payrelay.db")
            return nil
        }
        return resolve(String(text.dropFirst(7)), folder)
    }

    private static func resolve(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
}

extension ListenAddress {
    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        let address = address.canonical
        return address.isIPv4 ? address.bytes[0] == 127 : address == IPAddress("::1")
    }
}
