import Foundation
import Settings
import Support
import Tenants
import Testing
import YAML

/// Whatever stands in a tenant's file, there is a tenant or there are problems with places, in bounded time and of bounded size.
struct TenantFuzzTests {
    /// Of made documents; enough to reach every branch of the readers, few enough for a debug build.
    private static let documentCount = 300

    @Test func `made and damaged documents are read or refused at a place`() throws {
        let good = try Fixture.all(".good.yaml").map { Array(try Fixture.text($0.name).utf8) }
        var maker = DocumentMaker(seed: 2088, good: good)
        try TenantFuzzTests.check((0..<TenantFuzzTests.documentCount).map { _ in maker.next() })
    }

    @Test func `giants are read or refused at a place`() throws {
        try TenantFuzzTests.check(StrangeDocument.all.map(\.bytes))
    }

    @Test func `each giant that is no YAML of ours is refused by the document, and the others are read`() {
        let read = StrangeDocument.all.filter { (try? YAMLDocument($0.bytes)) != nil }.map(\.name)
        #expect(
            read == [
                "a scalar of the greatest size", "a long key that is told", "escapes", "comments", "blocks",
                "as many keys as values are allowed", "one key again and again", "unknown keys of one section",
                "entries without end", "wrong entries", "line breaks", "nothing but line breaks", "byte order marks",
                "characters that turn the writing",
            ])
    }

    @Test(arguments: [(100, 100), (101, 101), (150, 101)])
    func `of one file a hundred problems are told, and how many more there are`(count: Int, shown: Int) throws {
        let tenants = try TenantsFixture()
        let unknown = (0..<count).map { "unknown\($0): x\n" }.joined()
        try tenants.scratch.write("tenants/shop.yaml", try Fixture.text("least.good.yaml") + unknown)
        let lines = try tenants.load().problems.split(separator: "\n")
        #expect(lines.count == shown)
        let last =
            "tenants/shop.yaml:106:1: \(count - 100) more problems of this file are not shown; repair these first"
        #expect((lines.last.map(String.init) == last) == (count > 100))
    }

    @Test func `errors are told before warnings where there are too many`() throws {
        let problems = ProblemList()
        for line in 1...200 {
            problems.add(
                Problem(file: "f", line: line, column: 1, severity: line <= 150 ? .warning : .error, message: "m"))
        }
        #expect(problems.errorCount == 50)
        let shown = problems.sorted
        #expect(shown.count == 101)
        #expect(shown.count { $0.severity == .error } == 50)
        #expect(shown.map(\.message).contains("100 more problems of this file are not shown; repair these first"))
        #expect(shown.first { $0.message != "m" }?.severity == .warning)
    }

    @Test func `what was left out before is counted among what is left out`() throws {
        let inner = ProblemList()
        for line in 1...150 { inner.add(Problem(file: "f", line: line, column: 1, message: "m")) }
        let outer = ProblemList()
        for problem in inner.sorted + [Problem(file: "f", line: 3, column: 9, message: "m")] { outer.add(problem) }
        let more = outer.sorted.filter { $0.message != "m" }.map(\.description)
        #expect(more == ["f:100:1: 51 more problems of this file are not shown; repair these first"])
        #expect(outer.sorted.count == 101)
    }

    /// Loads all of them as files of one folder.
    private static func check(_ documents: [[UInt8]]) throws {
        let tenants = try TenantsFixture()
        for (number, document) in documents.enumerated() {
            let path = tenants.scratch.path("tenants/d\(number).yaml")
            try Data(document).write(to: URL(filePath: path))
        }
        let problems = ProblemList(keepsTexts: true)
        let folder = TenantFolder(
            path: tenants.scratch.path("tenants"), shownAs: "tenants", publicURL: "https://pay.example",
            environment: { Fixture.environment[$0] })
        let snapshot = try folder.load(into: problems)
        #expect(snapshot.count + snapshot.broken.count == documents.count)
        let byFile = Dictionary(grouping: problems.sorted, by: \.file)
        for (number, document) in documents.enumerated() {
            let shown = byFile["tenants/d\(number).yaml"] ?? []
            let isBroken = snapshot.broken.contains("d\(number)")
            let wrong = claims(shown, isBroken: isBroken, problems.texts["tenants/d\(number).yaml"])
            #expect(wrong == [], "\(String(decoding: document.prefix(2_000), as: UTF8.self).debugDescription)")
        }
    }

    /// What does not hold of the problems of one file.
    private static func claims(_ problems: [Problem], isBroken: Bool, _ text: SourceText?) -> [String] {
        var wrong: [String] = []
        func expect(_ holds: Bool, _ claim: String) { if !holds { wrong.append(claim) } }
        expect(problems.contains { $0.severity == .error } == isBroken, "a file that is not served has an error")
        expect(problems.count <= ProblemList.perFileMax + 1, "a hundred problems and how many more")
        for problem in problems {
            expect(problem.line >= 1 && problem.column >= 1, "places are counted from 1")
            expect((1...1_000).contains(problem.message.utf8.count), "a message is a sentence")
            expect(!problem.message.contains(where: \.isNewline), "a message is one line")
            expect(!problem.message.contains("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), "no key shows in a message")
            guard let text, let excerpt = Excerpt(of: problem, in: text) else { continue }
            expect(!excerpt.text.contains("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), "no key shows in a line")
            expect(excerpt.caretOffset + excerpt.caretWidth <= Excerpt.widthMax + 1, "a line is cut")
        }
        return wrong
    }
}
