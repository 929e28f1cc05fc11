package import Diagnostics
import YAML

/// A value that counts up to a moment, or for ever.
package struct DatedValue<Value> {
    package let value: Value
    /// Unix milliseconds; from then on it counts no more.
    package let notAfterMs: Int64?
}

/// Values with an end: `KEY`, or `{value: KEY, not_after: 2026-12-31T00:00:00Z}`.
extension SettingsValue {
    /// A value as it is, or a section with `value` and, optionally, `not_after`; the closure reads the value itself.
    package func dated<Value>(_ read: (SettingsValue) -> Value?) -> DatedValue<Value>? {
        let isSection =
            if case .mapping(let entries) = node.content {
                entries.contains { SettingsReader.datedKeys.contains($0.name) }
            } else { false }
        if !isSection {
            let plain = read(self).map { DatedValue(value: $0, notAfterMs: nil) }
            // Over no file at all both forms are gone through.
            if shape == nil { return plain }
        }
        return section { section in
            section.explain(SettingsReader.aboutDated)
            let value = section.required(SettingsReader.datedValueKey).flatMap(read)
            let notAfterMs = section.notAfter()
            return value.map { DatedValue(value: $0, notAfterMs: notAfterMs) }
        }
    }

    /// Warns of a list of which nothing counts any more, or nothing will.
    ///
    /// It is no mistake of the file: it came by itself, and what needs none of the list has to go on; or an admin wants it so.
    ///
    /// - Parameter ends: of its entries, nil for those without one.
    package func warnIfLapsed(_ ends: [Int64?]) {
        guard let last = ends.compactMap(\.self).max(), !ends.contains(nil) else { return }
        let shown = RFC3339.shortText(unixMs: last)
        if last <= source.clock.nowMs {
            warning("none of it is in force: the last one lapsed at \(shown)")
        } else {
            warning("none of it is in force from \(shown) on; add the one that follows before then")
        }
    }

    /// A moment in unix milliseconds: a time as in RFC 3339, or a date, which stands for the end of that day (UTC).
    package func moment() -> Int64? {
        if let shape { return shape.take(.text) }
        guard case .scalar(let text, _) = node.content, !node.isNull else { return mismatch(Self.momentForms) }
        problems.notePlain(node)
        if let ms = RFC3339.unixMs(text) ?? RFC3339.endOfDayMs(text) { return ms }
        let joined = text.replacing(" ", with: "T", maxReplacements: 1)
        if let meant = [joined, joined + "Z", joined + ":00Z"].first(where: { RFC3339.unixMs($0) != nil }) {
            problem(
                "\(quoted(text)) is not a time with its zone; write \(meant), if UTC is meant", suggestion: meant)
        } else if Self.isDayShaped(text) {
            problem("\(quoted(text)) is no day of the calendar")
        } else {
            problem("expected \(Self.momentForms), found \(quoted(text))")
        }
        return nil
    }

    private static let momentForms = "a time such as 2026-12-31T00:00:00Z or a date such as 2026-12-31"

    private static func isDayShaped(_ text: String) -> Bool {
        text.utf8.count == 10
            && text.utf8.enumerated().allSatisfy { index, byte in
                index == 4 || index == 7 ? byte == 0x2D : (0x30...0x39).contains(byte)
            }
    }
}

extension SettingsReader {
    static let datedValueKey = "value"
    static let notAfterKey = "not_after"
    static let datedKeys = [datedValueKey, notAfterKey]

    /// Tells what is past; values with an end ask it again whenever they are used.
    package var clock: any Clock { source.clock }

    /// The end of what the section is about, in unix milliseconds; nil if it has none. One that is past is a warning.
    package func notAfter() -> Int64? {
        guard let value = optional(SettingsReader.notAfterKey), let ms = value.moment() else { return nil }
        if ms <= clock.nowMs {
            value.warning("it lapsed at \(RFC3339.shortText(unixMs: ms)) and counts no more; take the entry out")
        }
        return ms
    }
}
