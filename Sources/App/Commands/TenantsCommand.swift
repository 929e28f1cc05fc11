import JSON

/// `payrelay tenant list`, `changes` and `drop`, and `payrelay reload`: how the tenants stand in the running service, and what
/// was applied of their files.
enum TenantsCommand {
    static let list = CommandRunner.Command(
        name: "tenant list", summary: "every tenant: how it stands, and how much is wrong with its file",
        usage: """
            payrelay tenant list [--standing WORD] [--config FILE] [--admin URL]

              --standing WORD  serving; stale: by the last good version of a file that is broken now; draining: its file is
                               gone, and what is open goes on; broken: not served; or missing: not served, its file was
                               gone at the start, and something is open
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["standing"] + AdminReach.options)
        let client = try AdminReach.client(arguments)
        let standing = try AdminReach.query(["standing"], arguments)
        var after: String?
        var count = 0
        // Page by page, for as long as there is one more.
        repeat {
            let query = standing + [after.map { "starting_after=\($0)" }].compactMap(\.self)
            let answer = try client.get("/api/tenants?" + query.joined(separator: "&"))
            guard case .array(let rows)? = answer["data"] else { return CommandRunner.failed }
            for row in rows { console.out(line(tenant: row)) }
            count += rows.count
            after = answer["has_more"] == .bool(true) ? rows.last?["id"]?.text : nil
        } while after != nil
        if count == 0 { console.error("none") }
        return CommandRunner.fine
    }

    static let changes = CommandRunner.Command(
        name: "tenant changes", summary: "what was applied of the tenants' files, newest first",
        usage: """
            payrelay tenant changes [TENANT] [--limit N] [--after NUMBER] [--config FILE] [--admin URL]

              --limit N       1 to 100 (20)
              --after NUMBER  the next page: what comes after this one, the last of the page before
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["limit", "after"] + AdminReach.options, wordsMax: 1)
        let query = try changesQuery(arguments)
        let answer = try AdminReach.client(arguments).get("/api/changes?" + query.joined(separator: "&"))
        guard case .array(let rows)? = answer["data"] else { return CommandRunner.failed }
        for row in rows { console.out(line(change: row)) }
        if rows.isEmpty { console.error("none") }
        AdminReach.tellOfMore(answer, last: rows.last?["number"]?.int64.map { "\($0)" }, on: console)
        return CommandRunner.fine
    }

    static let drop = CommandRunner.Command(
        name: "tenant drop", summary: "end a tenant whose file is gone, whatever is still open",
        usage: """
            payrelay tenant drop TENANT [--config FILE] [--admin URL]

            A tenant whose file is gone makes no new payments, and is let go of when nothing is open any more. This does it
            at once: its notifications are refused from then on, and what it had to deliver is held.
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options, wordsMax: 1)
        let tenant = try checked(arguments.words.first ?? "")
        let answer = try AdminReach.client(arguments).post("/api/tenants/\(tenant)/drop", Array("{}".utf8))
        console.out("\(tenant) is dropped\(answer["dropped"] == .bool(true) ? "" : " already")")
        return CommandRunner.fine
    }

    static let reload = CommandRunner.Command(
        name: "reload", summary: "read all tenant files again, and say what came of it",
        usage: """
            payrelay reload [--config FILE] [--admin URL]

            A change takes effect within a second by itself; this asks for it, and shows what was applied and what is wrong.
            Exits 1 if a file has an error.
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options)
        let answer = try AdminReach.client(arguments).post("/api/reload", Array("{}".utf8))
        guard case .array(let changes)? = answer["changes"], case .array(let problems)? = answer["problems"] else {
            return CommandRunner.failed
        }
        for change in changes { console.out(line(change: change)) }
        for problem in problems { console.error(line(problem: problem)) }
        if changes.isEmpty { console.out("nothing changed") }
        return problems.contains { $0["severity"]?.text == "error" } ? CommandRunner.failed : CommandRunner.fine
    }

    private static func changesQuery(_ arguments: Arguments) throws(Arguments.UsageError) -> [String] {
        var query = ["limit=\(try arguments.number("limit", in: 1...100) ?? 20)"]
        if let word = arguments.words.first { query.append("tenant=\(try checked(word))") }
        guard let after = arguments.value("after") else { return query }
        guard let number = Int64(after), number > 0 else {
            throw Arguments.UsageError(description: "--after must be the number of a change")
        }
        return query + ["starting_after=\(number)"]
    }

    private static func checked(_ word: String) throws(Arguments.UsageError) -> String {
        guard AdminReach.isWord(word) else {
            throw Arguments.UsageError(description: "name a tenant: letters, digits, - and _")
        }
        return word
    }

    /// Which, how it stands, since when, by which version, what is wrong.
    private static func line(tenant row: JSONValue) -> String {
        let errors = row["errors"]?.int64 ?? 0
        let warnings = row["warnings"]?.int64 ?? 0
        let words = [
            shown(row["id"]), shown(row["standing"]), shown(row["name"]), shown(row["partner"]),
            shown(row["applied_at"]), digest(row),
        ]
        var counts: [String] = []
        if errors > 0 { counts.append(errors == 1 ? "1 error" : "\(errors) errors") }
        if warnings > 0 { counts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        let findings = row["findings"]?.int64 ?? 0
        if findings > 0 { counts.append("the doctor found \(findings)") }
        return (words + counts).joined(separator: "  ")
    }

    /// When, whose, what, by which version, which fields.
    private static func line(change row: JSONValue) -> String {
        var fields: [JSONValue] = []
        if case .array(let found)? = row["fields"] { fields = found }
        let words = [shown(row["at"]), shown(row["tenant"]), shown(row["kind"]), digest(row)]
        // Of a new tenant every field is new.
        guard row["kind"]?.text == "changed", !fields.isEmpty else { return words.joined(separator: "  ") }
        return (words + [fields.map { shown($0) }.joined(separator: " ")]).joined(separator: "  ")
    }

    private static func line(problem row: JSONValue) -> String {
        let warning = row["severity"]?.text == "warning" ? "warning: " : ""
        let place = "\(shown(row["file"])):\(row["line"]?.int64 ?? 0):\(row["column"]?.int64 ?? 0)"
        return "\(place): \(warning)\(shown(row["message"]))"
    }

    /// As much of it as tells versions apart.
    private static func digest(_ row: JSONValue) -> String {
        row["file_sha256"]?.text.map { String($0.prefix(12)) } ?? "-"
    }

    private static func shown(_ value: JSONValue?) -> String { value?.text.map(TerminalText.shown) ?? "-" }
}
