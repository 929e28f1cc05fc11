import Crypto
import Testing

struct Base64Tests {
    /// RFC 4648 §10, and the two characters that are not alphanumeric.
    static let vectors: [([UInt8], String)] = [
        ([], ""),
        (Array("f".utf8), "Zg=="),
        (Array("fo".utf8), "Zm8="),
        (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg=="),
        (Array("fooba".utf8), "Zm9vYmE="),
        (Array("foobar".utf8), "Zm9vYmFy"),
        ([0xFB, 0xFF, 0xBF], "+/+/"),
    ]

    @Test(arguments: vectors)
    func `bytes become the text of RFC 4648`(_ bytes: [UInt8], _ text: String) {
        #expect(Base64.encode(bytes) == text)
    }

    @Test(arguments: vectors)
    func `the text of RFC 4648 becomes bytes`(_ bytes: [UInt8], _ text: String) {
        #expect(Base64.decode(text) == bytes)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zg==Zg==", "Zm9v=", "Zm9v====",
        "Zg==\n", " Zg==", "Zm 9", "Zm9v\r\n", "Zm9-", "Zm9_", "Zm9é", "Z=g=", "Zh==", "Zm9=", "Zm8=Zm9v", "Zm9\0",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `every byte at every place survives`() {
        for offset in 0..<3 {
            let bytes = [UInt8](repeating: 7, count: offset) + Array(0...255)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}

struct HexTests {
    @Test func `bytes become lower-case digits`() {
        #expect(Hex.encode([0x00, 0x09, 0x0A, 0xFF, 0xDE]) == "00090affde")
        #expect(Hex.encodeBytes([0x5F]) == [0x35, 0x66])
        #expect(Hex.encode([]) == "")
    }

    @Test func `digits of either case become bytes`() {
        #expect(Hex.decode("00090aFFdE") == [0x00, 0x09, 0x0A, 0xFF, 0xDE])
        #expect(Hex.decode("") == [])
        #expect(Hex.decode(Hex.encode(Array(0...255))) == Array(0...255))
    }

    @Test(arguments: ["0", "000", "0g", "g0", "0x00", " 00", "00 ", "é", "０0", "+1", "/0", ":0", "@0", "`0"])
    func `anything else is refused`(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
