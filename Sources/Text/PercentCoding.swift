/// Percent-coding over bytes: what is signed is bytes, so nothing here knows a character set.
package enum PercentCoding {
    /// Decodes one application/x-www-form-urlencoded name or value, once: `+` is a space, `%XX` a byte.
    ///
    /// - Returns: nil when a `%` is not followed by two hexadecimal digits.
    package static func formDecode(_ bytes: Span<UInt8>) -> [UInt8]? {
        try? [UInt8](capacity: bytes.count) { (output: inout OutputSpan<UInt8>) throws(BadEscape) in
            var index = 0
            while index < bytes.count { output.append(try nextFormByte(of: bytes, at: &index)) }
        }
    }

    package static func formDecode(_ bytes: [UInt8]) -> [UInt8]? { formDecode(bytes.span) }
    package static func formDecode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? { formDecode(bytes.span) }

    /// Encodes for a URL or a form: the unreserved bytes of RFC 3986 §2.3 stay, every other is `%XX` in upper case.
    ///
    /// A space becomes `%20`, which form decoders read as well as `+`.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 2)
        encode(bytes.span, to: &output)
        return output
    }

    /// ``encode(_:)`` behind what is there already.
    package static func encode(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        for index in bytes.indices {
            let byte = bytes[index]
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(hexDigit(byte >> 4))
                output.append(hexDigit(byte & 15))
            }
        }
    }

    /// A `%` that two hexadecimal digits do not follow.
    struct BadEscape: Error {
        /// The offset of the `%`, from 0.
        var atByte: Int
    }

    /// Reads one form-coded byte at `index` and moves `index` past it; `index` must be inside `source`.
    @inline(__always)
    static func nextFormByte(of source: Span<UInt8>, at index: inout Int) throws(BadEscape) -> UInt8 {
        let byte = source[index]
        if byte == UInt8(ascii: "%") {
            guard source.count - index > 2, let high = hexValue(source[index + 1]),
                let low = hexValue(source[index + 2])
            else { throw BadEscape(atByte: index) }
            index += 3
            return high << 4 | low
        }
        index += 1
        return byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte
    }

    @inline(__always)
    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
