/// One mistake in a file that an admin edits, as a compiler would report it.
package struct Problem: Sendable, Hashable {
    package enum Severity: Sendable, Hashable {
        /// The file cannot be used.
        case error
        /// The file can be used, and probably should not.
        case warning
    }

    /// As the admin knows it, such as `tenants/bookshop.yaml`.
    package let file: String
    /// From 1.
    package let line: Int
    /// From 1, in characters.
    package let column: Int
    package let severity: Severity
    /// Without a line break and without any secret; it begins with the key's dotted path where there is one.
    package let message: String

    package init(file: String, line: Int, column: Int, severity: Severity = .error, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.message = message
    }
}

extension Problem: Comparable {
    /// In the order of files, then of places in the file; errors before warnings of the same place.
    package static func < (left: Problem, right: Problem) -> Bool {
        (left.file, left.line, left.column, left.severity.rank, left.message)
            < (right.file, right.line, right.column, right.severity.rank, right.message)
    }
}

extension Problem: CustomStringConvertible {
    /// `tenants/bookshop.yaml:12:5: message`, or `…:12:5: warning: message`.
    package var description: String {
        "\(file):\(line):\(column): \(severity == .warning ? "warning: " : "")\(message)"
    }
}

extension Problem.Severity {
    fileprivate var rank: Int { self == .error ? 0 : 1 }
}
