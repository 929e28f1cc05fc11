import Foundation
import JSON
import Settings
import Support
import Testing

/// How `payrelay check` shows what it found, and the files that it warns of.
struct CheckReportTests {
    /// The folder in which everything is wrong.
    private static func everythingWrong() throws -> Shop {
        let shop = try Shop(hasTenant: false)
        let fixture = Shop.fixtures + "/everything-wrong"
        for name in try FileManager.default.subpathsOfDirectory(atPath: fixture) where name.contains(".y") {
            try shop.scratch.write(name, try Shop.fixture("everything-wrong/" + name), mode: 0o640)
        }
        try shop.scratch.write("secrets/shop.key", "hush-32-characters-long-hush-hus\n")
        try shop.scratch.write("secrets/shop.whsec", Shop.webhookSecret + "\n")
        return shop
    }

    @Test func `each problem is followed by its line and a mark under the place`() throws {
        let expected = try Shop.fixture("everything-wrong/expected-lines.txt")
        #expect(try CheckReportTests.everythingWrong().check("--lines", "always").out == expected)
    }

    @Test func `programs get the same problems as one JSON document, and nothing else`() throws {
        let shop = try CheckReportTests.everythingWrong()
        let outcome = shop.check("--json")
        #expect(outcome.status == 1)
        #expect(outcome.error == "")
        let json = try JSONReader.read(Array(outcome.out.utf8))
        #expect(json == (try JSONReader.read(Array(try Shop.fixture("everything-wrong/expected.json").utf8))))
        guard case .array(let problems)? = json["problems"] else {
            Issue.record("no problems")
            return
        }
        let lines = problems.map { problem in
            let kind = problem["severity"]?.text == "warning" ? "warning: " : ""
            let place = [problem["line"], problem["column"]].map { String($0?.int64 ?? 0) }.joined(separator: ":")
            return "\(problem["file"]?.text ?? ""):\(place): \(kind)\(problem["message"]?.text ?? "")\n"
        }
        #expect(lines.joined() == shop.check().out)
    }

    @Test func `JSON says ok as the exit status does`() throws {
        let good = try Shop()
        #expect(
            good.check("--json").out
                == #"{"ok":true,"counts":{"errors":0,"warnings":0,"good_tenants":1,"bad_tenants":0},"problems":[]}"#
                + "\n")
        let warned = try Shop(service: "public_url: http://pay.example\n")
        for (options, isOK) in [(["--json"], true), (["--json", "--strict"], false)] {
            let outcome = warned.run(["check", "--config", warned.configPath] + options)
            #expect(outcome.status == (isOK ? 0 : 1))
            #expect(outcome.out.hasPrefix(#"{"ok":\#(isOK),"counts":{"errors":0,"warnings":1,"#))
        }
    }

    @Test(arguments: [
        (true, [], true), (false, [], false), (true, ["--lines", "never"], false),
        (false, ["--lines", "always"], true),
        (true, ["--lines", "auto"], true), (false, ["--lines=auto"], false),
    ])
    func `lines are shown on a terminal, or as asked`(isTerminal: Bool, options: [String], showsLines: Bool) throws {
        let shop = try Shop(service: "public_url: http://pay.example\n")
        let words = ["check", "--config", shop.configPath, "--color", "never"] + options
        let outcome = Shop.run(words, leavingOut: shop.scratch.path + "/", isTerminal: isTerminal)
        #expect(
            outcome.out.contains("\n    1 | public_url: http://pay.example\n      |             ^~~~~~~~~~~~~~~~~~\n")
                == showsLines)
    }

    @Test(arguments: [(["--color", "always"], true), (["--color", "never"], false), (["--color", "auto"], false)])
    func `colors are shown as asked`(options: [String], isColored: Bool) throws {
        let shop = try Shop(service: "public_url: http://pay.example\n")
        let outcome = shop.run(["check", "--config", shop.configPath] + options)
        let place =
            isColored
            ? "\u{1B}[1mpayrelay.yaml:1:13:\u{1B}[0m \u{1B}[1;35mwarning:\u{1B}[0m " : "payrelay.yaml:1:13: warning: "
        #expect(outcome.out.hasPrefix(place))
    }

    @Test(arguments: [
        (["--lines", "yes"], "--lines is always, never or auto"),
        (["--color", "on"], "--color is always, never or auto"),
        (["--json", "--lines", "always"], "--json goes with neither --lines nor --color"),
        (["--json", "--color", "never"], "--json goes with neither --lines nor --color"),
    ])
    func `what cannot be shown so is wrong usage`(options: [String], message: String) throws {
        let outcome = try Shop().run(["check"] + options)
        #expect(outcome.status == 2)
        #expect(outcome.out == "")
        #expect(outcome.error.hasPrefix("payrelay check: \(message)\nUsage: "))
    }

    // MARK: - Files that nothing reads

    @Test func `files of the tenants folder that nothing names are warned of`() throws {
        let shop = try Shop()
        for name in [
            "shop.yaml~", "shop.yaml.bak", "old.key", "secrets/old.whsec", "README", "notes.md", ".hidden",
            "secrets/.gitkeep",
            "elsewhere/old.key", "other.yml",
        ] { try shop.scratch.write("tenants/" + name, "") }
        let outcome = shop.check()
        #expect(
            outcome.out == """
                tenants/old.key:1:1: warning: no configuration names this file; name it with file:, or delete it
                tenants/other.yml:1:1: warning: not read: a tenant's file ends with .yaml; rename it to other.yaml
                tenants/secrets/old.whsec:1:1: warning: no configuration names this file; name it with file:, or delete it
                tenants/shop.yaml.bak:1:1: warning: not read: a tenant's file ends with .yaml; move this copy elsewhere, or delete it
                tenants/shop.yaml~:1:1: warning: not read: a tenant's file ends with .yaml; move this copy elsewhere, or delete it

                """)
        #expect(outcome.status == 0)
    }

    @Test(arguments: [
        "file:secrets/spare.key", "file:./secrets/../secrets/spare.key", "file:link.key",
        "file:\(#"secrets/"#)spare.key",
    ])
    func `a file is named by whatever path leads there, in a bad file too`(reference: String) throws {
        for bad in [
            "name: Other\nalipay: {keys: [\(reference)]}\n", "kyes: [\"\(reference)\"]\n", "keys: [\(reference)\n",
        ] {
            let shop = try Shop()
            try shop.scratch.write("tenants/secrets/spare.key", "hush")
            try FileManager.default.createSymbolicLink(
                atPath: shop.scratch.path("tenants/link.key"), withDestinationPath: "secrets/spare.key")
            try shop.addTenant("other.yaml", bad)
            let out = shop.check().out
            #expect(!out.contains("spare.key:1:1"), "\(bad): \(out)")
        }
    }

    @Test func `what a tenant's file names that cannot be read is not known`() throws {
        let shop = try Shop()
        try shop.scratch.write("tenants/secrets/old.whsec", "")
        try shop.scratch.makeFolder("tenants/other.yaml")
        #expect(shop.check().out.contains("old.whsec") == true)
        try FileManager.default.createSymbolicLink(
            atPath: shop.scratch.path("tenants/link.yaml"), withDestinationPath: "nowhere.yaml")
        try shop.scratch.write("tenants/large.yaml", String(repeating: "#", count: 300_000))
        #expect(shop.check().out.contains("old.whsec") == false)
    }
}
