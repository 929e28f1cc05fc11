/// GBK as glibc's iconv has it: ASCII, two-byte characters, and the euro sign as 0x80.
///
/// The table is read from iconv once and is then a constant, so no descriptor is shared between threads.
package enum GBK {
    /// Reads the table now, so that a machine without glibc's GBK module is found at start and not at the first order.
    ///
    /// - Throws: ``GBKError/unavailable``.
    package static func load() throws(GBKError) { _ = try GBKTable.shared.get() }

    /// How many bytes the text takes in GBK, counting four for each scalar that GBK lacks (and, when glibc has no GBK
    /// module, for every one outside ASCII: never too few).
    package static func byteCount(ofUTF8 text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        let table = try? GBKTable.shared.get()
        return text.unicodeScalars.reduce(0) { $0 + scalarByteCount($1, table: table) }
    }

    private static func scalarByteCount(_ scalar: Unicode.Scalar, table: GBKTable?) -> Int {
        if scalar.isASCII { return 1 }
        guard let code = table?.code(of: scalar) else { return 4 }
        return code <= 0xFF ? 1 : 2
    }

    /// - Throws: ``GBKError/lacks(_:)`` with the first scalar that GBK cannot express; nothing is ever dropped or
    ///   replaced, as it would be signed.
    package static func encode(_ text: String) throws(GBKError) -> [UInt8] {
        let table = try GBKTable.shared.get()
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard let code = table.code(of: scalar) else { throw .lacks(scalar) }
            if code > 0xFF { output.append(UInt8(code >> 8)) }
            output.append(UInt8(code & 0xFF))
        }
        return output
    }

    /// - Returns: nil when any byte is not part of a GBK character: nothing is replaced by U+FFFD.
    package static func decode(_ bytes: Span<UInt8>) -> String? {
        guard let table = try? GBKTable.shared.get() else { return nil }
        var text = String.UnicodeScalarView()
        text.reserveCapacity(bytes.count * 3 / 2)
        var index = 0
        while index < bytes.count {
            guard let (scalar, width) = table.scalar(in: bytes, at: index) else { return nil }
            text.append(scalar)
            index += width
        }
        return String(text)
    }

    /// For people: U+FFFD stands for what is not part of a character. A lead byte takes its trail byte with it unless that is
    /// ASCII, as in the WHATWG Encoding Standard (§10.2.1), so that what follows is read at its right place.
    package static func decodeLossy(_ bytes: ArraySlice<UInt8>) -> String {
        guard let table = try? GBKTable.shared.get() else { return String(decoding: bytes, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        let span = bytes.span
        var index = 0
        while index < span.count {
            if let (scalar, width) = table.scalar(in: span, at: index) {
                text.append(scalar)
                index += width
            } else {
                text.append("\u{FFFD}")
                let takesTrail = span[index] != 0xFF && index + 1 < span.count && span[index + 1] >= 0x80
                index += takesTrail ? 2 : 1
            }
        }
        return String(text)
    }

    package static func decode(_ bytes: [UInt8]) -> String? { decode(bytes.span) }
    package static func decode(_ bytes: ArraySlice<UInt8>) -> String? { decode(bytes.span) }
}

package enum GBKError: Error, Hashable, CustomStringConvertible {
    /// This scalar has no GBK code.
    case lacks(Unicode.Scalar)
    /// glibc has no GBK module; it is part of Debian's package libc6.
    case unavailable

    package var description: String {
        switch self {
        case .lacks(let scalar): "GBK lacks U+\(Self.hex(scalar)) (\(scalar))"
        case .unavailable: "glibc's iconv has no GBK module (gconv/GBK.so of package libc6)"
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
