import App
import Crypto
import Diagnostics
import Foundation
import HTTP
import Settings
import Support
import Tenants
import Testing
import Webhooks

struct NewCommandTests {
    private func lines(_ outcome: Outcome) -> [String] { outcome.out.split(separator: "\n").map(String.init) }

    /// What a POSIX shell would say: `printf %s KEY | sha256sum`.
    private func sha256sum(_ text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sha256sum")
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: answer.prefix(64), as: UTF8.self)
    }

    // MARK: - apikey new

    @Test func `an API key comes with the line for the tenant's file, and its digest is what sha256sum says`() throws {
        let outcome = Shop.run(["apikey", "new", "shop"])
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        let lines = lines(outcome)
        try #require(lines.count == 4)
        #expect(lines[1].wholeMatch(of: try Regex("sk_shop_[0-9a-f]{48}")) != nil)
        #expect(lines[2] == "# for tenants/shop.yaml, under api_keys:")
        #expect(lines[3] == "  - {label: backend, sha256: \(try sha256sum(lines[1]))}")
    }

    @Test func `no two API keys are the same, and the label is the one asked for`() {
        let first = Shop.run(["apikey", "new", "shop", "--label", "erp-2"])
        let second = Shop.run(["apikey", "new", "shop", "--label", "erp-2"])
        #expect(lines(first)[1] != lines(second)[1])
        #expect(lines(first)[3].hasPrefix("  - {label: erp-2, sha256: "))
    }

    @Test func `the line fits a tenant's file, and the key then finds the tenant`() throws {
        let shop = try Shop(hasTenant: false)
        let made = lines(Shop.run(["apikey", "new", "shop", "--label", "yes"]))
        let text = try Shop.fixture("shop.yaml").replacing(try Regex("api_keys: .*"), with: "api_keys:\n\(made[3])")
        try shop.addTenant("shop.yaml", text)
        #expect(shop.check().text == "payrelay check: 1 good tenant; 0 errors, 0 warnings\n")
        let tenants = try #require(Configuration.load(path: shop.configPath).configuration).tenants
        let found = tenants.tenant(keyDigest: SHA256.digest(Array(made[1].utf8)))
        #expect(found?.tenant.id == "shop")
        #expect(found?.key.label == "yes")
    }

    // MARK: - secret new

    @Test func `a webhook secret is whsec and the base64 of 32 bytes, new each time`() throws {
        let outcome = Shop.run(["secret", "new"])
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        let text = try #require(lines(outcome).first)
        #expect(outcome.out == text + "\n")
        #expect(text.hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(text.dropFirst(6)))?.count == 32)
        #expect(try WebhookSecret(Secret(text)).bytes.count == 32)
        #expect(Shop.run(["secret", "new"]).out != outcome.out)
    }

    // MARK: - tenant new

    private static let alipayKey = "hush-32-characters-long-hush-hus"

    private func newTenant(_ id: String, in shop: Shop) -> Outcome {
        shop.run(["tenant", "new", id, "--folder", shop.scratch.path("tenants")])
    }

    private func load(_ shop: Shop, _ environment: [String: String] = [:]) -> [String] {
        Configuration.load(path: shop.configPath) { environment[$0] }.problems
            .map { $0.description.replacing(shop.scratch.path + "/", with: "") }
    }

    @Test func `a new tenant's file is refused until partner and key are filled in, and then accepted`() throws {
        let shop = try Shop(hasTenant: false)
        let outcome = newTenant("my-shop", in: shop)
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(
            load(shop) == [
                "tenants/my-shop.yaml:5:3: alipay.partner has no value",
                "tenants/my-shop.yaml:9:7: alipay.keys[0]: cannot read secrets/my-shop.key: No such file",
            ])
        let text = try shop.scratch.text("tenants/my-shop.yaml")
            .replacing("partner:   ", with: "partner: \"2088101122136241\"")
        try shop.addTenant("my-shop.yaml", text)
        try shop.scratch.write("tenants/secrets/my-shop.key", NewCommandTests.alipayKey + "\n")
        #expect(load(shop) == [])
        let ofEnvironment = text.replacing("    - file:", with: "    # - file:")
            .replacing("    # - env:", with: "    - env:")
        try shop.addTenant("my-shop.yaml", ofEnvironment)
        #expect(load(shop, ["MY_SHOP_ALIPAY_KEY": NewCommandTests.alipayKey]) == [])
    }

    @Test func `the webhook settings that a new tenant's file leaves out are good as well`() throws {
        let shop = try Shop(hasTenant: false)
        #expect(newTenant("shop-2", in: shop).status == 0)
        let text = try shop.scratch.text("tenants/shop-2.yaml")
        let parts = text.split(separator: "\nwebhook:\n", maxSplits: 1)
        try #require(parts.count == 2)
        let partner = parts[0].replacing("partner:   ", with: "partner: \"2088101122136241\"")
        let hook = parts[1].replacing("\n  # ", with: "\n  ")
        #expect(!hook.contains("\n  #"))
        try shop.addTenant("shop-2.yaml", partner + "\nwebhook:\n" + hook)
        try shop.scratch.write("tenants/secrets/shop-2.key", NewCommandTests.alipayKey + "\n")
        let loaded = Configuration.load(path: shop.configPath)
        #expect(loaded.problems == [])
        let endpoint = try #require(loaded.configuration?.tenants.tenant("shop-2")?.endpoint("default"))
        #expect(endpoint.headers == [EndpointSettings.CustomHeader(name: "X-Shop", value: Secret("shop-2"))])
        #expect(endpoint.policy.allowHTTP && endpoint.policy.allowPrivateNetwork)
        #expect(endpoint.schedule == .payments && endpoint.ordering == .payment && endpoint.inFlightMax == 32)
    }

    @Test func `it says where the files are, what comes next, and the API key once`() throws {
        let shop = try Shop(hasTenant: false)
        let outcome = newTenant("my-shop", in: shop)
        let lines = lines(outcome)
        try #require(lines.count == 5)
        #expect(lines[0] == "wrote tenants/my-shop.yaml and tenants/secrets/my-shop.whsec")
        #expect(lines[3].contains("CHANGE") && lines[3].contains("tenants/secrets/my-shop.key"))
        #expect(lines[4] == "then run payrelay check.")
        let text = try shop.scratch.text("tenants/my-shop.yaml")
        #expect(text.contains("sha256: \(try sha256sum(lines[2]))"))
        #expect(!text.contains(lines[2]))
        let secret = try shop.scratch.text("tenants/secrets/my-shop.whsec")
        #expect(secret.hasPrefix("whsec_") && secret.hasSuffix("\n"))
        #expect(!outcome.text.contains(secret.dropLast()))
    }

    @Test func `others can read neither file, and the secret is its owner's alone`() throws {
        let shop = try Shop(hasTenant: false)
        #expect(shop.run(["tenant", "new", "shop", "--folder", shop.scratch.path("new/folder")]).status == 0)
        #expect(try shop.scratch.mode("new/folder/secrets/shop.whsec") == 0o600)
        #expect(try #require(try shop.scratch.mode("new/folder/shop.yaml")) & 0o027 == 0)
        #expect(try shop.scratch.mode("new/folder/secrets") == 0o700)
    }

    @Test(arguments: ["null", "no", "12", "1e5", "9-lives", "true", "0x1f"])
    func `a name that YAML reads in its own way makes a good file all the same`(id: String) throws {
        let shop = try Shop(hasTenant: false)
        #expect(newTenant(id, in: shop).status == 0)
        let text = try shop.scratch.text("tenants/\(id).yaml")
        try shop.addTenant("\(id).yaml", text.replacing("partner:   ", with: "partner: \"2088101122136241\""))
        try shop.scratch.write("tenants/secrets/\(id).key", NewCommandTests.alipayKey + "\n")
        let tenants = Configuration.load(path: shop.configPath)
        #expect(tenants.problems == [])
        #expect(tenants.configuration?.tenants.tenant(id)?.name == id)
    }

    @Test func `two new tenants do not clash before they are filled in`() throws {
        let shop = try Shop(hasTenant: false)
        #expect(newTenant("ash", in: shop).status == 0)
        #expect(newTenant("birch", in: shop).status == 0)
        #expect(!load(shop).contains { $0.contains("the same") })
    }

    @Test(arguments: ["tenants/shop.yaml", "tenants/secrets/shop.whsec"])
    func `nothing is overwritten and nothing is half written`(taken: String) throws {
        let shop = try Shop(service: nil, hasTenant: false)
        try FileManager.default.removeItem(atPath: shop.scratch.path("tenants"))
        try shop.scratch.write(taken, "keep me")
        let before = shop.scratch.files
        let outcome = newTenant("shop", in: shop)
        #expect(outcome.status == 1)
        #expect(outcome.out == "")
        #expect(outcome.error == "payrelay tenant new: \(taken) is there already; nothing was written\n")
        #expect(shop.scratch.files == before)
        #expect(try shop.scratch.text(taken) == "keep me")
    }

    @Test func `a link that leads nowhere is not written through`() throws {
        let shop = try Shop(hasTenant: false)
        try FileManager.default.createSymbolicLink(
            atPath: shop.scratch.path("tenants/shop.yaml"), withDestinationPath: shop.scratch.path("elsewhere"))
        try FileManager.default.removeItem(atPath: shop.scratch.path("tenants/secrets/shop.whsec"))
        let outcome = newTenant("shop", in: shop)
        #expect(outcome.status == 1)
        #expect(outcome.error == "payrelay tenant new: tenants/shop.yaml is there already; nothing was written\n")
        #expect(!shop.scratch.exists("elsewhere"))
        #expect(!shop.scratch.exists("tenants/secrets/shop.whsec"))
    }

    @Test func `a folder that cannot be made is said`() throws {
        let shop = try Shop(hasTenant: false)
        try shop.scratch.write("file", "")
        let outcome = shop.run(["tenant", "new", "shop", "--folder", shop.scratch.path("file")])
        #expect(outcome.status == 1)
        #expect(outcome.error == "payrelay tenant new: cannot make the folder file/secrets; nothing was written\n")
    }
}
