/// How the questions of a reader are answered that runs over no file. It runs as often as there are questions, so that every
/// branch is taken: first everything is there; then, for each question, all but that, and for each question that only then
/// comes up, all but the two. Of the words to choose from, each is the answer in turn.
final class ShapeRun {
    /// The questions whose answer is no in this run.
    private var denied: Set<String> = []
    /// Which of the words is the answer where there are several.
    private var choice = 0
    private var choicesMax = 1
    private var questions: Set<String> = []
    private var newQuestions: [String] = []

    /// Whether something is there, or has a form.
    func answer(_ question: String) -> Bool {
        if questions.insert(question).inserted { newQuestions.append(question) }
        return !denied.contains(question)
    }

    func choose(among names: [String]) -> String {
        choicesMax = max(choicesMax, names.count)
        return names[choice % names.count]
    }

    func explore(_ body: () -> Void) {
        var runs: [Set<String>] = [[]]
        var next = 0
        while next < runs.count {
            denied = runs[next]
            choice = 0
            repeat {
                body()
                choice += 1
            } while choice < choicesMax
            runs += newQuestions.map { denied.union([$0]) }
            newQuestions = []
            next += 1
        }
    }
}
