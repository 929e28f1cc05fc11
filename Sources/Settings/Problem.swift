/// One mistake in a file that an admin edits, as a compiler would report it.
package struct Problem: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
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
    /// Right behind what is at fault, where that ends on the same line.
    package let endColumn: Int?
    /// False for what concerns the file as a whole: its name, or that it cannot be read.
    package let hasPlace: Bool
    package let severity: Severity
    /// The key's dotted path, such as `webhook.timeout`; empty where there is none.
    package let path: String
    /// Without a line break and without any secret; it begins with the path where there is one.
    package let message: String
    /// What was probably meant, to stand in the place of the text from `column` to `endColumn`.
    package let suggestion: String?
    /// How many problems it tells of: more than one where the others are left out.
    let standsFor: Int

    package init(
        file: String, line: Int, column: Int, endColumn: Int? = nil, severity: Severity = .error, path: String = "",
        message: String, suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.endColumn = endColumn
        hasPlace = true
        self.severity = severity
        self.path = path
        self.message = message
        self.suggestion = suggestion
        standsFor = 1
    }

    /// So many more, of which this is the first.
    init(more count: Int, than first: Problem) {
        file = first.file
        (line, column, endColumn, hasPlace) = (first.line, first.column, nil, false)
        (severity, path, suggestion) = (first.severity, "", nil)
        message = "\(count) more problems of this file are not shown; repair these first"
        standsFor = count
    }

    /// Of a file as a whole; it is reported at its beginning.
    package init(file: String, severity: Severity = .error, path: String = "", message: String) {
        self.file = file
        (line, column, endColumn) = (1, 1, nil)
        hasPlace = false
        self.severity = severity
        self.path = path
        self.message = message
        suggestion = nil
        standsFor = 1
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
