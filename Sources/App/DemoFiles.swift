import Crypto
import FoundationEssentials

/// The folder that a demo runs on: `payrelay.yaml` and one tenant, made from an example tenant by changing what an
/// example cannot know.
struct DemoFiles {
    let folder: String
    let tenantFile: String
    let port: Int
    let gatewayURL: String
    let hookURL: String
    let webhookSecret: String

    var configPath: String { "\(folder)/payrelay.yaml" }

    func write() throws {
        let example: String
        do { example = try String(contentsOfFile: tenantFile, encoding: .utf8) } catch {
            throw Demo.Failure(
                description:
                    "cannot read \(tenantFile); run it in the project's folder, or name an example with --tenant-file"
            )
        }
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: "\(folder)/tenants/secrets", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try put("payrelay.yaml", service)
        try put("tenants/bookshop.yaml", DemoFiles.adapted(example, gatewayURL: gatewayURL, hookURL: hookURL))
        try put("tenants/secrets/bookshop.whsec", webhookSecret + "\n")
    }

    private var service: String {
        """
        listen: 127.0.0.1:\(port)
        admin: 127.0.0.1:0
        public_url: http://127.0.0.1:\(port)
        tenants: tenants
        store: sqlite:payrelay.db

        """
    }

    /// The example with this machine's addresses and the demo's API key.
    static func adapted(_ example: String, gatewayURL: String, hookURL: String) -> String {
        let digest = Hex.encode(SHA256.digest(Array(Demo.apiKey.utf8)))
        let lines = example.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }
            let word = line.dropFirst(indent.count)
            if word.hasPrefix("gateway_url:") { return "\(indent)gateway_url: \(gatewayURL)" }
            if word.hasPrefix("url:") {
                return "\(indent)url: \(hookURL)\n\(indent)allow_http: true\n\(indent)allow_private_network: true"
            }
            if word.hasPrefix("- {label:") { return "\(indent)- {label: demo, sha256: \(digest)}" }
            return String(line)
        }
        return lines.joined(separator: "\n")
    }

    private func put(_ name: String, _ text: String) throws {
        let path = "\(folder)/\(name)"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Demo.Failure(description: "cannot write \(path)") }
    }
}
