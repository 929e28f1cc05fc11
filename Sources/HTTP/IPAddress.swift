/// An IPv4 or IPv6 address. IPv4 is kept apart from its IPv4-mapped IPv6 form; `canonical` folds the two.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes or 16, network order.
    package let bytes: [UInt8]

    /// - Precondition: 4 or 16 bytes.
    package init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16, "an address has 4 or 16 bytes")
        self.bytes = bytes
    }

    package static let loopback = IPAddress(bytes: [127, 0, 0, 1])

    package var isIPv4: Bool { bytes.count == 4 }

    /// IPv4 for `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2), the address itself otherwise.
    package var canonical: IPAddress {
        let mapped = bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return mapped ? IPAddress(bytes: Array(bytes[12...])) : self
    }

    /// Whether it is this machine's own: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        isIPv4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// Reads dotted decimal (four numbers, no leading zeros) or RFC 4291 §2.2 text; nil for anything else.
    package init?(_ text: String) {
        if let four = IPAddress.ipv4(text.utf8[...]) {
            bytes = four
        } else if let sixteen = IPAddress.ipv6(text) {
            bytes = sixteen
        } else {
            return nil
        }
    }

    package var description: String {
        isIPv4 ? bytes.map(String.init).joined(separator: ".") : ipv6Text
    }

    private static func ipv4(_ text: Substring.UTF8View) -> [UInt8]? {
        let parts = text.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != 0x30, let value = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(value)
        }
        return bytes
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        let halves = text.components(separatedByDoubleColon: ())
        guard halves.count <= 2, let head = groups(halves[0], last: halves.count == 1) else { return nil }
        if halves.count == 1 { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], last: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The bytes of colon-separated groups; the last one may be an IPv4 address.
    private static func groups(_ text: Substring, last: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.utf8.split(separator: 0x3A, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if last, index == parts.count - 1, part.contains(0x2E) {
                guard let four = ipv4(part) else { return nil }
                bytes += four
            } else {
                guard (1...4).contains(part.count),
                    let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16),
                    part.first != 0x2B, part.first != 0x2D
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }

    /// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`, an IPv4-mapped
    /// address with its IPv4 part in dotted decimal.
    private var ipv6Text: String {
        if canonical.isIPv4 { return "::ffff:\(canonical)" }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        let text = { (slice: ArraySlice<UInt16>) in slice.map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty
            ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}

extension String {
    fileprivate func components(separatedByDoubleColon: Void) -> [Substring] {
        let bytes = utf8
        var parts: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == 0x3A, next < endIndex, bytes[next] == 0x3A {
                parts.append(self[start..<index])
                start = bytes.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        return parts + [self[start...]]
    }
}
