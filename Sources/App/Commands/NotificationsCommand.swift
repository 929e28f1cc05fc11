import JSON
import Settings

/// `payrelay notifications …`: what Alipay posted, why it was refused, and once more.
enum NotificationsCommand {
    static let list = CommandRunner.Command(
        name: "notifications list", summary: "what Alipay posted, newest first, with verdicts",
        usage: """
            payrelay notifications list [--tenant ID] [--verdict WORD] [--limit N] [--config FILE] [--admin URL]

              --tenant ID     one tenant's only
              --verdict WORD  with this verdict only: bad_signature, unsettled, amount_mismatch, …
              --limit N       1 to 100 (20)
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["tenant", "verdict", "limit", "config", "admin"])
        var query: [String] = ["limit=\(try arguments.number("limit", in: 1...100) ?? 20)"]
        query += try AdminReach.query(["tenant", "verdict"], arguments)
        let answer = try AdminReach.client(arguments).get("/api/notifications?" + query.joined(separator: "&"))
        guard case .array(let rows)? = answer["data"] else { return CommandRunner.failed }
        for row in rows { console.out(line(row)) }
        if rows.isEmpty { console.error("none") }
        return CommandRunner.fine
    }

    static let show = CommandRunner.Command(
        name: "notifications show", summary: "one notification",
        usage: "payrelay notifications show ID [--config FILE] [--admin URL]\n" + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["config", "admin"], wordsMax: 1)
        let row = try AdminReach.client(arguments).get("/api/notifications/\(try id(arguments))")
        for text in lines(row) { console.out(text) }
        return CommandRunner.fine
    }

    static let explain = CommandRunner.Command(
        name: "notifications explain", summary: "why a notification was refused, and what to do",
        usage: """
            payrelay notifications explain ID [--config FILE] [--admin URL]

            Tries the usual mistakes on a signature that is not equal: "The signature would match if …". That is a
            diagnosis; nothing is accepted by it.
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["config", "admin"], wordsMax: 1)
        let answer = try AdminReach.client(arguments).get("/api/notifications/\(try id(arguments))/explanation")
        for text in lines(answer) { console.out(text) }
        if let advice = answer["advice"]?.text { console.out("\nAlipay's table: \(advice)") }
        if case .array(let findings)? = answer["findings"], !findings.isEmpty {
            console.out("\nThe signature:")
            for finding in findings {
                console.out("  \(finding["sentence"]?.text ?? "")\n    \(finding["cure"]?.text ?? "")")
            }
        }
        if case .array(let fields)? = answer["fields"], !fields.isEmpty {
            console.out("\nThe message:")
            for field in fields {
                console.out("  \(shown(field["name"]?.text ?? "")) = \(shown(field["value"]?.text ?? ""))")
            }
        }
        console.out("\nNext: \(answer["next"]?.text ?? "")")
        return CommandRunner.fine
    }

    static let replay = CommandRunner.Command(
        name: "notifications replay", summary: "run a refused notification once more, after a repair",
        usage: """
            payrelay notifications replay [--accept] ID [--config FILE] [--admin URL]

              --accept        take it as it is: what Alipay cannot be asked about, or another amount. Its signature has to
                              be right all the same.
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["config", "admin"], flags: ["accept"], wordsMax: 1)
        let accept = arguments.flags.contains("accept")
        let row = try AdminReach.client(arguments).post(
            "/api/notifications/\(try id(arguments))/replay", Array("{\"accept\": \(accept)}".utf8))
        for text in lines(row) { console.out(text) }
        let verdict = row["notification"]?["verdict"]?.text ?? ""
        return ["applied", "unchanged", "repeat", "stale", "unsupported"].contains(verdict)
            ? CommandRunner.fine : CommandRunner.failed
    }

    private static func id(_ arguments: Arguments) throws(Arguments.UsageError) -> String {
        try AdminReach.id(arguments, "a notification", prefix: "ntf_")
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

    private static func lines(_ row: JSONValue) -> [String] {
        guard case .object(let members)? = row["notification"] else { return [] }
        let tenant = "tenant: \(row["tenant"]?.text ?? "")"
        return [tenant]
            + members.filter { $0.name != "object" && $0.value != .null }.map {
                "\($0.name): \(shown($0.value.text ?? ""))"
            }
    }

    private static func shown(_ text: String) -> String { TerminalText.shown(text) }
}
