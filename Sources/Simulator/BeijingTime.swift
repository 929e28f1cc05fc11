import Diagnostics

/// Alipay's times: Beijing's (UTC+8, no summer time), without saying so.
package enum BeijingTime {
    private static let offsetMs: Int64 = 8 * 3_600_000
    private static let dayMs: Int64 = 86_400_000

    /// `2026-01-02 11:04:05`.
    package static func text(_ unixMs: Int64) -> String {
        let utc = RFC3339.text(unixMs: unixMs + offsetMs)
        return utc.prefix(10) + " " + utc.dropFirst(11).prefix(8)
    }

    /// `20260102`.
    package static func date(_ unixMs: Int64) -> String {
        String(RFC3339.text(unixMs: unixMs + offsetMs).prefix(10).filter { $0 != "-" })
    }

    /// The next midnight in Beijing, in unix milliseconds.
    package static func nextMidnight(afterMs unixMs: Int64) -> Int64 {
        ((unixMs + offsetMs) / dayMs + 1) * dayMs - offsetMs
    }
}
