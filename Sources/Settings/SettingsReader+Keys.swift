/// Keys of the common types. Without a default the key is required; what is wrong reads as nil or as the default, and
/// is reported. For an optional key without a default: `optional("key")?.string()`.
extension SettingsReader {
    /// As ``optional(_:)``, for a key without which a known value holds.
    package func optional(_ key: String, default fallback: SettingsShape.Fallback) -> SettingsValue? {
        shape?.value(key).fallBack(to: fallback)
        return optional(key)
    }

    package func string(_ key: String) -> String? { required(key)?.string() }

    package func string(_ key: String, default fallback: String) -> String {
        optional(key, default: .text(fallback))?.string() ?? fallback
    }

    package func bool(_ key: String, default fallback: Bool) -> Bool {
        optional(key, default: .bool(fallback))?.bool() ?? fallback
    }

    package func int(_ key: String, in range: ClosedRange<Int>) -> Int? { required(key)?.int(in: range) }

    package func int(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        optional(key, default: .int(fallback))?.int(in: range) ?? fallback
    }

    package func duration(_ key: String, default fallback: Duration, in range: ClosedRange<Duration>) -> Duration {
        optional(key, default: .time(fallback))?.duration(in: range) ?? fallback
    }

    package func percent(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        optional(key, default: .text("\(fallback)%"))?.percent(in: range) ?? fallback
    }

    package func byteCount(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        optional(key, default: .text(SettingsValue.text(bytes: fallback)))?.byteCount(in: range) ?? fallback
    }

    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type = Choice.self
    ) -> Choice? {
        required(key)?.choice(type)
    }

    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice
    ) -> Choice {
        optional(key, default: .text(fallback.rawValue))?.choice() ?? fallback
    }

    package func strings(_ key: String, count: ClosedRange<Int>) -> [String]? { required(key)?.strings(count: count) }

    package func secrets(_ key: String, count: ClosedRange<Int>) -> [SettingsSecret]? {
        required(key)?.secrets(count: count)
    }

    package func section<Value>(_ key: String, _ body: (SettingsReader) -> Value?) -> Value? {
        required(key)?.section(body)
    }

    /// nil when the key is not there, as well as when the closure returned nil or the section is wrong.
    package func optionalSection<Value>(_ key: String, _ body: (SettingsReader) -> Value?) -> Value? {
        optional(key)?.section(body)
    }

    package func sections<Value>(
        _ key: String, count: ClosedRange<Int>, _ body: (SettingsReader) -> Value?
    ) -> [Value]? {
        required(key)?.sections(count: count, body)
    }
}
