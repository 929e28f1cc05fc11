/// Base 16 (RFC 4648 §8), written in lower case and read in either.
package enum Hex {
    private static let digits: [16 of UInt8] = [
        0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
    ]

    /// Two ASCII characters for each byte.
    package static func encodeBytes(_ bytes: Span<UInt8>) -> [UInt8] {
        [UInt8](capacity: bytes.count * 2) { output in
            for index in bytes.indices {
                output.append(digits[Int(bytes[index] >> 4)])
                output.append(digits[Int(bytes[index] & 0xF)])
            }
        }
    }

    /// Two ASCII characters for each byte.
    package static func encodeBytes(_ bytes: [UInt8]) -> [UInt8] { encodeBytes(bytes.span) }

    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: encodeBytes(bytes), as: UTF8.self)
    }

    /// Nil unless the text is digits only, and an even number of them.
    package static func decode(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        for index in stride(from: 0, to: utf8.count, by: 2) {
            guard let high = value(utf8[index]), let low = value(utf8[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
