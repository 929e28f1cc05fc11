import JSON
import Testing

struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    private func problem(_ bytes: [UInt8], depthMax: Int = 32) -> String? {
        do {
            _ = try JSONReader.read(bytes, depthMax: depthMax)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `every kind of value is read, members in their order`() throws {
        let value = try read(
            " { \"b\" : [ 1 , -2.5e+3 , true , false , null , \"\" , {} , [] ] ,\r\n\t\"a\" : \"x\" } ")
        let elements: [JSONValue] = [
            .number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null, .string(""), .object([]), .array([]),
        ]
        #expect(
            value
                == .object([
                    JSONMember(name: "b", value: .array(elements)), JSONMember(name: "a", value: .string("x")),
                ]))
        #expect(value["a"]?.text == "x" && value["c"] == nil && value["b"]?["a"] == nil)
        #expect(
            elements.map(\.kind) == [
                "a number", "a number", "a boolean", "a boolean", "null", "a string", "an object", "an array",
            ])
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000\u001F\u007f""#, "\u{0}\u{1F}\u{7F}"),
        (#""\u4e09\u4F53""#, "三体"), (#""\uD83D\uDE00 \ud834\udd1e""#, "😀 𝄞"),
        (#""\uFFFF\uD7FF\uE000""#, "\u{FFFF}\u{D7FF}\u{E000}"),
        (#""\uDBFF\uDFFF\uD800\uDC00""#, "\u{10FFFF}\u{10000}"), (#""三体 \u0041 😀""#, "三体 A 😀"),
        ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
    ])
    func `every escape is read`(json: String, text: String) throws {
        #expect(try Array(#require(read(json).text).utf8) == Array(text.utf8))
    }

    @Test(arguments: [
        (#""\a""#, "an unknown escape at byte 1"), (#""\U0041""#, "an unknown escape at byte 1"),
        (#""\"#, "a string does not end at byte 1"), (#""\""#, "a string does not end at byte 3"),
        (#""\u004""#, "\\u needs four digits at byte 1"), (#""\u00G0""#, "\\u needs four digits at byte 1"),
        (#""\u+041""#, "\\u needs four digits at byte 1"), (#""\u 041""#, "\\u needs four digits at byte 1"),
        (#""\u00é""#, "\\u needs four digits at byte 1"), (#""\uD800""#, "half a surrogate pair at byte 7"),
        (#""\uDC00""#, "half a surrogate pair at byte 7"), (#""\uDC00\uD800""#, "half a surrogate pair at byte 7"),
        (#""\uD800\u0041""#, "half a surrogate pair at byte 13"), (#""\uD800\n""#, "half a surrogate pair at byte 7"),
        (#""\uD800\uD800""#, "half a surrogate pair at byte 13"), (#""\uD800x""#, "half a surrogate pair at byte 7"),
        (#""\uD800\uDC0""#, "\\u needs four digits at byte 7"),
        ("\"\n\"", "a control character in a string at byte 1"),
        ("\"a\u{0}\"", "a control character in a string at byte 2"),
        ("\"\\n\u{1F}\"", "a control character in a string at byte 3"),
    ])
    func `a broken escape is refused where it stands`(json: String, expected: String) {
        #expect(problem(Array(json.utf8)) == expected)
    }

    /// Unicode 15, table 3-7, and one step past each row's ends.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x7F], [0xC2, 0xC0], [0xE0, 0x9F, 0xBF],
            [0xE4, 0xB8],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xF0, 0x9F, 0x98], [0xFE], [0xFF],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused, in values, after escapes and in names`(bytes: [UInt8]) {
        #expect(problem([0x22] + bytes + [0x22]) == "a string is not UTF-8 at byte 1")
        #expect(problem([0x22, 0x5C, 0x6E] + bytes + [0x22]) == "a string is not UTF-8 at byte 1")
        #expect(problem([0x7B, 0x22] + bytes + [0x22, 0x3A, 0x31, 0x7D]) == "a string is not UTF-8 at byte 2")
    }

    @Test(arguments: [
        "0", "-0", "9", "-10", "0.0", "1.50", "1e5", "1E5", "1e+05", "-1.5E-300", "123456789012345678901234567890",
    ])
    func `a number is kept as it was written`(text: String) throws {
        #expect(try read(text) == .number(text))
    }

    @Test(arguments: [
        ("01", "unexpected text after the value at byte 1"), ("-01", "unexpected text after the value at byte 2"),
        ("00", "unexpected text after the value at byte 1"), ("-", "a number is not complete at byte 1"),
        ("1.", "a number is not complete at byte 2"), ("1.e5", "a number is not complete at byte 2"),
        ("1e", "a number is not complete at byte 2"), ("1e+", "a number is not complete at byte 3"),
        ("1e+-5", "a number is not complete at byte 3"), ("--1", "a number is not complete at byte 1"),
        ("+1", "unexpected character at byte 0"), (".5", "unexpected character at byte 0"),
        ("0x10", "unexpected text after the value at byte 1"), ("1_000", "unexpected text after the value at byte 1"),
        ("NaN", "unexpected character at byte 0"), ("Infinity", "unexpected character at byte 0"),
        ("-Infinity", "a number is not complete at byte 1"), ("１", "unexpected character at byte 0"),
    ])
    func `what is not quite a number is refused`(text: String, expected: String) {
        #expect(problem(Array(text.utf8)) == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("12050", 12_050), ("10000000000", 10_000_000_000), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("99999999999999999999999999", nil), ("1.0", nil),
            ("1e5", nil),
            ("1E0", nil), ("\"1\"", nil), ("true", nil), ("null", nil), ("[1]", nil),
        ] as [(String, Int64?)])
    func `only a whole number within 64 bits is an int64`(text: String, expected: Int64?) throws {
        #expect(try read(text).int64 == expected)
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, #"the name "a" appears twice at byte 7"#),
        (#"{"a":1,"\u0061":2}"#, #"the name "a" appears twice at byte 7"#),
        (#"{"":1,"":1}"#, #"the name "" appears twice at byte 6"#),
        (#"[{"x":{"k":1,"b":2,"k":3}}]"#, #"the name "k" appears twice at byte 19"#),
    ])
    func `a name that appears twice is refused`(json: String, expected: String) {
        #expect(problem(Array(json.utf8)) == expected)
    }

    @Test(arguments: [0, 14, 15, 16, 17, 38])
    func `among many names, too`(repeated: Int) {
        let names = (0..<40).map { $0 == 39 ? "n\(repeated)" : "n\($0)" }
        let json = "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let error = #expect(throws: JSONError.self) { try JSONReader.read(Array(json.utf8)) }
        #expect(error?.description.hasPrefix("the name \"n\(repeated)\" appears twice at byte ") == true)
    }

    @Test func `the same name in two objects is two names`() throws {
        #expect(
            try read(#"[{"a":{"a":1}},{"a":2}]"#)
                == .array([
                    .object([JSONMember(name: "a", value: .object([JSONMember(name: "a", value: .number("1"))]))]),
                    .object([JSONMember(name: "a", value: .number("2"))]),
                ]))
    }

    @Test(arguments: [1, 2, 32])
    func `values nest as deep as the limit and no deeper`(limit: Int) {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        #expect(problem(nested(limit, "[", "]"), depthMax: limit) == nil)
        #expect(problem(nested(limit + 1, "[", "]"), depthMax: limit) == "more than \(limit) levels at byte \(limit)")
        #expect(problem(nested(limit, #"{"a":"#, "}"), depthMax: limit) == nil)
        #expect(
            problem(nested(limit + 1, #"{"a":"#, "}"), depthMax: limit)
                == "more than \(limit) levels at byte \(limit * 5)")
        // Beside one another they do not add up.
        #expect(problem(Array("[[],[],{}]".utf8), depthMax: 2) == nil)
        #expect(
            problem(Array(repeating: 0x5B, count: 100_000), depthMax: limit)
                == "more than \(limit) levels at byte \(limit)")
    }

    @Test(arguments: [
        ("", "unexpected end at byte 0"), (" \n", "unexpected end at byte 2"),
        ("{} x", "unexpected text after the value at byte 3"),
        ("{}{}", "unexpected text after the value at byte 2"), ("1 2", "unexpected text after the value at byte 2"),
        ("{}\u{0}", "unexpected text after the value at byte 2"), ("\u{FEFF}{}", "unexpected character at byte 0"),
        ("\u{A0}1", "unexpected character at byte 0"), ("\u{C}1", "unexpected character at byte 0"),
        ("[1,]", "unexpected character at byte 3"), ("[,1]", "unexpected character at byte 1"),
        ("[1 2]", "\",\" or \"]\" is missing at byte 3"),
        (#"{"a":1,}"#, "a member's name is missing at byte 7"), (#"{"a" 1}"#, "\":\" is missing at byte 5"),
        (#"{a:1}"#, "a member's name is missing at byte 1"),
        (#"{"a":1 "b":2}"#, "\",\" or \"}\" is missing at byte 7"), (#"{"a"}"#, "\":\" is missing at byte 4"),
        ("{'a':1}", "a member's name is missing at byte 1"),
        ("tru", "unexpected character at byte 0"), ("True", "unexpected character at byte 0"),
        ("nullx", "unexpected text after the value at byte 4"),
        ("//c\n1", "unexpected character at byte 0"), ("]", "unexpected character at byte 0"),
        ("\u{FF}", "unexpected character at byte 0"),
    ])
    func `what is not one JSON text is refused where it stops being one`(text: String, expected: String) {
        #expect(problem(Array(text.utf8)) == expected)
    }

    @Test func `a text cut off at any byte is refused, and crashes nothing`() throws {
        let sample = Array(
            #" {"subject":"三\u4f53 \ud83d\ude00\n","amount":-12050.5e+1,"list":[true,false,null,{"a":[]}],"x":"😀"}"#
                .utf8)
        _ = try JSONReader.read(sample)
        for length in 0..<sample.count {
            #expect(problem(Array(sample[..<length])) != nil, "the first \(length) bytes")
        }
    }
}
