/// Why a file is not the YAML that we read, and where.
package struct YAMLError: Error, Hashable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    /// From 1, in characters.
    package let column: Int
    /// One sentence without a line break; it holds no text of the file.
    package let message: String

    package init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    init(at mark: Mark, _ message: String) {
        self.init(line: mark.line, column: mark.column, message: message)
    }

    package var description: String { "\(line):\(column): \(message)" }
}
