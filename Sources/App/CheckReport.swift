import Diagnostics
import JSON
import Payments
import Settings
import Storage
import Tenants

/// What `payrelay check` found.
struct CheckReport {
    struct Style {
        let showsLines: Bool
        let isColored: Bool
    }

    /// By file and place.
    let problems: [Problem]
    private let loaded: Configuration.Loaded

    /// - Parameter path: of `payrelay.yaml`.
    init(path: String, clock: any Clock = SystemClock()) {
        loaded = Configuration.load(path: path, keepsTexts: true, clock: clock)
        let unused = UnusedFiles.warnings(in: loaded.tenantsFolder, texts: loaded.texts)
        problems = (loaded.problems + unused + CheckReport.usedKeys(loaded, clock)).sorted()
    }

    /// As far as the store tells of their uses.
    private static func usedKeys(_ loaded: Configuration.Loaded, _ clock: any Clock) -> [Problem] {
        guard let configuration = loaded.configuration else { return [] }
        let known = StoreGlimpse.read(configuration.service.databasePath) { reader throws(StoreError) in
            try UsedKeys(reader, nowMs: clock.nowMs)
        }
        return known?.warnings(
            of: configuration.tenants, in: loaded.tenantsFolder.shownAs, texts: loaded.texts) ?? []
    }

    var errorCount: Int { problems.count { $0.severity == .error } }
    var warningCount: Int { problems.count - errorCount }

    // MARK: - For people

    /// `2 good tenants, 1 bad; 3 errors, 0 warnings`
    var summary: String {
        let counts = "\(counted(errorCount, "error")), \(counted(warningCount, "warning"))"
        guard let tenants = loaded.configuration?.tenants else { return counts + "; the service would not start" }
        let bad = tenants.broken.isEmpty ? "" : ", \(tenants.broken.count) bad"
        return "\(counted(tenants.count, "good tenant"))\(bad); \(counts)"
    }

    /// `file:line:column: message`, and under it the line with a mark, if lines are shown and there is one.
    func text(of problem: Problem, _ style: Style) -> String {
        let paint = style.isColored ? Paint.colored : Paint.plain
        let place = paint.bold("\(TerminalText.shown(problem.file)):\(problem.line):\(problem.column):")
        let kind = problem.severity == .warning ? paint.warning("warning:") + " " : ""
        let text = "\(place) \(kind)\(TerminalText.shown(problem.message))"
        guard style.showsLines, let source = loaded.texts[problem.file],
            let excerpt = Excerpt(of: problem, in: source)
        else { return text }
        let number = String(excerpt.line)
        let mark = "^" + String(repeating: "~", count: excerpt.caretWidth - 1)
        let margin = String(repeating: " ", count: max(number.count, 4))
        let numbered = margin.dropLast(number.count) + number
        return """
            \(text)
             \(numbered) | \(excerpt.text)
             \(margin) | \(String(repeating: " ", count: excerpt.caretOffset))\(paint.mark(mark, problem.severity))
            """
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    // MARK: - For programs

    func json(isGood: Bool) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.name("ok")
        json.value(isGood)
        json.name("counts")
        json.beginObject()
        let counts = [
            ("errors", errorCount), ("warnings", warningCount),
            ("good_tenants", loaded.tenants?.count ?? 0),
            ("bad_tenants", loaded.tenants?.broken.count ?? 0),
        ]
        for (name, count) in counts {
            json.name(name)
            json.value(count)
        }
        json.endObject()
        json.name("problems")
        json.beginArray()
        for problem in problems { CheckReport.write(problem, &json) }
        json.endArray()
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func write(_ problem: Problem, _ json: inout JSONWriter) {
        json.beginObject()
        json.name("file")
        json.value(problem.file)
        json.name("line")
        json.value(problem.line)
        json.name("column")
        json.value(problem.column)
        if let end = problem.endColumn {
            json.name("end_column")
            json.value(end)
        }
        json.name("severity")
        json.value(problem.severity.rawValue)
        json.name("path")
        json.value(problem.path)
        json.name("message")
        json.value(problem.message)
        if let suggestion = problem.suggestion, problem.endColumn != nil {
            json.name("suggestion")
            json.value(suggestion)
        }
        json.endObject()
    }
}
