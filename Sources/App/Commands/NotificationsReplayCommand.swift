import Diagnostics
import JSON
import Payments

/// `payrelay notifications replay`: one refused notification once more, or all that a repaired cause had refused.
extension NotificationsCommand {
    static let replay = CommandRunner.Command(
        name: "notifications replay", summary: "run refused notifications once more, after a repair",
        usage: """
            payrelay notifications replay [--accept] ID [--config FILE] [--admin URL]
            payrelay notifications replay --tenant ID --since TIME [--until TIME] [--verdict WORD] [--limit N]
                                          [--config FILE] [--admin URL]

            Through the configuration as it is now. Alipay is asked about the trade, or the refund. Exit status 0 if
            everything is settled, 1 if anything is still refused.

              --accept        take it as it is: what Alipay cannot be asked about, or another amount. Its signature has to
                              be right all the same.
              --tenant ID     all refused ones of this tenant, the oldest first
              --since TIME    that came at or after: 2026-01-02T03:04:05Z, or how long ago: 45s, 30m, 2h, 7d
              --until TIME    that came before, likewise (now)
              --verdict WORD  with this verdict only (every refusal)
              --limit N       do nothing if there are more, 1 to 10000 (1000)
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(
            words, options: ["tenant", "since", "until", "verdict", "limit"] + AdminReach.options, flags: ["accept"],
            wordsMax: 1)
        if arguments.words.isEmpty, arguments.value("tenant") != nil { return try replayAll(arguments, console) }
        let id = try id(arguments)
        if let other = ["tenant", "since", "until", "verdict", "limit"].first(where: { arguments.value($0) != nil }) {
            throw Arguments.UsageError(description: "--\(other) is for all of a tenant's; leave it out, or the id")
        }
        let row = try replay(id, accept: arguments.flags.contains("accept"), AdminReach.client(arguments))
        for text in lines(row) { console.out(text) }
        return isSettled(row) ? CommandRunner.fine : CommandRunner.failed
    }

    private static let limitDefault = 1000
    private static let limits = 1...10_000
    private static let pageRows = 100

    private static func replay(
        _ id: String, accept: Bool, _ client: AdminClient
    ) throws(AdminClient.Failure)
        -> JSONValue
    {
        try client.post("/api/notifications/\(id)/replay", Array("{\"accept\": \(accept)}".utf8))
    }

    private static func isSettled(_ row: JSONValue) -> Bool {
        row["notification"]?["verdict"]?.text.flatMap(Verdict.init(rawValue:))?.answersSuccess ?? false
    }

    // MARK: - All of a tenant's

    /// What one replay of many needs to know of a row.
    private struct Refused {
        let id: String
        let notifyID: String
        let verdict: String
        let receivedAt: String
    }

    private static func replayAll(_ arguments: Arguments, _ console: CommandRunner.Console) throws -> Int32 {
        guard !arguments.flags.contains("accept") else {
            throw Arguments.UsageError(description: "--accept takes one notification at a time; name its id")
        }
        let limit = try arguments.number("limit", in: limits) ?? limitDefault
        let query = try query(arguments)
        let client = try AdminReach.client(arguments)
        let rows = try refused(query, verdicts: try verdicts(arguments), client)
        guard rows.count <= limit else {
            console.error("\(rows.count) match, more than --limit \(limit); nothing was done")
            return CommandRunner.failed
        }
        // What one message was settled by; Alipay repeats what is refused.
        var settled: [String: String] = [:]
        var refusedCount = 0
        for row in rows {
            if let by = settled[row.notifyID] {
                console.out("\(row.id)  \(row.verdict) -> settled by \(by)")
                continue
            }
            let result = try once(row, client)
            console.out("\(row.id)  \(row.verdict) -> \(result.text)")
            if !result.isSettled { refusedCount += 1 }
            if result.isSettled, !row.notifyID.isEmpty { settled[row.notifyID] = row.id }
        }
        console.error(rows.isEmpty ? "none" : "\(rows.count) replayed, \(refusedCount) still refused")
        return refusedCount == 0 ? CommandRunner.fine : CommandRunner.failed
    }

    private static func query(_ arguments: Arguments) throws(Arguments.UsageError) -> [String] {
        let nowMs = SystemClock().nowMs
        guard let since = try AdminReach.time("since", arguments, nowMs: nowMs) else {
            throw Arguments.UsageError(description: "say from when on: --since TIME")
        }
        // The rows that the replays make are later.
        let until = try AdminReach.time("until", arguments, nowMs: nowMs) ?? nowMs
        return [
            "tenant=\(try AdminReach.tenant(arguments))", "since=\(RFC3339.text(unixMs: since))",
            "until=\(RFC3339.text(unixMs: until))", "limit=\(pageRows)",
        ]
    }

    private static func verdicts(_ arguments: Arguments) throws(Arguments.UsageError) -> [Verdict] {
        let refusals = Verdict.allCases.filter { !$0.answersSuccess }
        guard let word = arguments.value("verdict") else { return refusals }
        guard let verdict = refusals.first(where: { $0.rawValue == word }) else {
            let words = refusals.map(\.rawValue).joined(separator: ", ")
            throw Arguments.UsageError(description: "--verdict must be one of \(words)")
        }
        return [verdict]
    }

    /// The oldest first, without what replays made: those stand for the rows that they are of.
    private static func refused(
        _ query: [String], verdicts: [Verdict], _ client: AdminClient
    ) throws(AdminClient.Failure) -> [Refused] {
        var rows: [Refused] = []
        for verdict in verdicts {
            var after: String?
            repeat {
                let page = query + ["verdict=\(verdict.rawValue)"] + (after.map { ["starting_after=\($0)"] } ?? [])
                let answer = try client.get("/api/notifications?" + page.joined(separator: "&"))
                let found = answer["data"]?.elements ?? []
                rows += found.filter { $0["replay_of"]?.text == nil }.compactMap(refused)
                after = answer["has_more"] == .bool(true) ? found.last?["notification"]?["id"]?.text : nil
            } while after != nil && rows.count <= limits.upperBound
        }
        return rows.sorted { ($0.receivedAt, $0.id) < ($1.receivedAt, $1.id) }
    }

    private static func refused(_ row: JSONValue) -> Refused? {
        guard let notification = row["notification"], let id = notification["id"]?.text,
            let receivedAt = notification["received_at"]?.text
        else { return nil }
        return Refused(
            id: TerminalText.shown(id), notifyID: notification["notify_id"]?.text ?? "",
            verdict: TerminalText.shown(notification["verdict"]?.text ?? ""), receivedAt: receivedAt)
    }

    /// What the service says to one; that it does not answer, or the store cannot, ends the whole run.
    private static func once(
        _ row: Refused, _ client: AdminClient
    ) throws(AdminClient.Failure) -> (text: String, isSettled: Bool) {
        do throws(AdminClient.Failure) {
            let replayed = try replay(row.id, accept: false, client)
            let notification = replayed["notification"]
            let words = [notification?["verdict"]?.text, notification?["id"]?.text, notification?["explanation"]?.text]
            return (words.map { TerminalText.shown($0 ?? "-") }.joined(separator: "  "), isSettled(replayed))
        } catch {
            guard error.status == conflict else { throw error }
            return (error.description, false)
        }
    }

    /// HTTP's status for what the row, or its tenant, does not allow.
    private static let conflict = 409
}
