import JSON

/// `payrelay tenant show TENANT`: what its file says, and how its keys are used.
enum TenantShowCommand {
    static let command = CommandRunner.Command(
        name: "tenant show", summary: "a tenant: its limits, its keys and when each was used last",
        usage: """
            payrelay tenant show TENANT [--config FILE] [--admin URL]

            Keys are named by a fingerprint, the first 12 digits of their SHA-256, and never shown. One that is lapsed, or
            in no file any more, can go from wherever it is still kept once its last use lies far enough back.
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options, wordsMax: 1)
        guard let tenant = arguments.words.first, AdminReach.isWord(tenant) else {
            throw Arguments.UsageError(description: "name a tenant: letters, digits, - and _")
        }
        let answer = try AdminReach.client(arguments).get("/api/tenants/\(tenant)")
        for line in lines(answer) { console.out(line) }
        return CommandRunner.fine
    }

    private static func lines(_ tenant: JSONValue) -> [String] {
        let head = ["id", "name", "partner", "sign_type"].map { "\($0): \(shown(tenant[$0]) ?? "-")" }
        let lists = ["products", "notify_sources", "allowed_sources"].map { name in
            "\(name): \(list(tenant[name])?.joined(separator: ", ") ?? "anywhere")"
        }
        let endpoints = elements(tenant["endpoints"]).map {
            "endpoint: \(shown($0["id"]) ?? "-")  \(shown($0["url"]) ?? "-")"
        }
        let limits = ["requests_per_second", "burst", "payments_per_day", "amount_max", "webhook_backlog"].map { name in
            "\(name): \(tenant["limits"]?[name]?.int64.map(String.init) ?? "no limit")"
        }
        return head + lists + endpoints + limits + ["keys:"] + elements(tenant["keys"]).map(line(key:))
    }

    /// `  1f2e3d4c5b6a  in_force  alipay.keys[0]  used 12 times, last at …`
    private static func line(key: JSONValue) -> String {
        let count = key["count"]?.int64 ?? 0
        let last = shown(key["last_used_at"]).map { ", last at \($0)" } ?? ""
        let used = count == 0 ? "never used" : "used \(count) time\(count == 1 ? "" : "s")\(last)"
        let end = shown(key["not_after"]).map { "not after \($0)" }
        let label = shown(key["label"]).map { "(\($0))" }
        let place = [shown(key["place"]) ?? shown(key["kind"]) ?? "-", label].compactMap { $0 }.joined(separator: " ")
        let words = [shown(key["key"]) ?? "-", shown(key["state"]) ?? "-", place, end, used].compactMap { $0 }
        return "  " + words.joined(separator: "  ")
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { return elements }
        return []
    }

    private static func list(_ value: JSONValue?) -> [String]? {
        guard case .array(let elements)? = value else { return nil }
        return elements.compactMap { shown($0) }
    }

    private static func shown(_ value: JSONValue?) -> String? { value?.text.map(TerminalText.shown) }
}
