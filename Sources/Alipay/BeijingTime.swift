import Diagnostics

/// Alipay's times: `2026-01-02 03:04:05` in Beijing (UTC+8, no summer time), without a zone marker.
package enum BeijingTime {
    /// Unix milliseconds; a fraction of a second is read as milliseconds. Nil for anything else.
    package static func unixMs(_ text: String) -> Int64? {
        var bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] == UInt8(ascii: " ") else { return nil }
        bytes[10] = UInt8(ascii: "T")
        return RFC3339.unixMs(String(decoding: bytes, as: UTF8.self) + "+08:00")
    }

    package static func text(unixMs: Int64) -> String {
        let utc = RFC3339.text(unixMs: unixMs + 8 * 3_600_000)
        return utc.prefix(10) + " " + utc.dropFirst(11).prefix(8)
    }

    /// The date alone, `20260102`, as batch numbers begin with it.
    package static func date(unixMs: Int64) -> String { text(unixMs: unixMs).prefix(10).filter { $0 != "-" } }
}
