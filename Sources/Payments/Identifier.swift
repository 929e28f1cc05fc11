import Synchronization

/// The prefixes of ids.
package enum IdentifierKind: String, Sendable, CaseIterable {
    case payment = "pay"
    case refund = "re"
    case shipment = "shp"
    case event = "evt"
    case delivery = "dlv"
    case notification = "ntf"
    case replay = "rpl"
    case request = "req"
}

/// Makes ids such as `pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V`: a prefix and a ULID (48 bits of unix milliseconds, 80 random
/// bits, Crockford base32), so that they sort by time and cannot be guessed.
///
/// Within one process ids of one kind are strictly increasing, also when the clock steps back: the random part is
/// counted up then.
package final class IdentifierSource: Sendable {
    private struct Last {
        var ms: UInt64 = 0
        var high: UInt16 = 0
        var low: UInt64 = 0
        var generator: any RandomNumberGenerator & Sendable
    }

    private let last: Mutex<Last>

    /// - Parameter generator: of numbers that nobody can guess.
    package init(using generator: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        last = Mutex(Last(generator: generator))
    }

    package func make(_ kind: IdentifierKind, nowMs: Int64) -> String {
        let (ms, high, low) = last.withLock { last in
            let ms = UInt64(clamping: nowMs) & 0xFFFF_FFFF_FFFF
            if ms > last.ms {
                last.ms = ms
                // The top bit stays clear, so that counting up has room.
                last.high = UInt16(truncatingIfNeeded: last.generator.next()) & 0x7FFF
                last.low = last.generator.next()
            } else {
                // A step of random size: the next id cannot be told from the last one.
                let (low, overflow) = last.low.addingReportingOverflow((last.generator.next() >> 16) + 1)
                last.low = low
                if overflow { last.high &+= 1 }
            }
            return (last.ms, last.high, last.low)
        }
        return IdentifierSource.text(kind, ms, high, low)
    }

    /// Whether `text` has the shape of an id of that kind.
    package static func isWellFormed(_ text: String, _ kind: IdentifierKind) -> Bool {
        let bytes = text.utf8
        let prefix = kind.rawValue.utf8
        guard bytes.count == prefix.count + 27, bytes.starts(with: prefix) else { return false }
        let rest = bytes.dropFirst(prefix.count)
        return rest.first == 0x5F && rest.dropFirst().allSatisfy(isDigit)
    }

    /// Of Crockford's base 32, which has no I, L, O and U.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x48, 0x4A, 0x4B, 0x4D, 0x4E, 0x50...0x54, 0x56...0x5A: true
        default: false
        }
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func text(_ kind: IdentifierKind, _ ms: UInt64, _ high: UInt16, _ low: UInt64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        bytes.append(contentsOf: kind.rawValue.utf8)
        bytes.append(0x5F)
        let start = bytes.count
        bytes.append(contentsOf: noDigits)
        var out = bytes.mutableSpan
        put(ms, 10, in: &out, at: start)
        // 80 bits in 16 digits: 40 bits that begin with `high`, and 40 more.
        put(UInt64(high) << 24 | low >> 40, 8, in: &out, at: start + 10)
        put(low, 8, in: &out, at: start + 18)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let noDigits = [UInt8](repeating: 0, count: 26)

    /// The lowest `count` digits, the last of them behind the others.
    private static func put(_ number: UInt64, _ count: Int, in out: inout MutableSpan<UInt8>, at start: Int) {
        let digits = alphabet.span
        var rest = number
        for place in stride(from: start + count - 1, through: start, by: -1) {
            out[place] = digits[Int(rest & 31)]
            rest >>= 5
        }
    }
}
