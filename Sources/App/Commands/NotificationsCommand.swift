import Diagnostics
import JSON

/// `payrelay notifications …`: what Alipay posted, why it was refused, and once more.
enum NotificationsCommand {
    static let list = CommandRunner.Command(
        name: "notifications list", summary: "what Alipay posted, newest first, with verdicts",
        usage: """
            payrelay notifications list [--tenant ID] [--verdict WORD] [--payment ID] [--since TIME] [--until TIME]
                                        [--limit N] [--after ID] [--json] [--config FILE] [--admin URL]

              --tenant ID     one tenant's only
              --verdict WORD  with this verdict only: bad_signature, unsettled, amount_mismatch, …
              --payment ID    about this payment only
              --since TIME    that came at or after: 2026-01-02T03:04:05Z, or how long ago: 45s, 30m, 2h, 7d
              --until TIME    that came before, likewise
              --limit N       1 to 100 (20)
              --after ID      the next page: what comes after this one, the last of the page before
              --json          as the admin API answers it, for scripts
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(
            words,
            options: ["tenant", "verdict", "payment", "since", "until", "limit", "after"] + AdminReach.options,
            flags: ["json"])
        let answer = try AdminReach.client(arguments).fetch(
            "/api/notifications?" + listQuery(arguments).joined(separator: "&"))
        if arguments.flags.contains("json") { return printJSON(answer, on: console) }
        guard case .array(let rows)? = answer.value["data"] else { return CommandRunner.failed }
        for row in rows { console.out(line(row)) }
        if rows.isEmpty { console.error("none") }
        AdminReach.tellOfMore(answer.value, last: rows.last?["notification"]?["id"]?.text, on: console)
        return CommandRunner.fine
    }

    static let show = CommandRunner.Command(
        name: "notifications show", summary: "one notification, with every field of the message",
        usage: """
            payrelay notifications show ID [--json] [--config FILE] [--admin URL]

              --json          as the admin API answers it, for scripts
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options, flags: ["json"], wordsMax: 1)
        let answer = try AdminReach.client(arguments).fetch("/api/notifications/\(try id(arguments))")
        if arguments.flags.contains("json") { return printJSON(answer, on: console) }
        for text in lines(answer.value) { console.out(text) }
        let fields = fields(answer.value)
        guard !fields.isEmpty else { return CommandRunner.fine }
        console.out("\nThe message (\(vouching(answer.value["signature"]?.text ?? ""))):")
        for field in fields { console.out(field) }
        return CommandRunner.fine
    }

    static let explain = CommandRunner.Command(
        name: "notifications explain", summary: "why a notification was refused, and what to do",
        usage: """
            payrelay notifications explain ID [--json] [--config FILE] [--admin URL]

            Tries the usual mistakes on a signature that is not equal: "The signature would match if …". That is a
            diagnosis; nothing is accepted by it.

              --json          as the admin API answers it, for scripts
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options, flags: ["json"], wordsMax: 1)
        let fetched = try AdminReach.client(arguments).fetch("/api/notifications/\(try id(arguments))/explanation")
        if arguments.flags.contains("json") { return printJSON(fetched, on: console) }
        let answer = fetched.value
        for text in lines(answer) { console.out(text) }
        if let advice = answer["advice"]?.text { console.out("\nAlipay's table: \(advice)") }
        if case .array(let findings)? = answer["findings"], !findings.isEmpty {
            console.out("\nThe signature:")
            for finding in findings {
                console.out("  \(finding["sentence"]?.text ?? "")\n    \(finding["cure"]?.text ?? "")")
            }
        }
        let fields = fields(answer)
        if !fields.isEmpty { console.out("\nThe message:") }
        for field in fields { console.out(field) }
        console.out("\nNext: \(answer["next"]?.text ?? "")")
        return CommandRunner.fine
    }

    static func id(_ arguments: Arguments) throws(Arguments.UsageError) -> String {
        try AdminReach.id(arguments, "a notification", prefix: "ntf_")
    }

    private static func listQuery(_ arguments: Arguments) throws(Arguments.UsageError) -> [String] {
        let nowMs = SystemClock().nowMs
        var query = ["limit=\(try arguments.number("limit", in: 1...100) ?? 20)"]
        query += try AdminReach.query(["tenant", "verdict", "payment"], arguments)
        for name in ["since", "until"] {
            guard let ms = try AdminReach.time(name, arguments, nowMs: nowMs) else { continue }
            query.append("\(name)=\(RFC3339.text(unixMs: ms))")
        }
        if let after = try AdminReach.after(arguments, "a notification", prefix: "ntf_") { query.append(after) }
        return query
    }

    private static func printJSON(_ answer: AdminClient.Answer, on console: CommandRunner.Console) -> Int32 {
        console.out(TerminalText.shown(json: answer.bytes))
        return CommandRunner.fine
    }

    private static func fields(_ answer: JSONValue) -> [String] {
        (answer["fields"]?.elements ?? []).map {
            "  \(shown($0["name"]?.text ?? "")) = \(shown($0["value"]?.text ?? ""))"
        }
    }

    private static func vouching(_ signature: String) -> String {
        switch signature {
        case "equal": "SIGN equal"
        case "not_equal": "SIGN not equal: nobody vouches for it"
        case "unknown": "the tenant is not served now; nobody vouches for it"
        default: "not a whole message: nobody vouches for it"
        }
    }

    /// One line: when, tenant, verdict, id, about what.
    private static func line(_ row: JSONValue) -> String {
        let notification = row["notification"]
        let texts = [
            notification?["received_at"]?.text, row["tenant"]?.text, notification?["verdict"]?.text,
            notification?["id"]?.text, notification?["payment"]?.text ?? "-",
            notification?["provider_status"]?.text ?? "-",
        ]
        return texts.map { shown($0 ?? "-") }.joined(separator: "  ")
    }

    static func lines(_ row: JSONValue) -> [String] {
        guard case .object(let members)? = row["notification"] else { return [] }
        let tenant = "tenant: \(row["tenant"]?.text ?? "")"
        let replayOf = (row["replay_of"]?.text).map { ["replay_of: \(shown($0))"] } ?? []
        return [tenant] + replayOf
            + members.filter { $0.name != "object" && $0.value != .null }.map {
                "\($0.name): \(shown($0.value.text ?? ""))"
            }
    }

    private static func shown(_ text: String) -> String { TerminalText.shown(text) }
}
