/// Times as `2026-01-02T03:04:05.678Z` (RFC 3339, UTC, milliseconds), without a formatter object.
package enum RFC3339 {
    package static func text(unixMs: Int64) -> String {
        String(decoding: bytes(unixMs: unixMs), as: UTF8.self)
    }

    /// `2026-01-02T03:04:05Z` where there are no milliseconds to tell.
    package static func shortText(unixMs: Int64) -> String {
        let text = text(unixMs: unixMs)
        return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
    }

    /// 24 ASCII bytes for the years 0 to 9999; other times are clamped to them.
    package static func bytes(unixMs: Int64) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(24)
        append(unixMs: unixMs, to: &out)
        return out
    }

    package static func append(unixMs: Int64, to out: inout [UInt8]) {
        let clamped = min(max(unixMs, -62_167_219_200_000), 253_402_300_799_999)
        let days = Int(clamped >= 0 ? clamped / 86_400_000 : (clamped - 86_399_999) / 86_400_000)
        let rest = Int(clamped) - days * 86_400_000
        let (year, month, day) = civil(daysSinceEpoch: days)
        let time = rest / 1000
        let start = out.count
        out.append(contentsOf: template)
        var text = out.mutableSpan
        put(year, 4, in: &text, at: start)
        put(month, 2, in: &text, at: start + 5)
        put(day, 2, in: &text, at: start + 8)
        put(time / 3600, 2, in: &text, at: start + 11)
        put(time / 60 % 60, 2, in: &text, at: start + 14)
        put(time % 60, 2, in: &text, at: start + 17)
        put(rest % 1000, 3, in: &text, at: start + 20)
    }

    private static let template = Array("0000-00-00T00:00:00.000Z".utf8)

    /// That many decimal digits, the last of them behind the others.
    @inline(__always)
    private static func put(_ number: Int, _ digits: Int, in text: inout MutableSpan<UInt8>, at start: Int) {
        var number = number
        for place in stride(from: start + digits - 1, through: start, by: -1) {
            text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
            number /= 10
        }
    }

    /// Reads `2026-01-02T03:04:05Z`, with or without a fraction, with `Z` or an offset; nil for anything else.
    package static func unixMs(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74, bytes[13] == 0x3A,
            bytes[16] == 0x3A, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let dayNumber = days(year: year, month: month, day: day)
        guard civil(daysSinceEpoch: dayNumber) == (year, month, day) else { return nil }
        var rest = bytes[19...]
        var ms = 0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count), let value = number((digits + [0x30, 0x30]).prefix(3)) else {
                return nil
            }
            ms = value
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = offsetMinutes(rest) else { return nil }
        let minutes = dayNumber * 1440 + hour * 60 + minute - offset
        return Int64(minutes) * 60_000 + Int64(second) * 1000 + Int64(ms)
    }

    /// When the day `2026-01-02` is over, in UTC; nil for anything but a day.
    package static func endOfDayMs(_ text: String) -> Int64? {
        guard text.utf8.count == 10 else { return nil }
        return unixMs(text + "T00:00:00Z").map { $0 + 86_400_000 }
    }

    private static func offsetMinutes(_ text: ArraySlice<UInt8>) -> Int? {
        if text.count == 1, let only = text.first, only | 0x20 == 0x7A { return 0 }
        let bytes = Array(text)
        guard bytes.count == 6, bytes[0] == 0x2B || bytes[0] == 0x2D, bytes[3] == 0x3A,
            let hours = number(bytes[1..<3]),
            let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (bytes[0] == 0x2D ? -1 : 1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.reduce(0) { total, byte in
            guard let total, (0x30...0x39).contains(byte) else { return nil }
            return total * 10 + Int(byte - 0x30)
        }
    }

    private static func append(_ out: inout [UInt8], _ value: Int, _ digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            out.append(UInt8(0x30 + value / divisor % 10))
            divisor /= 10
        }
    }

    /// The proleptic Gregorian date of a day number (Howard Hinnant, "chrono-compatible low-level date algorithms").
    package static func civil(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let z = daysSinceEpoch + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The day number of a proleptic Gregorian date; the inverse of `civil`.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
