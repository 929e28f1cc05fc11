/// Reads one JSON text (RFC 8259) from bytes, strictly: valid UTF-8, no duplicate names, a bounded depth.
package struct JSONReader {
    private let bytes: [UInt8]
    private let depthMax: Int
    private var at = 0

    private init(_ bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    /// - Parameter depthMax: how many arrays and objects may stand in one another.
    package static func read(_ bytes: [UInt8], depthMax: Int = 32) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes, depthMax: depthMax)
        reader.skipBlanks()
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.at == bytes.count else { throw reader.error("unexpected text after the value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard at < bytes.count else { throw error("unexpected end") }
        switch bytes[at] {
        case 0x7B: return try object(depth: depth + 1)
        case 0x5B: return try array(depth: depth + 1)
        case 0x22: return .string(try string())
        case 0x2D, 0x30...0x39: return .number(try number())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        default: throw error("unexpected character")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= depthMax else { throw error("more than \(depthMax) levels") }
        at += 1
        var members: [JSONMember] = []
        var names = SeenNames()
        skipBlanks()
        if take(0x7D) { return .object(members) }
        while true {
            skipBlanks()
            guard at < bytes.count, bytes[at] == 0x22 else { throw error("a member's name is missing") }
            let start = at
            let name = try string()
            guard names.insert(name, behind: members) else {
                throw JSONError(offset: start, message: "the name \"\(name)\" appears twice")
            }
            skipBlanks()
            guard take(0x3A) else { throw error("\":\" is missing") }
            skipBlanks()
            members.append(JSONMember(name: name, value: try value(depth: depth)))
            skipBlanks()
            if take(0x7D) { return .object(members) }
            guard take(0x2C) else { throw error("\",\" or \"}\" is missing") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= depthMax else { throw error("more than \(depthMax) levels") }
        at += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if take(0x5D) { return .array(elements) }
        while true {
            skipBlanks()
            elements.append(try value(depth: depth))
            skipBlanks()
            if take(0x5D) { return .array(elements) }
            guard take(0x2C) else { throw error("\",\" or \"]\" is missing") }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        // Most strings have no escape: one slice, one check.
        at = endOfPlain(from: start)
        guard at < bytes.count else { throw error("a string does not end") }
        if bytes[at] == 0x22 {
            defer { at += 1 }
            return try utf8(bytes.span.extracting(start..<at), from: start)
        }
        var decoded = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x22 {
                at += 1
                return try utf8(decoded.span, from: start)
            }
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == 0x5C {
                try escape(into: &decoded)
            } else {
                decoded.append(byte)
                at += 1
            }
        }
        throw error("a string does not end")
    }

    /// The first byte from there on that ends a string, begins an escape or may not stand in one.
    private func endOfPlain(from start: Int) -> Int {
        let span = bytes.span
        var end = start
        while end < span.count {
            let byte = span[end]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
            end += 1
        }
        return end
    }

    private func utf8(_ slice: Span<UInt8>, from start: Int) throws(JSONError) -> String {
        do { return String(copying: try UTF8Span(validating: slice)) } catch {
            throw JSONError(offset: start, message: "a string is not UTF-8")
        }
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        guard at + 1 < bytes.count else { throw error("a string does not end") }
        let letter = bytes[at + 1]
        switch letter {
        case 0x22, 0x5C, 0x2F: decoded.append(letter)
        case 0x62: decoded.append(0x08)
        case 0x66: decoded.append(0x0C)
        case 0x6E: decoded.append(0x0A)
        case 0x72: decoded.append(0x0D)
        case 0x74: decoded.append(0x09)
        case 0x75:
            decoded.append(contentsOf: String(Character(try unicodeEscape())).utf8)
            return
        default: throw error("an unknown escape")
        }
        at += 2
    }

    /// `\uXXXX`, or two of them for a character outside the basic plane.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 else {
            throw error("half a surrogate pair")
        }
        let second = try fourDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        guard at + 6 <= bytes.count else { throw error("\\u needs four digits") }
        var value: UInt32 = 0
        for byte in bytes[at + 2..<at + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error("\\u needs four digits")
            }
            value = value << 4 | UInt32(digit)
        }
        at += 6
        return value
    }

    private mutating func number() throws(JSONError) -> String {
        let start = at
        _ = take(0x2D)
        if !take(0x30) { try digits() }
        if take(0x2E) { try digits() }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            at += 1
            if !take(0x2B) { _ = take(0x2D) }
            try digits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        guard at > start else { throw error("a number is not complete") }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[at...].starts(with: word.utf8) else { throw error("unexpected character") }
        at += word.utf8.count
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private func error(_ message: String) -> JSONError { JSONError(offset: at, message: message) }
}

/// The names of an object's members so far.
private struct SeenNames {
    /// Fewer are compared one by one, which costs less than a set of them.
    private static let setFrom = 16

    private var set: Set<String> = []

    /// - Returns: false if it is there already.
    mutating func insert(_ name: String, behind members: [JSONMember]) -> Bool {
        if members.count < SeenNames.setFrom { return !members.contains { $0.name == name } }
        if set.isEmpty { set = Set(members.map(\.name)) }
        return set.insert(name).inserted
    }
}
