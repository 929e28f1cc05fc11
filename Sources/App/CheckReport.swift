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
        let (settled, told) = CheckReport.askStore(
            Configuration.load(path: path, keepsTexts: true, clock: clock), nowMs: clock.nowMs)
        loaded = settled
        let unused = UnusedFiles.warnings(in: loaded.tenantsFolder, texts: loaded.texts)
        problems = (loaded.problems + unused + told).sorted()
    }

    /// What the store knows that the files do not say, as far as it can be read: which of two that claim the same was served
    /// before, keys that are in use, and what is open of tenants whose files are gone.
    private static func askStore(
        _ loaded: Configuration.Loaded, nowMs: Int64
    ) -> (settled: Configuration.Loaded, warnings: [Problem]) {
        guard let configuration = loaded.configuration else { return (loaded, []) }
        let folder = loaded.tenantsFolder.shownAs
        let answer = StoreGlimpse.read(configuration.service.databasePath) { reader throws(StoreError) in
            let latest = try reader.latestTenantChanges()
            let partners = configuration.loader.partners
            var bound: Set<String> = []
            for change in latest where partners[change.tenant] != change.partner {
                if try reader.openWork(tenant: change.tenant).isAtAlipay { bound.insert(change.tenant) }
            }
            let settled = loaded.settled(by: latest, nowMs: nowMs) { [bound] in bound.contains($0) }
            guard let configuration = settled.configuration else { return (settled, [Problem]()) }
            let keys = try UsedKeys(reader, nowMs: nowMs).warnings(
                of: configuration.tenants, in: folder, texts: loaded.texts)
            let gone = try GoneTenants(
                reader, latest, digests: configuration.loader.digests, broken: configuration.tenants.broken)
            return (settled, keys + gone.warnings(in: folder))
        }
        return answer ?? (loaded, [])
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
