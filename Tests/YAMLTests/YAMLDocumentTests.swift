import Testing
import YAML

private func parse(_ text: String) throws(YAMLError) -> YAMLDocument { try YAMLDocument(Array(text.utf8)) }

private func refusal(of bytes: [UInt8]) -> String? {
    do {
        _ = try YAMLDocument(bytes)
        return nil
    } catch { return error.description }
}

/// A short form of the tree: `[..]`, `{..}`, quoted text in quotes, each with its place.
private func shape(_ node: Node) -> String {
    let place = "@\(node.line):\(node.column)"
    switch node.content {
    case .scalar(let text, .plain): return text + place
    case .scalar(let text, .quoted): return "'\(text)'" + place
    case .sequence(let items): return "[" + items.map(shape).joined(separator: " ") + "]" + place
    case .mapping(let entries):
        return "{" + entries.map { shape($0.key) + ":" + shape($0.value) }.joined(separator: " ") + "}" + place
    }
}

@Test(arguments: [
    ("name: Bookshop\n", "{name@1:1:Bookshop@1:7}@1:1"),
    ("# a comment\n\nname: x # more\n", "{name@3:1:x@3:7}@3:1"),
    ("a:\n  b: 1\n  c: [x, 'y']\n", "{a@1:1:{b@2:3:1@2:6 c@3:3:[x@3:7 'y'@3:10]@3:6}@2:3}@1:1"),
    ("keys:\n  - env:A\n  - file:b\n", "{keys@1:1:[env:A@2:5 file:b@3:5]@2:3}@1:1"),
    ("l: {level: info, f: \"json\"}", "{l@1:1:{level@1:5:info@1:12 f@1:18:'json'@1:21}@1:4}@1:1"),
    ("书: 三体\nb: {三体: x}\n", "{书@1:1:三体@1:4 b@2:1:{三体@2:5:x@2:9}@2:4}@1:1"),
    ("a: |\n  two\n  lines\n", "{a@1:1:'two\nlines\n'@1:4}@1:1"),
    ("a: !!str 1\nb: ! 2\nc: !!int 3\n", "{a@1:1:'1'@1:4 b@2:1:'2'@2:4 c@3:1:3@3:4}@1:1"),
    ("--- \na: 1\n...\n", "{a@2:1:1@2:4}@2:1"),
    ("a:\nb:\n", "{a@1:1:@1:3 b@2:1:@2:3}@1:1"),
    ("", "@1:1"),
    ("# nothing\n", "@1:1"),
    ("\u{FEFF}a: 1\n", "{a@1:1:1@1:4}@1:1"),
    ("a: 1\r\nb: 2\r\n", "{a@1:1:1@1:4 b@2:1:2@2:4}@1:1"),
    ("<<: {a: 1}\n", "{<<@1:1:{a@1:6:1@1:9}@1:5}@1:1"),
])
func `every value has its line and its column in characters`(text: String, expected: String) throws {
    #expect(shape(try parse(text).root) == expected)
}

@Test(arguments: ["", "~", "null", "Null", "NULL"])
func `an empty plain value is null and the same in quotes is text`(text: String) throws {
    guard case .mapping(let entries) = try parse("a: \(text)\nb: \"\(text)\"\n").root.content else {
        Issue.record("no mapping")
        return
    }
    #expect(entries.map(\.value.isNull) == [true, false])
}

@Test func `digits are kept exactly`() throws {
    #expect(shape(try parse("p: 2088101122136241\nz: 007\n").root) == "{p@1:1:2088101122136241@1:4 z@2:1:007@2:4}@1:1")
}

@Test func `a key that stands twice is listed with both places, and the tree has both`() throws {
    let document = try parse("a: 1\nb: {x: 1, x: 2}\n\"a\": 3\na: 4\n")
    #expect(document.duplicateKeys.map(\.name) == ["x", "a", "a"])
    #expect(document.duplicateKeys.map(\.first.line) == [2, 1, 1])
    #expect(
        document.duplicateKeys.map(\.second) == [
            .init(line: 2, column: 11), .init(line: 3, column: 1), .init(line: 4, column: 1),
        ])
    guard case .mapping(let entries) = document.root.content else {
        Issue.record("no mapping")
        return
    }
    #expect(entries.map(\.name) == ["a", "b", "a", "a"])
}

@Test(arguments: [
    (
        "a:\n\tb: 2\n",
        """
        2:1: found character that cannot start any token while scanning for the next token; it is a tab, \
        and YAML is indented with spaces
        """
    ),
    (
        "a: 1\n\tb: 2\n",
        "2:1: found a tab character that violates indentation while scanning a plain scalar that begins on line 1"
    ),
    ("a: 1\n b: 2\n", "2:3: mapping values are not allowed in this context"),
    ("a:\n  b: 1\n c: 2\n", "3:2: did not find expected key while parsing a block mapping that begins on line 1"),
    ("a: \"x\nb: 1\n", "3:1: found unexpected end of stream while scanning a quoted scalar that begins on line 1"),
    ("a: [1, 2\nb: 3\n", "2:2: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"),
    ("a: @x\n", "1:4: found character that cannot start any token while scanning for the next token"),
    ("a\nb\nc: 1\n", "3:2: mapping values are not allowed in this context"),
    ("a: 1\nbcd\n", "3:1: could not find expected ':' while scanning a simple key that begins on line 2"),
    ("a: &x 1\nb: *x\n", "1:4: anchors (&name) are not supported; write the value out"),
    ("a: 1\nb: *x\n", "2:4: aliases (*name) are not supported; write the value out"),
    ("a: !!binary aGk=\n", "1:4: this tag (!…) is not supported here"),
    ("a: !mine x\n", "1:4: this tag (!…) is not supported here"),
    ("a: !!map x\n", "1:4: this tag (!…) is not supported here"),
    ("a: !!str [x]\n", "1:4: this tag (!…) is not supported here"),
    ("a: !e!x y\n", "1:4: found undefined tag handle while parsing a node"),
    ("a: 1\n---\nb: 2\n", "2:1: a second document begins here; a file holds one"),
    ("? [a]\n: 1\n", "1:3: a key must be plain text"),
    (
        "{a: 1, : 2}\n",
        "1:8: did not find expected node content while parsing a flow node; text that begins with [ or { needs quotes"
    ),
    ("~: 2\n", "1:1: a key is missing"),
    ("%YAML 3.0\n---\na: 1\n", "1:1: found incompatible YAML document"),
    ("a: \u{7}\n", "1:4: control characters are not allowed"),
    ("a: 1\nb: \0\n", "2:4: control characters are not allowed"),
])
func `a file that is not our YAML is refused with its place`(text: String, message: String) {
    #expect(refusal(of: Array(text.utf8)) == message)
}

@Test func `bytes that are not UTF-8 are refused with their place, UTF-16 included`() {
    #expect(refusal(of: Array("a: 1\nb书: ".utf8) + [0xD6, 0xD0]) == "2:5: the file is not UTF-8 here")
    #expect(refusal(of: [0xFF, 0xFE, 0x61, 0x00]) == "1:1: the file is not UTF-8 here")
    #expect(refusal(of: [0x61, 0x00, 0x3A, 0x00]) == "1:2: control characters are not allowed")
}

@Test func `a file of the greatest size is read and one byte more is refused`() {
    let line = Array("a: ".utf8)
    let longest = line + Array(repeating: UInt8(ascii: "x"), count: YAMLDocument.bytesMax - line.count)
    #expect(refusal(of: longest) == nil)
    #expect(refusal(of: longest + [UInt8(ascii: "x")]) == "1:1: the file is larger than 256 KiB")
}

@Test func `twenty levels are read and one more is refused, as are thousands`() {
    func nested(_ depth: Int) -> [UInt8] {
        Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(refusal(of: nested(20)) == nil)
    #expect(refusal(of: nested(21)) == "1:21: values are nested deeper than 20")
    #expect(refusal(of: nested(100_000)) == "1:21: values are nested deeper than 20")
    #expect(refusal(of: Array(String(repeating: "- ", count: 1_000).utf8)) == "1:41: values are nested deeper than 20")
    #expect(
        refusal(of: Array(String(repeating: "{a: ", count: 1_000).utf8)) == "1:81: values are nested deeper than 20")
}

@Test func `twenty thousand values are read and one more is refused`() {
    let items = String(repeating: "- x\n", count: YAMLDocument.nodesMax - 1)
    #expect(refusal(of: Array(items.utf8)) == nil)
    #expect(refusal(of: Array((items + "- x\n").utf8)) == "20000:3: the file has more than 20000 values")
}

private let sample = """
    name: "Book\\u0041 shop" # c
    alipay:
      keys: [env:A, 'it''s', {x: |-
        y}]
      ? k
      : - 1
        - >
         folded
         text
    书: !!str 12
    """

@Test func `every beginning of a file is read or refused, and nothing else`() {
    let bytes = Array(sample.utf8)
    for length in 0...bytes.count {
        if let message = refusal(of: Array(bytes.prefix(length))) { #expect(!message.contains("\n")) }
    }
}

@Test func `a file with any one byte damaged is read or refused, and nothing else`() {
    let bytes = Array(sample.utf8)
    for position in bytes.indices {
        for byte in Array("\0\t\n\r &*!|>'\"%@`{}[],:#-?~\u{7F}".utf8) + [0x80, 0xC2, 0xE4, 0xFF] {
            var damaged = bytes
            damaged[position] = byte
            if let message = refusal(of: damaged) { #expect(!message.contains("\n")) }
        }
    }
}
