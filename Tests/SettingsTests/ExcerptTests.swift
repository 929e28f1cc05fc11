import Settings
import Testing

/// The line of a problem, as a terminal shows it.
struct ExcerptTests {
    /// Reads a text as the sample's, and what a problem at the place would show: the line, and the marks under it.
    private static func shown(_ text: String, line: Int, column: Int, end: Int? = nil) -> [String]? {
        let problems = ProblemList(keepsTexts: true)
        let source = SettingsSource(file: "f.yaml", folder: Fixture.folder, environment: { _ in nil })
        _ = SettingsReader.read(Array(text.utf8), from: source, into: problems, Sample.init)
        let problem = Problem(file: "f.yaml", line: line, column: column, endColumn: end, message: "m")
        guard let text = problems.texts["f.yaml"], let excerpt = Excerpt(of: problem, in: text) else { return nil }
        #expect(excerpt.line == line)
        let mark = "^" + String(repeating: "~", count: excerpt.caretWidth - 1)
        return [excerpt.text, String(repeating: " ", count: excerpt.caretOffset) + mark]
    }

    @Test(arguments: [
        ("name: Book\n", 1, 7, 11, "name: Book", "      ^~~~"),
        ("name: Book\n", 1, 7, nil, "name: Book", "      ^"),
        ("name: Book   # of the shop\n", 1, 7, 11, "name: Book", "      ^~~~"),
        ("name: 'Book # shop'\n", 1, 7, 20, "name: 'Book # shop'", "      ^~~~~~~~~~~~~"),
        ("store:\n  三体.db\n", 2, 3, 8, "  三体.db", "  ^~~~~~~"),
        ("name: 三体 x\n", 1, 10, 11, "name: 三体 x", "           ^"),
        ("name: {三体: x}\n", 1, 12, nil, "name: {三体: ***}", "             ^~~"),
        ("name: e\u{301}\u{301}x\n", 1, 7, 11, "name: e\u{301}\u{301}x", "      ^~"),
        ("name: \"a\u{7}b\"\n", 1, 8, 9, "name: \"***\"", "       ^~~"),
        ("a:\tb\n", 1, 4, nil, "a:    ***", "      ^~~"),
        ("\u{FEFF}name: Book\n", 1, 7, 11, "name: Book", "      ^~~~"),
        ("name: Book\r\n", 1, 7, 11, "name: Book", "      ^~~~"),
        ("name: Book", 1, 11, nil, "name: Book", "          ^"),
        ("products: [a, b,\n  c]\n", 2, 3, 4, "  c]", "  ^"),
    ])
    func `a mark stands under the place, in columns of the terminal`(
        text: String, line: Int, column: Int, end: Int?, shown: String, mark: String
    ) {
        #expect(ExcerptTests.shown(text, line: line, column: column, end: end) == [shown, mark])
    }

    @Test(arguments: [("", 1), ("\n\n", 1), ("name: x\n", 2), ("name: x\n", 9), ("# a comment\nname: x\n", 1)])
    func `a place without text shows nothing`(text: String, line: Int) {
        #expect(ExcerptTests.shown(text, line: line, column: 1) == nil)
    }

    @Test func `a problem of the whole file shows no line`() {
        let problems = ProblemList(keepsTexts: true)
        let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
        _ = SettingsReader.read(Array("name: x\n".utf8), from: source, into: problems) { $0.string("name") }
        let text = problems.texts["f.yaml"]
        #expect(text.flatMap { Excerpt(of: Problem(file: "f.yaml", message: "m"), in: $0) } == nil)
        #expect(text.flatMap { Excerpt(of: Problem(file: "f.yaml", line: 1, column: 1, message: "m"), in: $0) } != nil)
    }

    @Test func `a list that keeps no texts keeps none`() {
        let problems = ProblemList()
        let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
        _ = SettingsReader.read(Array("name: x\n".utf8), from: source, into: problems) { $0.string("name") }
        #expect(problems.texts.isEmpty)
    }

    // MARK: - Long lines

    @Test(arguments: [(3, 0), (30, 1), (59, 1)])
    func `a long line is cut to 100 columns around the place`(item: Int, cuts: Int) throws {
        let names = (0..<60).map { "item\($0 < 10 ? "0" : "")\($0)" }
        let text = "store: {" + names.joined(separator: ", ") + "}"
        let column = 9 + item * 8
        let shown = try #require(ExcerptTests.shown(text, line: 1, column: column, end: column + 6))
        #expect((99...100).contains(shown[0].count))
        #expect(shown[0].hasPrefix("…") == (cuts > 0))
        #expect(shown[0].hasSuffix("…") == (item < 59))
        let at = shown[1].prefix { $0 == " " }.count
        #expect(shown[0].dropFirst(at).prefix(6) == names[item])
        #expect(shown[1].dropFirst(at) == "^~~~~~")
    }

    @Test(arguments: [(100, false), (101, true)])
    func `a line of 100 columns is whole, and one more is cut`(count: Int, isCut: Bool) throws {
        let text = "store: {" + String(repeating: "xx, ", count: 20) + String(repeating: "y", count: count - 89) + "}"
        let shown = try #require(ExcerptTests.shown(text, line: 1, column: 1, end: 6))
        #expect(text.count == count)
        #expect((shown[0] == text) != isCut)
        #expect(shown[0].count == 100)
        #expect(shown[0].hasSuffix("…") == isCut)
    }

    @Test func `wide characters count twice when a line is cut`() throws {
        let text = "store: {" + String(repeating: "三体, ", count: 40) + "x}"
        let shown = try #require(ExcerptTests.shown(text, line: 1, column: 9, end: 11))
        #expect(shown[0].count == 8 + 15 * 4 + 1)
        #expect(shown[1] == "        ^~~~")
    }

    // MARK: - What is no one's to see

    @Test(arguments: [
        // Read as secrets: shown by reference alone.
        (
            "alipay: {keys: [hush, env:HUSH_NAME, file:a/b.key, env:0f1e2d3c4b5a69788796a5b4c3d2e1f0]}",
            "alipay: {keys: [***, env:HUSH_NAME, file:a/b.key, ***]}"
        ),
        ("alipay: {keys: [\"hush\", 'hu#sh', hush hush]}", "alipay: {keys: [***, ***, ***]}"),
        // Read by nobody: a misspelt key may have a secret behind it.
        ("kyes: hush", "kyes: ***"),
        ("alipay: {kyes: [hush, [hush]], x: {y: hush}}", "alipay: {kyes: [***, [***]], x: {y: ***}}"),
        ("alipay: {sign_type: MD5, private_key: hush}", "alipay: {sign_type: MD5, private_key: ***}"),
        // Read as something else, and the look of a secret.
        ("name: 0f1e2d3c4b5a69788796a5b4c3d2e1f0", "name: ***"), ("name: sk_hush", "name: ***"),
        ("name: whsec_hush", "name: ***"),
        ("name: hush-32-characters-long-hush-hus", "name: ***"), ("0f1e2d3c4b5a69788796a5b4c3d2e1f0: x", "***: ***"),
        ("? hush-32-characters-long-hush-hus\n: x", "? ***"),
        // URLs end with their host.
        ("name: https://shop.example/hush", "name: https://shop.example/***"),
        ("name: https://shop.example:443", "name: https://shop.example:443"),
        ("name: https://user:hush@shop.example", "name: https://***"), ("name: https://hush@shop", "name: https://***"),
        ("name: https://shop.example?hush", "name: https://***"),
        ("name: https://shop.example#hush", "name: https://***"),
        ("name: https://0f1e2d3c4b5a69788796a5b4c3d2e1f0", "name: https://***"), ("name: sk_hush://x", "name: ***"),
        ("name: 'https://shop/hush'", "name: ***"),
        ("name: postgres://user:hush@host/db", "name: postgres://***"),
        ("name: https://user:hush", "name: https://***"),
        ("name: \"file:hush hush\"", "name: \"file:hush hush\""), ("kyes: \"file:hush hush\"", "kyes: ***"),
        // Comments are nobody's business.
        ("name: x # hush", "name: x"), ("name: [ # hush", "name: ["), ("name: x#hush", "name: x#hush"),
        // Tags of one's own make it no YAML of ours.
        ("name: !hush x", "name: !*** ***"), ("name: &hush x", "name: &*** ***"), ("name: *hush", "name: ****"),
        ("name: !!str x", "name: !!str x"),
        // No YAML: signs and names of keys.
        ("keys: [hush", "keys: [***"), ("name: \"hush", "name: \"***"), ("\tname: hush", "    name: ***"),
        ("- hush: [hush, b: hush", "- hush: [***, b: ***"),
        ("name: hush: hush", "name: ***: ***"), ("{a: hush, b: 'hush', c: hush", "{a: ***, b: '***', c: ***"),
        ("hush\"", "***"),
        ("0f1e2d3c4b5a69788796a5b4c3d2e1f0: [", "***: ["), ("name: [ # hush: x", "name: ["),
        ("%hush: hush\n", "%hush: ***"),
    ])
    func `text that may be a secret is left out`(text: String, expected: String) throws {
        let shown = try #require(ExcerptTests.shown(text, line: 1, column: 1))
        #expect(shown[0] == expected)
    }

    @Test func `the lines of a block show nothing of it`() throws {
        let text =
            "alipay:\n  keys:\n    - |\n      hush: [hush\n      -----BEGIN-----\n    - >-\n      hush\n name: x\n"
        let whole = text.replacing("\n name", with: "\nname")
        for (text, isYAML) in [(whole, true), (text, false)] {
            let lines = (4...7).compactMap { ExcerptTests.shown(text, line: $0, column: 1)?[0] }
            #expect(lines.count == 4)
            for line in lines { #expect(!line.contains("[hush") && !line.contains("BEGIN"), "\(isYAML): \(line)") }
        }
        #expect(ExcerptTests.shown(whole, line: 4, column: 7)?[0] == "***")
    }
}
