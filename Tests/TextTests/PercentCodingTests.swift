import Testing
import Text

@Test(arguments: [
    ("", ""),
    ("abc", "abc"),
    ("a+b", "a b"),
    ("a%2Bb", "a+b"),
    ("100%25", "100%"),
    ("%2525", "%25"),
    ("%e4%B8%ad", "中"),
    ("a=b&c", "a=b&c"),
])
func `a form value is decoded exactly once`(coded: String, plain: String) {
    #expect(PercentCoding.formDecode(Array(coded.utf8)) == Array(plain.utf8))
}

@Test(arguments: ["%", "a%", "%4", "%4g", "%g4", "%%41", "a%2", "%u4e2d", "% 1", "%+1"])
func `a percent sign without two hexadecimal digits is refused`(coded: String) {
    #expect(PercentCoding.formDecode(Array(coded.utf8)) == nil)
}

@Test func `decoding a slice reads the slice only`() {
    let bytes = Array("x=a%20b&y".utf8)
    #expect(PercentCoding.formDecode(bytes[2..<7]) == Array("a b".utf8))
    #expect(PercentCoding.formDecode(bytes[2..<5]) == nil)
}

@Test func `the unreserved bytes of RFC 3986 stay and every other one is escaped in upper case`() {
    let kept = Array("ABCXYZabcxyz0189-._~".utf8)
    #expect(PercentCoding.encode(kept) == kept)
    let escaped = PercentCoding.encode(Array(" +%&=/?#'\"*中\u{7F}".utf8))
    #expect(String(decoding: escaped, as: UTF8.self) == "%20%2B%25%26%3D%2F%3F%23%27%22%2A%E4%B8%AD%7F")
}

@Test func `every byte survives encoding and decoding`() {
    let bytes = (0...255).map { UInt8($0) }
    #expect(PercentCoding.formDecode(PercentCoding.encode(bytes)) == bytes)
}

@Test func `UTF-8 is checked strictly`() {
    #expect(UTF8Check.isValid(Array("三体 (1-3)".utf8)))
    #expect(UTF8Check.isValid([]))
    #expect(!UTF8Check.isValid([0xC0, 0x80]))
    #expect(!UTF8Check.isValid([0xED, 0xA0, 0x80]))
    #expect(!UTF8Check.isValid([0x41, 0xE4, 0xB8]))
    #expect(UTF8Check.isValid(([0xFF, 0x41] as [UInt8])[1...]))
}
