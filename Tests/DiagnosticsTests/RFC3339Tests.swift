import Diagnostics
import Foundation
import Support
import Testing

struct RFC3339Tests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1, "1970-01-01T00:00:00.001Z"),
            (86_399_999, "1970-01-01T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_767_323_045_678, "2026-01-02T03:04:05.678Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `a time is written in UTC with milliseconds, and read back`(unixMs: Int64, text: String) {
        #expect(RFC3339.text(unixMs: unixMs) == text)
        #expect(RFC3339.bytes(unixMs: unixMs) == Array(text.utf8))
        #expect(RFC3339.unixMs(text) == unixMs)
    }

    @Test(
        arguments: [
            (Int64.max, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (Int64.min, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `a time that four digits of a year cannot hold is written as the nearest`(unixMs: Int64, text: String) {
        #expect(RFC3339.text(unixMs: unixMs) == text)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `from 1970 to 2100 it agrees with Foundation both ways`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for _ in 0..<2_000 {
            let unixMs = Int64.random(in: 0..<4_133_980_800_000, using: &random)
            // A quarter of a millisecond more, so that no rounding of the Double falls below.
            let date = Date(timeIntervalSince1970: Double(unixMs) / 1000 + 0.000_25)
            let text = formatter.string(from: date)
            #expect(RFC3339.text(unixMs: unixMs) == text)
            #expect(RFC3339.unixMs(text) == unixMs)
            let back = try #require(formatter.date(from: RFC3339.text(unixMs: unixMs)))
            #expect(Int64((back.timeIntervalSince1970 * 1000).rounded()) == unixMs)
        }
    }

    @Test func `every day from 1600 to 2400 is the day after the one before`() {
        let first = RFC3339.days(year: 1600, month: 1, day: 1)
        let last = RFC3339.days(year: 2400, month: 12, day: 31)
        #expect(first == -135_140 && last == 157_419)
        var (year, month, day) = (1600, 1, 1)
        for number in first...last {
            let date = RFC3339.civil(daysSinceEpoch: number)
            guard date == (year, month, day), RFC3339.days(year: year, month: month, day: day) == number else {
                Issue.record("\(year)-\(month)-\(day) is \(number), and that is \(date)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test(
        arguments: [
            ("2026-01-02T03:04:05Z", 1_767_323_045_000), ("2026-01-02t03:04:05z", 1_767_323_045_000),
            ("2026-01-02T03:04:05.6Z", 1_767_323_045_600), ("2026-01-02T03:04:05.67Z", 1_767_323_045_670),
            ("2026-01-02T03:04:05.678999999Z", 1_767_323_045_678), ("2026-01-02T03:04:05+00:00", 1_767_323_045_000),
            ("2026-01-02T03:04:05-00:00", 1_767_323_045_000), ("2026-01-02T11:04:05+08:00", 1_767_323_045_000),
            ("2026-01-01T15:34:05.001-11:30", 1_767_323_045_001), ("2025-12-31T23:59:59+23:59", 1_767_139_259_000),
            ("2024-02-29T00:00:00+14:00", 1_709_114_400_000), ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func `fractions and offsets are read`(text: String, unixMs: Int64) {
        #expect(RFC3339.unixMs(text) == unixMs)
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05 Z",
        " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "2026-01-02T03:04:05Z\n", "2026-01-02T03:04:05ZZ",
        "2026-1-2T3:4:5Z00000", "26-01-02T03:04:05Z00", "2026/01/02T03:04:05Z", "2026-01-02T03.04.05Z",
        "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-32T03:04:05Z",
        "2026-04-31T03:04:05Z", "2026-02-29T03:04:05Z", "2100-02-29T03:04:05Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05.5", "2026-01-02T03:04:05+0800", "2026-01-02T03:04:05+08",
        "2026-01-02T03:04:05+08:0", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+08:60",
        "2026-01-02T03:04:05 08:00",
        "2026-01-02T03:04:05*08:00", "2026-01-02T03:04:05+-8:00", "2026-01-02T03:04:05−08:00", "-026-01-02T03:04:05Z",
        "+026-01-02T03:04:05Z", "2026-01-02T03:04:0５Z", "20２6-01-02T03:04:05Z", "1767323045", "12026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.-1Z", "2026-01-02T03:04:05\u{5A}\u{301}",
    ])
    func `what is not such a time is refused`(text: String) {
        #expect(RFC3339.unixMs(text) == nil)
    }
}
