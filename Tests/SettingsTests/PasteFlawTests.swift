import Settings
import Testing

struct PasteFlawTests {
    private static func cleaned(_ text: String, _ flaws: [PasteFlaw]) -> (text: String, flaws: [PasteFlaw])? {
        PasteFlaw.cleaned(Array(text.utf8), of: flaws).map { (String(decoding: $0.bytes, as: UTF8.self), $0.flaws) }
    }

    @Test(arguments: [
        ("\u{FEFF}2088", "2088", [PasteFlaw.byteOrderMark]), ("20\u{200B}88", "2088", [.zeroWidth]),
        ("20\u{200D}8\u{00AD}8\u{202C}", "2088", [.zeroWidth]), ("２０８８", "2088", [.fullWidth]),
        ("\"2088\"", "2088", [.quotes]), ("'2088',", "2088", [.quotes]), ("“2088”", "2088", [.quotes]),
        ("「2088」;\n", "2088", [.quotes]), ("\"2088", "2088", [.quotes]), ("20%2B88%3d", "20+88=", [.percentEncoding]),
        ("20\n88", "2088", [.lineBreaks]), ("20\r\n88", "2088", [.lineBreaks]), (" 20 88\t", "2088", [.blanks]),
        ("20\u{A0}88", "2088", [.blanks]), ("20\u{3000}88", "2088", [.fullWidth, .blanks]),
        ("\u{FEFF}\"2088\" \n", "2088", [.byteOrderMark, .quotes]),
        ("20\\n88", "2088", [.escapedLineBreaks, .lineBreaks]),
    ])
    func `what was pasted along with a word is taken out and named`(
        text: String, word: String, flaws: [PasteFlaw]
    ) throws {
        let (clean, found) = try #require(Self.cleaned(text, PasteFlaw.ofOneWord))
        #expect(clean == word && found == flaws)
    }

    @Test(arguments: ["", "2088", "a+/=", "x,", "a\\b", "50%", "2O88", "三体"])
    func `a word without any is left alone`(text: String) {
        #expect(PasteFlaw.cleaned(Array(text.utf8), of: PasteFlaw.ofOneWord) == nil)
    }

    @Test(arguments: [
        ("—–-BEGIN PUBLIC KEY—–-\nAAAA\n—–-END PUBLIC KEY—–-", [PasteFlaw.longDashes]),
        ("-----BEGIN\u{A0}PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", [.noBreakSpaces]),
        ("-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----", [.escapedLineBreaks]),
        ("-----BEGIN PUBLIC KEY-----\\r\\nAAAA\\r\\n-----END PUBLIC KEY-----", [.escapedLineBreaks]),
    ])
    func `what was pasted along with a PEM is taken out, and its blanks and lines stay`(
        text: String, flaws: [PasteFlaw]
    ) throws {
        let (clean, found) = try #require(Self.cleaned(text, PasteFlaw.ofText))
        #expect(clean == "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
        #expect(found == flaws)
    }

    @Test func `UTF 16 is read in both orders, with or without its last line feed`() throws {
        let little: [UInt8] = [0xFF, 0xFE, 0x32, 0, 0x30, 0, 0x0D, 0, 0x0A, 0]
        let big: [UInt8] = [0xFE, 0xFF, 0, 0x32, 0, 0x30, 0, 0x0D, 0]
        for bytes in [little, big] {
            let clean = try #require(PasteFlaw.cleaned(bytes, of: PasteFlaw.ofOneWord))
            #expect(clean.bytes == Array("20".utf8) && clean.flaws == [.utf16, .lineBreaks])
        }
        #expect(PasteFlaw.cleaned([0xFF, 0xFE], of: PasteFlaw.ofOneWord)?.bytes == [])
    }

    @Test func `bytes that are no text are left alone`() {
        #expect(PasteFlaw.cleaned([0x30, 0x82, 0xFF, 0x80], of: PasteFlaw.ofText) == nil)
    }

    @Test func `several are named as people name them`() {
        #expect(PastedText.words([.blanks]) == "blanks in it")
        #expect(
            PastedText.words([.byteOrderMark, .quotes, .blanks])
                == "a byte order mark at its beginning, quotation marks or a comma at its ends and blanks in it")
        #expect(Set(PasteFlaw.allCases.map(\.words)).count == PasteFlaw.allCases.count)
    }
}
