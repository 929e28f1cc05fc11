import Foundation
import Settings
import Support
import Tenants
import Testing

/// A tenant's file of the Fixtures folder. The tests read it as `tenants/shop.yaml`, with the modes that a careful admin
/// would give; only `secrets/open.whsec` can be read by everybody.
struct Fixture: CustomTestStringConvertible {
    static let path = Bundle.module.bundleURL.appending(path: "Fixtures").path
    static let environment = [
        "SHOP_KEY": "hush-32-characters-long-hush-hus", "OLD_SHOP_KEY": "hush-old-32-characters-long-hush",
        "SHORT_KEY": "hush-short", "SHOP_TOKEN": "Bearer hush-token", "EMPTY_KEY": "",
        "MERCHANT_KEY": (try? text("secrets/merchant-pkcs1.base64")) ?? "",
    ]

    static let secrets = [
        "shop.whsec", "empty.whsec", "open.whsec", "merchant.pem", "merchant-pkcs1.base64", "alipay.pem",
    ]

    let name: String

    var testDescription: String { name }

    /// The files whose name ends so, by name.
    static func all(_ suffix: String) -> [Fixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map(Fixture.init)
    }

    /// The folders with several tenants' files, by name.
    static var folders: [Fixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/folders")) ?? []
        return names.filter { !$0.hasSuffix(".txt") }.sorted().map { Fixture(name: "folders/" + $0) }
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    /// What stands beside the file: every problem of it, a line each.
    var problems: String {
        get throws { try Fixture.text(name.replacing(".yaml", with: "") + ".txt") }
    }

    /// The fixture's file or files, with the secrets that they name, ready to be loaded.
    func tenants(mode: Int = 0o640) throws -> TenantsFixture {
        let tenants = try TenantsFixture()
        guard name.hasPrefix("folders/") else {
            try tenants.scratch.write("tenants/shop.yaml", try Fixture.text(name), mode: mode)
            return tenants
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: Fixture.path + "/" + name) {
            try tenants.scratch.write("tenants/" + file, try Fixture.text(name + "/" + file), mode: mode)
        }
        return tenants
    }
}

/// A tenants folder of one test.
struct TenantsFixture {
    let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeFolder("tenants")
        for secret in Fixture.secrets {
            try scratch.write(
                "tenants/secrets/" + secret, try Fixture.text("secrets/" + secret),
                mode: secret == "open.whsec" ? 0o644 : 0o600
            )
        }
    }

    /// A file like `least.good.yaml`, of another partner and another API key.
    func addGood(_ file: String, partner: String, sha256: String, mode: Int = 0o640) throws {
        let text = try Fixture.text("least.good.yaml")
            .replacing("2088101122136241", with: partner)
            .replacing("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", with: sha256)
        try scratch.write("tenants/" + file, text, mode: mode)
    }

    /// What a report would show of these lines of `shop.yaml`, if each had a problem.
    func shownLines(_ lines: ClosedRange<Int>) throws -> [String] {
        let problems = ProblemList(keepsTexts: true)
        let folder = TenantFolder(
            path: scratch.path("tenants"), shownAs: "tenants", publicURL: "",
            environment: { Fixture.environment[$0] }, clock: ManualClock(), keyUses: KeyUses())
        _ = try folder.load(into: problems)
        guard let text = problems.texts["tenants/shop.yaml"] else { return [] }
        return lines.compactMap { line in
            Excerpt(of: Problem(file: "tenants/shop.yaml", line: line, column: 1, message: ""), in: text)?.text
        }
    }

    func load(publicURL: String = "https://pay.example") throws -> (snapshot: TenantSnapshot, problems: String) {
        let problems = ProblemList()
        let folder = TenantFolder(
            path: scratch.path("tenants"), shownAs: "tenants", publicURL: publicURL,
            environment: { Fixture.environment[$0] }, clock: ManualClock(), keyUses: KeyUses()
        )
        let snapshot = try folder.load(into: problems)
        return (snapshot, problems.sorted.map { $0.description + "\n" }.joined())
    }
}
