/// Names of header fields and methods (RFC 9110 §5.6.2).
enum Token {
    static func isToken(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where !isTokenByte(text[index]) { return false }
        return !text.isEmpty
    }

    /// Compares without case.
    ///
    /// - Parameter lower: ASCII without capital letters.
    static func equal(_ text: Span<UInt8>, _ lower: StaticString) -> Bool {
        guard text.count == lower.utf8CodeUnitCount else { return false }
        return lower.withUTF8Buffer { lower in
            for index in text.indices where unsafe lowered(text[index]) != lower[index] { return false }
            return true
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}

/// Values of header fields (RFC 9110 §5.5).
enum FieldValue {
    /// No control character but tab.
    static func isAllowed(_ value: Span<UInt8>) -> Bool {
        for index in value.indices {
            let byte = value[index]
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        }
        return true
    }

    /// Where the value is without spaces and tabs around it.
    static func trimmed(_ value: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = value.count
        while start < end, isSpace(value[start]) { start += 1 }
        while end > start, isSpace(value[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Decimal digits only, up to 18 of them.
    static func number(_ value: Span<UInt8>) -> Int? {
        guard (1...18).contains(value.count) else { return nil }
        var number = 0
        for index in value.indices {
            guard (0x30...0x39).contains(value[index]) else { return nil }
            number = number * 10 + Int(value[index] - 0x30)
        }
        return number
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

extension String {
    /// Bytes that are not UTF-8 become U+FFFD.
    init(_ bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
