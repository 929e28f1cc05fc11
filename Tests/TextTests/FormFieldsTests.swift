import Testing
import Text

private func fields(_ body: String, fieldsMax: Int = 200) throws(FormFields.Malformed) -> FormFields {
    try FormFields(Array(body.utf8), fieldsMax: fieldsMax)
}

private func text(_ bytes: ArraySlice<UInt8>?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

@Test func `fields come in byte order of their names, decoded once`() throws {
    let form = try fields("trade_no=1&_input_charset=utf-8&Z=z&subject=a%2Bb+%252B&a1=x&a=y")
    #expect(form.map { text($0.name) } == ["Z", "_input_charset", "a", "a1", "subject", "trade_no"])
    #expect(form.map { text($0.value) } == ["z", "utf-8", "y", "x", "a+b %2B", "1"])
    #expect(form.count == 6)
}

@Test func `names that agree in their first eight bytes are ordered by the rest`() throws {
    let form = try fields("logistics_type=1&logistics_fee=2&logistic=3&logistics=4&logistics_fee_1=5")
    #expect(
        form.map { text($0.name) }
            == ["logistic", "logistics", "logistics_fee", "logistics_fee_1", "logistics_type"])
}

@Test func `a value is found by its whole name`() throws {
    let form = try fields("notify_id=7&notify_type=t&sign=s&empty=&bare")
    #expect(text(form["notify_id"]) == "7")
    #expect(text(form["notify_type"]) == "t")
    #expect(text(form["empty"]) == "")
    #expect(text(form["bare"]) == "")
    #expect(form["notify_i"] == nil)
    #expect(form["notify_id2"] == nil)
    #expect(form[""] == nil)
    #expect(form["名"] == nil)
}

@Test func `only the first equals sign separates`() throws {
    #expect(text(try fields("sign=abc==")["sign"]) == "abc==")
}

/// Eight bytes are looked at together where there are so many: every place of a byte that ends or changes a value, in values
/// of every length up to three of those, at the end of the body and before another field.
@Test func `a value is decoded alike wherever in it a byte stands`() throws {
    let specials = ["%26": "&", "%2B": "+", "+": " ", "%e9": "\u{FFFD}", "!": "!", "*": "*", ",": ",", "é": "é"]
    for length in 0...24 {
        for place in 0...length {
            for (coded, decoded) in specials {
                let (head, tail) = (String(repeating: "x", count: place), String(repeating: "=", count: length - place))
                for rest in ["", "&", "&z=1", "&zzzzzzzzzzzz=1234567890"] {
                    let form = try fields("a=\(head)\(coded)\(tail)\(rest)")
                    #expect(text(form["a"]) == head + decoded + tail, "\(length) \(place) \(coded) \(rest)")
                    #expect(form.hasSeparators == (decoded == "&"))
                    #expect(form.count == (rest.count > 1 ? 2 : 1))
                }
            }
        }
    }
}

/// Each of them takes one byte more than it came with.
@Test func `fields without an equals sign fill the room there is`() throws {
    for count in 1...40 {
        let form = try fields((0..<count).map { "n\($0)" }.joined(separator: "&"))
        #expect(form.count == count)
        #expect(form.allSatisfy { $0.value.isEmpty && $0.name.count > 1 })
        #expect(form.joined { _ in true }.isEmpty)
    }
}

@Test func `empty segments are no fields`() throws {
    #expect(try fields("&&a=1&&b=2&").count == 2)
    #expect(try fields("").isEmpty)
    #expect(try fields("&").isEmpty)
}

@Test func `a value keeps bytes that are not UTF-8`() throws {
    #expect(try fields("subject=%D6%D0%00%FF")["subject"].map { Array($0) } == [0xD6, 0xD0, 0x00, 0xFF])
    #expect(try FormFields([0x61, 0x3D, 0xD6, 0xD0], fieldsMax: 1)["a"].map { Array($0) } == [0xD6, 0xD0])
}

@Test(arguments: [
    ("a=1&b=%4", FormFields.Malformed.badEscape(atByte: 6)),
    ("a=%", .badEscape(atByte: 2)),
    ("a%zz=1", .badEscape(atByte: 1)),
    ("a=1%2&b=2", .badEscape(atByte: 3)),
    ("a=1&=2", .emptyName),
    ("=", .emptyName),
    ("a=1&b=2&a=3", .duplicateName("a")),
    ("a=1&%61=2", .duplicateName("a")),
    ("long_name_one=1&long_name_two=2&long_name_one=1", .duplicateName("long_name_one")),
    ("a%00=1", .nameCharacter),
    ("a%3D=1", .nameCharacter),
    ("a+b=1", .nameCharacter),
    ("名=1", .nameCharacter),
    ("a[]=1", .nameCharacter),
])
func `a body that is no single-valued form is refused with the reason`(body: String, reason: FormFields.Malformed) {
    #expect(throws: reason) { try fields(body) }
}

@Test func `as many fields as allowed are taken and one more is refused`() throws {
    let body = (1...200).map { "f\($0)=\($0)" }.joined(separator: "&")
    #expect(try fields(body).count == 200)
    #expect(throws: FormFields.Malformed.tooManyFields) { try fields(body + "&g=1") }
    #expect(try fields(body + "&").count == 200)
    #expect(throws: FormFields.Malformed.tooManyFields) { try fields("a", fieldsMax: 0) }
}

@Test(arguments: [
    ("a=1&b=2", false), ("a=%26", true), ("a=1%262&b=3", true), ("a=1&b=x%26", true), ("a=%2526&b=%3D+%25", false),
    ("", false), ("a", false),
])
func `whether a value has an ampersand is known`(_ body: String, _ has: Bool) throws {
    let fields = try FormFields(Array(body.utf8), fieldsMax: 9)
    #expect(fields.hasSeparators == has)
    #expect(fields.containsValue { value in value.indices.contains { value[$0] == UInt8(ascii: "&") } } == has)
}

@Test func `what is joined is name and value of the fields that are wanted and have one`() throws {
    let fields = try FormFields(Array("c=%26%3D&a=1&sign=x&b=&d".utf8), fieldsMax: 9)
    let joined = fields.joined { name in name.count == 1 }
    #expect(String(decoding: joined, as: UTF8.self) == "a=1&c=&=")
    #expect(fields.joined { _ in false } == [])
}

@Test func `reasons read as words`() {
    #expect(FormFields.Malformed.badEscape(atByte: 6).description == "bad percent-encoding at byte 6")
    #expect(FormFields.Malformed.duplicateName("sign").description == "the field sign appears twice")
}

/// Every body up to five bytes over an alphabet that reaches each branch.
@Test func `no short body crashes and each accepted one has distinct, sorted, non-empty names`() throws {
    let alphabet = Array("a=&%4".utf8)
    var bodies: [[UInt8]] = [[]]
    for _ in 1...5 { bodies += bodies.flatMap { body in alphabet.map { body + [$0] } } }
    for body in bodies {
        guard let form = try? FormFields(body, fieldsMax: 3) else { continue }
        let names = form.map { Array($0.name) }
        #expect(names.allSatisfy { !$0.isEmpty })
        #expect(zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        #expect(form.count <= 3)
    }
}
