import App
import Diagnostics
import Foundation
import JSON
import Settings
import Simulator
import Synchronization
import Testing

@Suite struct ReadmeTests {
    let readme: Markdown

    init() throws { readme = Markdown(try Project.text("README.md")) }

    // MARK: - First payment

    /// The page's address of the demo.
    static let demoURL = "http://127.0.0.1:8080"

    @Test(.timeLimit(.minutes(2))) func `the first payment goes as the page says`() async throws {
        let demo = try Demo(tenantFile: Project.root + "tenants/bookshop.yaml", port: 0, logger: Logger.none)
        defer { demo.stop() }
        let commands = readme.commands.filter { $0.command.hasPrefix("curl ") }
        #expect(commands.count == 9)
        var checked = 0
        var payment = ""
        for (command, answer) in commands {
            let actual = try await run(command.replacing("pay_…", with: payment), against: demo)
            if actual["object"]?.text == "payment" { payment = actual["id"]?.text ?? "" }
            if actual["object"]?.text == "refund" {
                #expect(actual["payment"]?.text == payment && actual["amount"]?.int64 == 2050)
                continue
            }
            if let answer {
                let shown = try JSONReader.read(
                    Array(answer.replacing(ReadmeTests.demoURL, with: demo.service.publicURL).utf8))
                #expect(JSONPattern(shown: shown).differences(from: actual) == [], "\(command)")
                checked += 1
            } else {
                #expect(actual["object"]?.text == "list", "\(command)")
                #expect(actual["data"] != .array([]), "\(command)")
            }
            if let url = actual["next_action"]?["url"]?.text { try await payInBrowser(url, demo) }
        }
        #expect(checked == 4)
    }

    private func run(_ command: String, against demo: Demo) async throws -> JSONValue {
        let printed = try await Shell.run(command.replacing(ReadmeTests.demoURL, with: demo.service.publicURL))
        return try JSONReader.read(Array(printed.utf8))
    }

    /// Opens the checkout, presses the button that pays, and returns when the bookshop has its webhook.
    private func payInBrowser(_ url: String, _ demo: Demo) async throws {
        let page = try await Shell.run("curl -sS --location '\(url)'")
        let button = try #require(page.firstMatch(of: /<form method="post" action="(\/cashier\/\d+\/pay)">/))
        _ = try await Shell.run("curl -sS -X POST '\(demo.alipay.url)\(button.1)'")
        var arrivals = demo.shop.merchant.arrivals.makeAsyncIterator()
        #expect(await arrivals.next() != nil)
    }

    @Test func `the page and the demo name the same key`() {
        #expect(readme.text.contains("Bearer \(Demo.apiKey)'"))
    }

    // MARK: - Commands

    @Test func `every payrelay command that is written somewhere exists, with its options`() throws {
        var found = 0
        for (command, place) in try writtenCommands() {
            found += 1
            let words = command.split(separator: " ").map(String.init).filter { $0 != "…" }
            let help = try #require(self.help(words), "\(place): \(command)")
            for option in words where option.hasPrefix("--") {
                #expect(help.contains(option.prefix { $0 != "=" }), "\(place): \(command)")
            }
        }
        #expect(found > 10)
    }

    /// `payrelay …` in code, without the first word: in Markdown, in the example tenants' comments and in scripts.
    private func writtenCommands() throws -> [(command: String, place: String)] {
        var commands: [(String, String)] = []
        for file in try Project.files(suffix: ".md") {
            let page = Markdown(try Project.text(file))
            commands += (page.codeSpans + page.commands.map(\.command)).map { ($0, file) }
        }
        for file in try Project.files(in: "tenants") + Project.files(in: "ops", suffix: "demo") {
            commands += Markdown(try Project.text(file)).codeSpans.map { ($0, file) }
        }
        return commands.filter { $0.0.hasPrefix("payrelay ") }.map { (String($0.0.dropFirst("payrelay ".count)), $0.1) }
    }

    /// The help of the command that the words begin with.
    private func help(_ words: [String]) -> String? {
        for count in [2, 1] where words.count >= count {
            let lines = Lines()
            let asked = ["help"] + words.prefix(count)
            guard CommandRunner.run(asked, lines.console) == CommandRunner.fine else { continue }
            return lines.text
        }
        return nil
    }

    @Test func `the scripts that the page names are there`() throws {
        for match in readme.text.matches(of: /\bops\/\w+(?:\.\w+)*/) {
            #expect(Project.exists(String(match.0)), "\(match.0)")
        }
    }

    @Test func `what the page builds is a product`() throws {
        let manifest = try Project.text("Package.swift")
        for span in readme.codeSpans where span.hasPrefix("swift build") {
            let product = try #require(span.firstMatch(of: /--product (\w+)/))
            #expect(manifest.contains(".executable(name: \"\(product.1)\""))
        }
    }

    @Test func `every link to a file leads somewhere`() {
        for link in readme.links where !link.hasPrefix("https://") { #expect(Project.exists(link), "\(link)") }
    }

    // MARK: - Run it, add a tenant

    @Test func `the page's payrelay.yaml and a new tenant make a service without mistakes`() throws {
        let folder = try ScratchFolder()
        let yaml = try #require(readme.blocks.first { $0.language == "yaml" }).text
        try folder.write("payrelay.yaml", yaml)
        let command = try #require(readme.commands.map(\.command).first { $0.hasPrefix("payrelay tenant new ") })
        let words = command.split(separator: " ").dropFirst().map(String.init)
        let lines = Lines()
        #expect(CommandRunner.run(words + ["--folder", folder.path + "/tenants"], lines.console) == CommandRunner.fine)
        let id = try #require(words.last)
        #expect(lines.text.contains("sk_\(id)_"))
        // The page says: fill in Alipay's partner number, and write the key into a file.
        let file = "tenants/\(id).yaml"
        let written = try String(contentsOfFile: folder.path + "/" + file, encoding: .utf8)
        try folder.write(file, written.replacing("partner:   ", with: "partner: \(Example.partner)"))
        let key = "tenants/secrets/\(id).key"
        #expect(readme.text.contains("`\(key)`"))
        try folder.write(key, Example.alipayKey + "\n")
        let loaded = Configuration.load(path: folder.path + "/payrelay.yaml") { _ in nil }
        #expect(loaded.problems.map(\.description) == [])
    }

    // MARK: - The map

    @Test func `the map names every module and nothing else`() throws {
        let map = try #require(readme.text.split(separator: "\n## ").first { $0.hasPrefix("Folders\n") })
        let named = map.matches(of: /`((?:Sources|Tests)\/\w+)`/).map { String($0.1) }
        #expect(Set(named).count == named.count)
        #expect(
            named.filter { $0.hasPrefix("Sources/") }.sorted()
                == (try Project.names(in: "Sources")).map { "Sources/" + $0 })
        for path in named { #expect(Project.isFolder(path), "\(path)") }
        for path in ["Tests", "tenants", "ops"] { #expect(map.contains("`\(path)`")) }
    }

    @Test(arguments: ["python", "js", "php"])
    func `there is an example in each language`(language: String) throws {
        let block = try #require(readme.blocks.first { $0.language == language })
        #expect(block.text.contains("verify("))
    }
}

/// What a command wrote.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var console: CommandRunner.Console {
        CommandRunner.Console(out: { self.add($0) }, error: { self.add($0) })
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    private func add(_ line: String) { lines.withLock { $0.append(line) } }
}
