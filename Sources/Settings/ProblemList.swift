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

    /// Keeps the texts of files that were read elsewhere.
    package func keep(_ texts: [String: SourceText]) {
        if keepsTexts { self.texts.merge(texts) { first, _ in first } }
    }

    /// Notes a value that is no secret.
    func notePlain(_ node: Node) {
        if keepsTexts { plainMarks.insert(node.mark) }
    }

    private static func shortened(_ problems: [Problem]) -> [Problem] {
        guard problems.reduce(0, { $0 + ($1.standsFor == 1 ? 1 : 0) }) > perFileMax else { return problems }
        let inOrder = problems.filter { $0.standsFor == 1 }.sorted()
        let chosen = inOrder.filter { $0.severity == .error } + inOrder.filter { $0.severity == .warning }
        let left = chosen.dropFirst(perFileMax) + problems.filter { $0.standsFor > 1 }
        guard let first = left.first else { return problems }
        return chosen.prefix(perFileMax) + [Problem(more: left.reduce(0) { $0 + $1.standsFor }, than: first)]
    }
}
