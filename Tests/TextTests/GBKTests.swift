import Testing
import Text

@Test func `glibc has its GBK module here`() throws {
    try GBK.load()
}

@Test(arguments: [
    ("", 0), ("abc", 3), ("三体 (1-3)", 10), ("€", 1), ("😀", 4), ("a😀中", 7), ("\u{E0041}", 4), ("é", 2), ("ñ", 4),
    ("e\u{301}", 5),
])
func `bytes are counted as GBK, four for what GBK lacks`(text: String, count: Int) {
    #expect(GBK.byteCount(ofUTF8: text) == count)
}

@Test func `known text has the known bytes, both ways`() throws {
    // 中 and the two characters whose second byte is a backslash or a bar: 乗 (81 5C), 亅 (81 7C).
    let bytes: [UInt8] = [0x41, 0xD6, 0xD0, 0x81, 0x5C, 0x81, 0x7C, 0x80, 0x00]
    let text = try #require(GBK.decode(bytes))
    #expect(text.unicodeScalars.map(\.value) == [0x41, 0x4E2D, 0x4E57, 0x4E85, 0x20AC, 0])
    #expect(try GBK.encode(text) == bytes)
    #expect(GBK.decode(bytes[1...2]) == "中")
}

@Test func `what GBK lacks is refused by name and never dropped`() {
    #expect(throws: GBKError.lacks("😀")) { try GBK.encode("书 😀 🎉") }
    // glibc's own encoder would drop this one without a word.
    #expect(throws: GBKError.lacks("\u{E0041}")) { try GBK.encode("a\u{E0041}") }
    #expect(GBKError.lacks("😀").description == "GBK lacks U+1F600 (😀)")
    #expect(GBKError.lacks("ñ").description == "GBK lacks U+00F1 (ñ)")
}

@Test(
    arguments: [
        [0xD6], [0x41, 0xD6], [0xD6, 0x30], [0xD6, 0x7F], [0xFF], [0xFF, 0x41], [0x81, 0xFF], [0xD6, 0xD0, 0xD6],
        [0xFE, 0xFE], [0x80, 0xD6],
    ] as [[UInt8]])
func `bytes that are no GBK are refused`(bytes: [UInt8]) {
    #expect(GBK.decode(bytes) == nil)
}

@Test func `every two bytes that decode encode back to themselves`() throws {
    var pairs = 0
    for lead in UInt8(0x81)...0xFE {
        for trail in UInt8(0x40)...0xFE {
            guard let text = GBK.decode([lead, trail]), text.unicodeScalars.count == 1 else { continue }
            pairs += 1
            #expect(try GBK.encode(text) == [lead, trail])
            #expect(GBK.byteCount(ofUTF8: text) == 2)
        }
    }
    // GBK 1.0 has 21,886 characters; glibc leaves out the user-defined ones and maps 21,791.
    #expect(pairs == 21_791)
}

@Test(
    arguments: [
        ([], ""), ([0x41, 0xD6, 0xD0], "A中"), ([0x80], "€"), ([0xD6], "\u{FFFD}"), ([0xD6, 0xD0, 0xD6], "中\u{FFFD}"),
        ([0xD6, 0x30, 0x31], "\u{FFFD}01"), ([0xD6, 0x7F], "\u{FFFD}\u{7F}"), ([0xFF], "\u{FFFD}"),
        ([0xFF, 0xD6, 0xD0], "\u{FFFD}中"), ([0xFE, 0xFE, 0xD6, 0xD0], "\u{FFFD}中"), ([0x81, 0xFF, 0x41], "\u{FFFD}A"),
        ([0xFF, 0xFF], "\u{FFFD}\u{FFFD}"),
    ] as [([UInt8], String)])
func `for people each sequence that is no character becomes one mark, and ASCII is never taken with it`(
    bytes: [UInt8], text: String
) {
    #expect(GBK.decodeLossy(bytes[...]) == text)
}
