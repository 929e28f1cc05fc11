import Diagnostics

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in the preferred form `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// The two obsolete forms of a date are not read; the schedule holds then.
package enum RetryAfter {
    /// What is asked for beyond this counts as this.
    private static let secondsMax: Int64 = 30 * 86_400
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Milliseconds from `nowMs`, 0 for a date that is past; nil for what is neither.
    package static func delayMs(_ value: String, nowMs: Int64) -> Int64? {
        if let seconds = digits(value[...], count: 1...18) { return min(seconds, secondsMax) * 1000 }
        guard let atMs = dateMs(value) else { return nil }
        return min(max(atMs - nowMs, 0), secondsMax * 1000)
    }

    private static func dateMs(_ text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let day = digits(parts[1], count: 2...2),
            let month = months.firstIndex(of: String(parts[2])), let year = digits(parts[3], count: 4...4)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false).compactMap {
            digits($0, count: 2...2)
        }
        guard time.count == 3, time[0] < 24, time[1] < 60, time[2] <= 60, (1...31).contains(day) else { return nil }
        let days = Int64(RFC3339.days(year: Int(year), month: month + 1, day: Int(day)))
        return (((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]) * 1000
    }

    private static func digits(_ text: Substring, count: ClosedRange<Int>) -> Int64? {
        guard count.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}
