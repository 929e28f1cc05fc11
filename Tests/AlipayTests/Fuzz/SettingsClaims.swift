import Alipay
import Settings

/// A settings file has a value or problems that a terminal can show, and no key that stands in it shows in them.
enum SettingsClaims {
    /// Whoever sees this sees a key.
    static let key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    /// A message names a word of the file here and there, and what else might have stood there.
    private static let messageBytesMax = 1_000

    static func check(_ bytes: [UInt8], _ claims: inout Claims) {
        let problems = ProblemList(keepsTexts: true)
        let source = SettingsSource(
            file: "f.yaml", folder: "", environment: { _ in key },
            readFile: { _, _ throws(FileProblem) in throw FileProblem(reason: "No such file") })
        let value = SettingsReader.read(bytes, from: source, into: problems) { root in
            root.section("alipay", ContractSettings.read)
        }
        claims.expect((value == nil) == problems.hasErrors, "there is a value, or an error")
        let shown = problems.sorted
        claims.expect(shown.count <= ProblemList.perFileMax + 1, "the report is no longer than anybody reads")
        claims.expect(shown.isEmpty || problems.texts["f.yaml"] != nil, "the text of a file that was read is there")
        for problem in shown { check(problem, &claims) }
        guard let text = problems.texts["f.yaml"] else { return }
        for problem in shown {
            guard let excerpt = Excerpt(of: problem, in: text) else { continue }
            check(excerpt, &claims)
        }
    }

    private static func check(_ problem: Problem, _ claims: inout Claims) {
        claims.expect(problem.line >= 1 && problem.column >= 1, "a place is counted from 1")
        claims.expect(problem.endColumn.map { $0 > problem.column } ?? true, "a place ends behind its beginning")
        claims.expect(
            (1...messageBytesMax).contains(problem.message.utf8.count) && problem.path.utf8.count <= messageBytesMax,
            "a message is a sentence")
        for text in [problem.message, problem.path, problem.suggestion ?? ""] {
            claims.expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "one line")
            claims.expect(!text.contains(key), "no key shows in a message")
        }
    }

    private static func check(_ excerpt: Excerpt, _ claims: inout Claims) {
        claims.expect(!excerpt.text.contains(key), "no key shows in a line")
        claims.expect(
            excerpt.text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "a line is one line")
        claims.expect(
            excerpt.caretOffset >= 0 && excerpt.caretWidth >= 1
                && excerpt.caretOffset + excerpt.caretWidth <= Excerpt.widthMax + 1,
            "the mark is within the terminal's width")
    }
}
