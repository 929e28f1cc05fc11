import Alipay
import Testing

struct YuanTests {
    @Test(
        arguments: [
            (0, "0.00"), (1, "0.01"), (9, "0.09"), (10, "0.10"), (99, "0.99"), (100, "1.00"), (101, "1.01"),
            (12_050, "120.50"),
            (1_999, "19.99"), (10_000_000_000, "100000000.00"), (999_999_999_999, "9999999999.99"),
        ] as [(Int64, String)])
    func `fen are written as yuan with two decimals, and read back`(fen: Int64, text: String) {
        #expect(Yuan.text(fen: fen) == text)
        #expect(Yuan.fen(text.utf8) == fen)
    }

    @Test(
        arguments: [
            ("120.5", 12_050), ("120", 12_000), ("120.500", 12_050), ("120.5000000", 12_050), ("0", 0), ("0.0", 0),
            ("007.10", 710),
            ("9999999999.990", 999_999_999_999),
        ] as [(String, Int64)])
    func `other ways to write a whole number of fen are read`(text: String, fen: Int64) {
        #expect(Yuan.fen(text.utf8) == fen)
    }

    @Test(arguments: [
        "", ".", ".5", "1.", "1..0", "1.2.3", "1.234", "0.001", "-1", "-0.01", "+1", "1e3", "1E3", "0x10", " 1", "1 ",
        "1 .00",
        "1,00", "1,000.00", "12345678901", "12345678901234567890", "99999999999999999999.00", "NaN", "inf", "١٢٫٥٠",
        "１２.５０",
        "1.٥", "1.0\n", "1.00\0", "¥1.00", "1.00元",
    ])
    func `anything else is no amount`(text: String) {
        #expect(Yuan.fen(text.utf8) == nil)
    }

    @Test func `a byte that is no digit is no amount, wherever it stands`() {
        for place in 0..<6 where place != 3 {
            for byte in UInt8.min...UInt8.max where !(0x30...0x39).contains(byte) {
                var text = Array("120.50".utf8)
                text[place] = byte
                #expect(Yuan.fen(text) == nil, "\(text)")
            }
        }
    }
}
