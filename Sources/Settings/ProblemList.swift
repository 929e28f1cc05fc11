import YAML

/// Collects the problems of all files of one run. Used by one task; what it hands out is values.
package final class ProblemList {
    /// How many problems of one file are told; of a file that is no configuration at all, thousands would help nobody.
    package static let perFileMax = 100

    private var problems: [Problem] = []
    /// Of the files that were read, by the name that problems give them; empty unless they are kept.
    package private(set) var texts: [String: SourceText] = [:]
    package let keepsTexts: Bool
    /// Of the file that is being read: where values stand that were asked for as something else than a secret.
    var plainMarks: Set<Mark> = []

    /// - Parameter keepsTexts: whether the files' texts are kept, for a report that shows the lines of the problems.
    package init(keepsTexts: Bool = false) { self.keepsTexts = keepsTexts }

    /// By file and place; past the first 100 of a file, errors first, the others are only counted.
    package var sorted: [Problem] {
        let byFile = Dictionary(grouping: problems, by: \.file)
        return byFile.values.flatMap(ProblemList.shortened).sorted()
    }

    package var hasErrors: Bool { errorCount > 0 }
    package private(set) var errorCount = 0

    package func add(_ problem: Problem) {
        problems.append(problem)
        if problem.severity == .error { errorCount += 1 }
    }

    /// Keeps the text of a file that was read to its end.
    func keep(_ text: @autoclosure () -> SourceText, of file: String) {
        if keepsTexts { texts[file] = text() }
        plainMarks = []
    }

    /// Notes a value that is no secret.
    func notePlain(_ node: Node) {
        if keepsTexts { plainMarks.insert(node.mark) }
    }

    private static func shortened(_ problems: [Problem]) -> [Problem] {
        guard problems.count > perFileMax else { return problems }
        let inOrder = problems.sorted()
        let chosen = inOrder.filter { $0.severity == .error } + inOrder.filter { $0.severity == .warning }
        let (shown, left) = (chosen.prefix(perFileMax), chosen.dropFirst(perFileMax))
        guard let last = shown.max(), let first = left.first else { return problems }
        let more = Problem(
            file: last.file, line: last.line, column: last.column, severity: first.severity,
            message: "\(left.count) more problems of this file are not shown; repair these first")
        return Array(shown) + [more]
    }
}
