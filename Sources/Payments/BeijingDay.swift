/// A day in Beijing (UTC+8, without summer time), by which payments are counted.
package struct BeijingDay: Sendable, Hashable, Comparable {
    private static let dayMs: Int64 = 86_400_000
    private static let aheadMs: Int64 = 8 * 3_600_000

    /// Since 1970-01-01.
    package let number: Int64

    package init(number: Int64) { self.number = number }

    /// The day of a moment, in unix milliseconds.
    package init(of unixMs: Int64) {
        let local = unixMs + BeijingDay.aheadMs
        number = (local - (local % BeijingDay.dayMs + BeijingDay.dayMs) % BeijingDay.dayMs) / BeijingDay.dayMs
    }

    /// Its midnight.
    package var startMs: Int64 { number * BeijingDay.dayMs - BeijingDay.aheadMs }
    /// The next midnight, which belongs to the next day.
    package var endMs: Int64 { startMs + BeijingDay.dayMs }

    package static func < (a: BeijingDay, b: BeijingDay) -> Bool { a.number < b.number }
}
