import YAML

/// Where a setting stands, for problems that show only later or only across files.
package struct SettingsPosition: Sendable, Hashable {
    package let file: String
    /// From 1.
    package let line: Int
    /// From 1, in characters.
    package let column: Int
    /// The key's dotted path, such as `alipay.keys[0]`; empty for a whole file.
    package let path: String

    package init(file: String, line: Int, column: Int, path: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
    }

    init(file: String, mark: Mark, path: String) {
        self.init(file: file, line: mark.line, column: mark.column, path: path)
    }

    /// A problem here; the path and a colon are put in front of the text.
    package func problem(_ text: String, severity: Problem.Severity = .error) -> Problem {
        sentence(path.isEmpty ? text : "\(path): \(text)", severity: severity)
    }

    /// A problem here whose text says itself what it is about.
    func sentence(_ text: String, severity: Problem.Severity = .error) -> Problem {
        Problem(file: file, line: line, column: column, severity: severity, message: text)
    }
}
