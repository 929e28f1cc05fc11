import YAML

/// A document that no admin writes, and that a slip, a tool or an enemy may leave in the folder.
struct StrangeDocument {
    let name: String
    let bytes: [UInt8]

    init(_ name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Some text, some other text so many times, and some more.
    init(_ name: String, _ before: String, _ repeated: String = "", _ count: Int = 0, then after: String = "") {
        self.name = name
        bytes = Array((before + String(repeating: repeated, count: count) + after).utf8)
    }

    /// Each at or near a limit, or of a form that parsers have broken on.
    static let all: [StrangeDocument] = nested + large + repeatedKeys + strangeText

    private static let nested: [StrangeDocument] = [
        StrangeDocument("alias bomb", aliasBomb),
        StrangeDocument("anchors", "", "&a", 50_000),
        StrangeDocument("merge keys", "base: &b {name: x}\nalipay:\n  <<: *b\n  <<: [*b, *b]\n"),
        StrangeDocument("lists in lists", "", "[", YAMLDocument.bytesMax),
        StrangeDocument("mappings in mappings", "", "{a: ", YAMLDocument.bytesMax / 4),
        StrangeDocument("dashes", "", "- ", YAMLDocument.bytesMax / 2),
        StrangeDocument("question marks", "", "? ", YAMLDocument.bytesMax / 2),
        StrangeDocument("steps", (0..<700).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        StrangeDocument("closing brackets", "", "]", 100_000),
        StrangeDocument("documents", "", "---\na: 1\n...\n", 10_000),
    ]

    private static let large: [StrangeDocument] = [
        StrangeDocument("a scalar of the greatest size", "name: ", "x", YAMLDocument.bytesMax - 6),
        StrangeDocument("one byte too many", "name: ", "x", YAMLDocument.bytesMax - 5),
        StrangeDocument("a long key", "", "k", YAMLDocument.bytesMax / 2, then: ": x\n"),
        StrangeDocument("a long key that is told", "? ", "k", YAMLDocument.bytesMax / 2, then: "\n: x\n"),
        StrangeDocument("a quoted scalar without an end", "name: \"", "x\n", 100_000),
        StrangeDocument("escapes", "name: \"", #"\U0001F600\x07"#, 10_000, then: "\"\n"),
        StrangeDocument("comments", "", "#", YAMLDocument.bytesMax),
        StrangeDocument("blocks", "", "a: |9\n         x\n", 5_000),
        StrangeDocument("wide characters", "名: 三体\n", "三", 80_000),
        StrangeDocument("a long tag", "name: !", "t", 100_000, then: " x\n"),
    ]

    private static let repeatedKeys: [StrangeDocument] = [
        StrangeDocument("as many keys as values are allowed", keys(YAMLDocument.nodesMax / 2 - 1)),
        StrangeDocument("too many keys", keys(YAMLDocument.nodesMax / 2)),
        StrangeDocument("one key again and again", "", "name: x\n", 9_999),
        StrangeDocument("unknown keys of one section", "alipay: {", "partnr: x, ", 9_000, then: "}"),
        StrangeDocument("entries without end", "api_keys:\n", "- {}\n", 19_000),
        StrangeDocument("wrong entries", "products: [", "web, ", 9_000, then: "]"),
    ]

    private static let strangeText: [StrangeDocument] = [
        StrangeDocument("directives", "", "%TAG !e! tag:e,2000:\n", 5_000, then: "---\na: 1\n"),
        StrangeDocument("a version of the future", "%YAML 9.9\n---\nname: x\n"),
        StrangeDocument("tags", "name: !!binary aGk=\nalipay: !!set {a, b}\n"),
        StrangeDocument("tabs", "alipay:\n", "\t", 100_000, then: "partner: x\n"),
        StrangeDocument("line breaks", "name: a\u{85}b: c\u{2028}d: e\u{2029}f: g\rh: i\r\nj: k\n"),
        StrangeDocument("line breaks and no end", "name: a\u{85}b: c\u{2028}d: e\u{2029}f: g\rh: i\r\nj: [\n"),
        StrangeDocument("nothing but line breaks", "", "\u{2028}", 80_000),
        StrangeDocument("byte order marks", "", "\u{FEFF}", 50_000),
        StrangeDocument("a byte order mark in the middle", "name: x\n\u{FEFF}alipay: y\n"),
        StrangeDocument("NULs", bytes: Array(repeating: 0, count: 100_000)),
        StrangeDocument("UTF-16", bytes: Array("name: x\n".utf16).flatMap { [UInt8($0 & 0xFF), 0] }),
        StrangeDocument("bytes that are no UTF-8", bytes: Array(repeating: 0xC0, count: 100_000)),
        StrangeDocument("half a character", bytes: Array("name: 三".utf8).dropLast()),
        StrangeDocument("a block of no depth", "name: |0\n x\nalipay: >+-\n y\n"),
        StrangeDocument("characters that turn the writing", "name: \u{202E}x\u{202C}\nna\u{200B}me: y\n"),
    ]

    private static let aliasBomb = (1..<30).reduce("a0: &a0 [x, x]\n") { text, level in
        let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
        return text + "a\(level): &a\(level) [\(aliases)]\n"
    }

    private static func keys(_ count: Int) -> String { (0..<count).map { "k\($0): x\n" }.joined() }
}
