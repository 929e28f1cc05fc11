import Foundation
import Settings
import Support
import Tenants
import Testing

struct TenantFolderTests {
    @Test(arguments: Fixture.folders)
    func `the problems of a folder are those of all its files`(fixture: Fixture) throws {
        let problems = try fixture.tenants().load().problems
        #expect(problems == (try fixture.problems))
    }

    @Test(arguments: [
        ("same-partner", ["ash"], ["birch", "cedar"]),
        ("same-key", ["ash"], ["birch", "cedar"]),
        ("same-private-key", ["ash"], ["birch", "cedar"]),
        ("broken-and-good", ["birch", "elm"], ["ash", "cedar", "dogwood"]),
        ("names", ["ash"], ["-dash", "Bad_Name", "a", "zed shop"]),
        ("many", [], ["ash", "birch", "cedar", "dogwood", "elm"]),
    ])
    func `the good tenants are served and the others are known by name`(
        folder: String, good: [String], bad: [String]
    ) throws {
        let snapshot = try Fixture(name: "folders/" + folder).tenants().load().snapshot
        #expect(snapshot.all.map(\.id) == good)
        #expect(snapshot.broken.sorted() == bad)
        #expect(snapshot.count == good.count)
    }

    @Test func `a shared API key belongs to the first file, and finds nobody else`() throws {
        let snapshot = try Fixture(name: "folders/same-partner").tenants().load().snapshot
        let first = try #require(snapshot.tenant("ash")?.apiKeys.first)
        #expect(snapshot.tenant(keyDigest: first.digest)?.tenant.id == "ash")
        #expect(snapshot.tenant("birch") == nil)
    }

    @Test func `a notify URL may have 190 bytes and no more`() throws {
        let tenants = try TenantsFixture()
        let digest = String(repeating: "a", count: 64)
        try tenants.addGood("shop.yaml", partner: "2088000000000001", sha256: digest)
        let base = "https://" + String(repeating: "p", count: 190 - 8 - "/notify/shop".utf8.count)
        #expect(try tenants.load(publicURL: base).problems == "")
        #expect(try tenants.load(publicURL: base).snapshot.count == 1)
        let (snapshot, problems) = try tenants.load(publicURL: base + "p")
        #expect(snapshot.broken == ["shop"])
        #expect(
            problems
                == "tenants/shop.yaml:1:1: the notify URL \(base)p/notify/shop has 191 bytes and Alipay takes 190; "
                + "shorten public_url or the file's name\n")
    }

    @Test func `a folder that is not there is no folder without tenants`() throws {
        let scratch = try ScratchFolder()
        let folder = TenantFolder(
            path: scratch.path("tenants"), shownAs: "tenants", publicURL: "", environment: { _ in nil },
            clock: ManualClock(), keyUses: KeyUses())
        let error = #expect(throws: TenantFolder.Unreadable.self) { try folder.load(into: ProblemList()) }
        #expect(error?.reason == "there is no such folder; make it, or name the one with the tenants' files")
        try scratch.write("tenants", "a file")
        let other = #expect(throws: TenantFolder.Unreadable.self) { try folder.load(into: ProblemList()) }
        #expect(other?.reason == "it is not a folder; name the one with the tenants' files")
    }

    @Test func `an empty folder has no tenants and no problems`() throws {
        let (snapshot, problems) = try TenantsFixture().load()
        #expect(snapshot.count == 0)
        #expect(snapshot.broken.isEmpty)
        #expect(problems == "")
    }

    @Test func `a folder named like a tenant's file, and a link that leads nowhere, are problems of that tenant`()
        throws
    {
        let tenants = try TenantsFixture()
        try tenants.addGood("shop.yaml", partner: "2088000000000001", sha256: String(repeating: "a", count: 64))
        try tenants.scratch.makeFolder("tenants/folder.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: tenants.scratch.path("tenants/link.yaml"), withDestinationPath: "elsewhere.yaml")
        let (snapshot, problems) = try tenants.load()
        #expect(snapshot.all.map(\.id) == ["shop"])
        #expect(
            problems == """
                tenants/folder.yaml:1:1: cannot read tenants/folder.yaml: Is a directory
                tenants/link.yaml:1:1: cannot read tenants/link.yaml: A symbolic link that leads nowhere

                """)
    }

    @Test(arguments: [
        ("ab", true), ("0a", true), ("a-", true), ("bookshop-2", true), (String(repeating: "a", count: 39), true),
        ("a", false), ("", false), ("-a", false), ("A1", false), ("a_b", false), ("a.b", false), ("a b", false),
        ("书店", false), (String(repeating: "a", count: 40), false),
    ])
    func `an id is 2 to 39 small letters, digits and dashes, and no dash first`(text: String, isID: Bool) {
        #expect(TenantFolder.isID(text) == isID)
    }

    @Test(arguments: ["env:", "file:", "", "[", "{k: ", "&a ", "!!int ", "\"", "|\n      "])
    func `a key that is pasted at any place of a file shows in no problem`(prefix: String) throws {
        let good = try Fixture.text("full.good.yaml")
        let lines = good.split(separator: "\n", omittingEmptySubsequences: false)
        let secrets = [
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "x8fjq29dkal38fj2kd93jf82kd93jfa1",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "sk_shop_843bb7c42d16856c4c33586ff6e9ca1631c5c87feac74967",
        ]
        let tenants = try TenantsFixture()
        for number in lines.indices {
            guard let colon = lines[number].firstIndex(of: ":") else { continue }
            let secret = secrets[number % secrets.count]
            let key = lines[number][...colon]
            for pasted in ["\(key) \(prefix)\(secret)", "\(secret): \(prefix)x", "\(prefix)\(secret)"] {
                var changed = lines
                changed[number] = pasted[...]
                try tenants.scratch.write("tenants/shop.yaml", changed.joined(separator: "\n"))
                let problems = try tenants.load().problems
                #expect(!problems.contains(secret), "\(pasted): \(problems)")
                let shown = try tenants.shownLines(1...changed.count)
                #expect(!shown.contains { $0.contains(secret) }, "\(pasted): \(shown)")
            }
        }
    }
}
