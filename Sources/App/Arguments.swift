import Settings

/// The words after a command's name: options with values (`--config FILE`, `--config=FILE`), flags (`--stay`), and the
/// rest. After `--` every word is one of the rest.
struct Arguments {
    struct UsageError: Error, CustomStringConvertible {
        let description: String
    }

    /// Every value of each option, in order.
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    private(set) var words: [String] = []

    /// - Parameters:
    ///   - options: names that take a value, without dashes.
    ///   - flags: names that take none.
    init(_ words: [String], options: [String] = [], flags: [String] = [], wordsMax: Int = 0) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                self.words += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                self.words.append(word)
                continue
            }
            let option = Option(word)
            if option.dashes == "--", flags.contains(option.name) {
                guard option.value == nil else { throw UsageError(description: "--\(option.name) takes no value") }
                self.flags.insert(option.name)
            } else if option.dashes == "--", options.contains(option.name) {
                values[option.name, default: []].append(try Arguments.value(of: option, &rest))
            } else {
                throw Arguments.unknown(option, options + flags)
            }
        }
        guard self.words.count <= wordsMax else {
            throw UsageError(description: "unexpected argument \(quoted(self.words[wordsMax]))")
        }
    }

    func value(_ name: String) -> String? { values[name]?.last }

    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let limits = "\(range.lowerBound) to \(range.upperBound)"
            throw UsageError(description: "--\(name) must be a whole number from \(limits)")
        }
        return number
    }

    /// One word that begins with a dash.
    private struct Option {
        let dashes: String
        let name: String
        let value: String?

        init(_ word: String) {
            dashes = String(word.prefix { $0 == "-" })
            let rest = word.dropFirst(dashes.count)
            name = String(rest.prefix { $0 != "=" })
            value = name.count == rest.count ? nil : String(rest.dropFirst(name.count + 1))
        }
    }

    /// What stands after `=`, or the next word; the next option is no value.
    private static func value(of option: Option, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        let isNextOption = rest.first?.hasPrefix("--") ?? true
        let value = option.value ?? (isNextOption ? nil : rest.popFirst())
        guard let value, !value.isEmpty else { throw UsageError(description: "--\(option.name) needs a value") }
        return value
    }

    /// The value is not repeated; it may be a secret.
    private static func unknown(_ option: Option, _ known: [String]) -> UsageError {
        let near = known.contains(option.name) ? option.name : suggestion(for: option.name, among: known)
        let hint = near.map { "; did you mean --\($0)?" } ?? ""
        return UsageError(description: "unknown option \(option.dashes)\(option.name)\(hint)")
    }
}
