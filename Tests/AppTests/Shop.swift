import App
import Foundation
import Support
import Synchronization
import Testing

/// What a command wrote, and how it ended.
struct Outcome {
    let status: Int32
    /// Each with a line break at its end.
    let out: String
    let error: String

    var text: String { out + error }
}

/// A service's folder: `payrelay.yaml`, `tenants/shop.yaml` and the secrets that they name, with the modes that a careful
/// admin would give. Everything secret in it has `hush` in it.
struct Shop {
    static let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures").path
    static let service = "public_url: https://pay.example\n"
    static let webhookSecret = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2gt"
    /// They have the form of PEM, and nothing behind it.
    static let certificate = "-----BEGIN CERTIFICATE-----\nY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----"
    static let privateKey = "-----BEGIN PRIVATE KEY-----\nhushPrivateKeyhush\n-----END PRIVATE KEY-----"

    let scratch: ScratchFolder

    init(service: String? = Shop.service, hasTenant: Bool = true) throws {
        scratch = try ScratchFolder()
        if let service { try scratch.write("payrelay.yaml", service, mode: 0o640) }
        try scratch.makeFolder("tenants")
        try scratch.write("tenants/secrets/shop.key", "hush-32-characters-long-hush-hus\n")
        try scratch.write("tenants/secrets/shop.whsec", Shop.webhookSecret + "\n")
        for folder in ["secrets", "open"] {
            let mode = folder == "open" ? 0o644 : 0o600
            try scratch.write(folder + "/admin", "hush-admin-token\n", mode: mode)
            try scratch.write(folder + "/tls.crt", Shop.certificate + "\n", mode: mode)
            try scratch.write(folder + "/tls.key", Shop.privateKey + "\n", mode: mode)
        }
        if hasTenant { try addTenant("shop.yaml", try Shop.fixture("shop.yaml")) }
    }

    static func fixture(_ name: String) throws -> String {
        try String(contentsOfFile: fixtures + "/" + name, encoding: .utf8)
    }

    var configPath: String { scratch.path("payrelay.yaml") }

    func addTenant(_ file: String, _ text: String, mode: Int = 0o640) throws {
        try scratch.write("tenants/" + file, text, mode: mode)
    }

    func check(_ options: String...) -> Outcome { run(["check", "--config", configPath] + options) }

    /// Runs a command; the folder's own path is left out of what it wrote.
    func run(_ words: [String]) -> Outcome { Shop.run(words, leavingOut: scratch.path + "/") }

    static func run(_ words: [String], leavingOut path: String = "\u{0}", isTerminal: Bool = false) -> Outcome {
        let written = Mutex((out: "", error: ""))
        let console = CommandRunner.Console(
            out: { line in written.withLock { $0.out += line + "\n" } },
            error: { line in written.withLock { $0.error += line + "\n" } },
            isTerminal: isTerminal
        )
        let status = CommandRunner.run(words, console)
        let (out, error) = written.withLock { $0 }
        return Outcome(
            status: status, out: out.replacing(path, with: ""), error: error.replacing(path, with: "")
        )
    }
}
