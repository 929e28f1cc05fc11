/// Collects the problems of all files of one run. Used by one task; what it hands out is values.
package final class ProblemList {
    private var problems: [Problem] = []

    package init() {}

    /// By file and place.
    package var sorted: [Problem] { problems.sorted() }
    package var hasErrors: Bool { errorCount > 0 }
    package var errorCount: Int { problems.count { $0.severity == .error } }

    package func add(_ problem: Problem) { problems.append(problem) }
}
