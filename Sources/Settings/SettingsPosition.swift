import YAML

/// Where a setting stands, for problems that show only later or only across files.
package struct SettingsPosition: Sendable, Hashable {
    package let file: String
    /// From 1.
    package let line: Int
    /// From 1, in characters.
    package let column: Int
    /// Right behind what stands there, where that ends on the same line.
    package let endColumn: Int?
    /// Whether it is one place in the file, rather than the file.
    private let hasPlace: Bool
    /// The key's dotted path, such as `alipay.keys[0]`; empty for a whole file.
    package let path: String

    package init(file: String, line: Int, column: Int, endColumn: Int? = nil, path: String) {
        self.file = file
        self.line = line
        self.column = column
        self.endColumn = endColumn
        hasPlace = true
        self.path = path
    }

    /// A whole file, for a setting that it does not have.
    package init(file: String, path: String) {
        self.file = file
        (line, column, endColumn) = (1, 1, nil)
        hasPlace = false
        self.path = path
    }

    init(file: String, node: Node, path: String) {
        let endsThere = node.end.line == node.line && node.end.column > node.column
        self.init(
            file: file, line: node.line, column: node.column, endColumn: endsThere ? node.end.column : nil, path: path)
    }

    /// The same place for another key.
    func with(path: String) -> SettingsPosition {
        hasPlace
            ? SettingsPosition(file: file, line: line, column: column, endColumn: endColumn, path: path)
            : SettingsPosition(file: file, path: path)
    }

    /// A problem here; the path and a colon are put in front of the text.
    package func problem(
        _ text: String, severity: Problem.Severity = .error, suggestion: String? = nil
    ) -> Problem {
        sentence(path.isEmpty ? text : "\(path): \(text)", severity: severity, suggestion: suggestion)
    }

    /// A problem here whose text says itself what it is about.
    func sentence(
        _ text: String, severity: Problem.Severity = .error, suggestion: String? = nil
    ) -> Problem {
        guard hasPlace else { return Problem(file: file, severity: severity, path: path, message: text) }
        return Problem(
            file: file, line: line, column: column, endColumn: endColumn, severity: severity, path: path, message: text,
            suggestion: suggestion)
    }
}
