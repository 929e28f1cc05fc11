import Settings

/// The words after a command's name: options with values (`--config FILE`), flags (`--stay`), and the rest.
struct Arguments {
    struct UsageError: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    private(set) var words: [String] = []

    /// - Parameters:
    ///   - options: names that take a value, without dashes.
    ///   - flags: names that take none.
    init(_ words: [String], options: [String] = [], flags: [String] = [], wordsMax: Int = 0) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                self.words.append(word)
                continue
            }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts.first ?? ""
            if flags.contains(name), parts.count == 1 {
                self.flags.insert(name)
            } else if options.contains(name) {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw UsageError(description: "--\(name) needs a value")
                }
                values[name, default: []].append(value)
            } else {
                throw UsageError(description: "unknown option \(word)" + Arguments.hint(name, options + flags))
            }
        }
        guard self.words.count <= wordsMax else {
            throw UsageError(description: "unexpected argument \(self.words[wordsMax])")
        }
    }

    func value(_ name: String) -> String? { values[name]?.last }

    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(description: "--\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func hint(_ name: String, _ known: [String]) -> String {
        suggestion(for: name, among: known).map { "; did you mean --\($0)?" } ?? ""
    }
}
