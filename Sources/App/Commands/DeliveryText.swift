import JSON

/// Deliveries and endpoints of the admin API as lines of text.
enum DeliveryText {
    /// A list, a line for each.
    static func print(_ answer: JSONValue, on console: CommandRunner.Console) -> Int32 {
        guard case .array(let rows)? = answer["data"] else { return CommandRunner.failed }
        for row in rows { console.out(line(row)) }
        if rows.isEmpty { console.error("none") }
        AdminReach.tellOfMore(answer, last: rows.last?["delivery"]?["id"]?.text, on: console)
        return CommandRunner.fine
    }

    /// When, status, id, about what, to where, how many tries, and why it is not done.
    private static func line(_ row: JSONValue) -> String {
        let delivery = row["delivery"] ?? .null
        let attempts = attempts(delivery)
        let count = count(attempts)
        let tries = count == 1 ? "1 try" : "\(count) tries"
        let names = ["created_at", "status", "id", "event_type", "endpoint", "event"]
        let words = names.map { shown(delivery[$0]) ?? "-" } + [tries]
        return (words + [reason(delivery, attempts.last)].compactMap { $0 }).joined(separator: "  ")
    }

    private static func reason(_ delivery: JSONValue, _ last: JSONValue?) -> String? {
        let why = waiting(delivery["waiting_for"]) ?? shown(last?["error"])
        guard let next = shown(delivery["next_attempt_at"]) else { return why }
        return [why, "next at \(next)"].compactMap { $0 }.joined(separator: "; ")
    }

    /// Everything of one delivery.
    static func lines(_ row: JSONValue) -> [String] {
        let delivery = row["delivery"] ?? .null
        let names = ["id", "event", "event_type", "endpoint", "status", "next_attempt_at"]
        var lines = ["tenant: \(shown(row["tenant"]) ?? "-")"]
        lines += names.compactMap { name in shown(delivery[name]).map { "\(name): \($0)" } }
        lines += waiting(delivery["waiting_for"]).map { ["waiting_for: \($0)"] } ?? []
        lines += shown(delivery["created_at"]).map { ["created_at: \($0)"] } ?? []
        let attempts = attempts(delivery)
        let count = count(attempts)
        let shownCount = count == Int64(attempts.count) ? "\(count)" : "\(count), the last \(attempts.count) of them"
        lines.append("attempts: \(attempts.isEmpty ? "none" : shownCount)")
        return lines + attempts.flatMap(lines(attempt:))
    }

    /// They are numbered from 1, and only the newest are told.
    private static func count(_ attempts: [JSONValue]) -> Int64 { attempts.last?["number"]?.int64 ?? 0 }

    private static func lines(attempt: JSONValue) -> [String] {
        let code = attempt["status_code"]?.int64.map { " \($0)" } ?? ""
        let words = [
            "\(attempt["number"]?.int64 ?? 0)", shown(attempt["started_at"]) ?? "-",
            (shown(attempt["outcome"]) ?? "-") + code, "\(attempt["duration_ms"]?.int64 ?? 0) ms",
        ]
        let rest = [shown(attempt["address"]), shown(attempt["error"])].compactMap { $0 }
        let line = "  " + (words + rest).joined(separator: "  ")
        guard let excerpt = shown(attempt["response_excerpt"]), !excerpt.isEmpty else { return [line] }
        return [line, "     it said: \(excerpt)"]
    }

    /// `circuit_breaker since … until …: …`
    private static func waiting(_ hold: JSONValue?) -> String? {
        guard let hold, let reason = shown(hold["reason"]) else { return nil }
        let since = shown(hold["since"]).map { " since \($0)" } ?? ""
        let until = shown(hold["until"]).map { " until \($0)" } ?? ""
        return "\(reason)\(since)\(until): \(shown(hold["detail"]) ?? "")"
    }

    /// One endpoint: whose, which, where, how it does, what waits for it.
    static func line(endpoint row: JSONValue) -> String {
        let failures = row["failure_count"]?.int64 ?? 0
        let failing = shown(row["failing_since"]).map { "failing since \($0), \(failures) times" }
        let state = waiting(row["hold"]) ?? failing ?? "fine"
        let count = row["backlog"]?["count"]?.int64 ?? 0
        let oldest = shown(row["backlog"]?["oldest"]).map { ", the oldest since \($0)" } ?? ""
        let place = shown(row["url"]) ?? "in no file"
        return [
            shown(row["tenant"]) ?? "-", shown(row["endpoint"]) ?? "-", place, "\(count) waiting\(oldest)", state,
        ].joined(separator: "  ")
    }

    private static func attempts(_ delivery: JSONValue) -> [JSONValue] {
        if case .array(let attempts)? = delivery["attempts"] { return attempts }
        return []
    }

    private static func shown(_ value: JSONValue?) -> String? { value?.text.map(TerminalText.shown) }
}
