import JSON

/// `payrelay endpoints …`: how the merchants' endpoints do, and whether they are sent anything.
enum EndpointsCommand {
    static let list = CommandRunner.Command(
        name: "endpoints list", summary: "every endpoint: how it does, what waits for it",
        usage: "payrelay endpoints list [TENANT] [--config FILE] [--admin URL]\n" + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: AdminReach.options, wordsMax: 1)
        let tenant = try arguments.words.first.map { word throws(Arguments.UsageError) in
            "tenant=\(try checked(word, "a tenant"))"
        }
        let client = try AdminReach.client(arguments)
        var after: String?
        var count = 0
        // Page by page, for as long as there is one more.
        repeat {
            let query = [tenant, after.map { "starting_after=\($0)" }].compactMap { $0 }
            let answer = try client.get("/api/endpoints?" + query.joined(separator: "&"))
            guard case .array(let rows)? = answer["data"] else { return CommandRunner.failed }
            for row in rows { console.out(DeliveryText.line(endpoint: row)) }
            count += rows.count
            after = answer["has_more"] == .bool(true) ? rows.last.flatMap(cursor) : nil
        } while after != nil
        if count == 0 { console.error("none") }
        return CommandRunner.fine
    }

    static let enable = command(
        "enable", summary: "send to a disabled endpoint again",
        more: "Closes its circuit breaker as well, and forgets its failures. What waited for it is sent.")

    static let disable = command(
        "disable", summary: "send nothing to an endpoint",
        more: "Its deliveries are held until it is enabled, or its URL is another one; none is lost.")

    private static func command(_ verb: String, summary: String, more: String) -> CommandRunner.Command {
        CommandRunner.Command(
            name: "endpoints \(verb)", summary: summary,
            usage: """
                payrelay endpoints \(verb) TENANT [ENDPOINT] [--config FILE] [--admin URL]

                \(more)

                  ENDPOINT        its id, where the tenant has several (default)
                """ + AdminReach.usage
        ) { words, console throws in
            let arguments = try Arguments(words, options: AdminReach.options, wordsMax: 2)
            let tenant = try checked(arguments.words.first ?? "", "a tenant")
            let endpoint = try checked(arguments.words.dropFirst().first ?? endpointDefault, "an endpoint")
            let answer = try AdminReach.client(arguments).post(
                "/api/endpoints/\(tenant)/\(endpoint)/\(verb)", Array("{}".utf8))
            let already = answer["changed"] == .bool(true) ? "" : " already"
            console.out("\(tenant) \(endpoint) is \(verb)d\(already)")
            return CommandRunner.fine
        }
    }

    /// The id of the only endpoint, where a tenant's file has `webhook:`.
    private static let endpointDefault = "default"

    private static func checked(_ word: String, _ what: String) throws(Arguments.UsageError) -> String {
        guard AdminReach.isWord(word) else {
            throw Arguments.UsageError(description: "name \(what): letters, digits, - and _")
        }
        return word
    }

    private static func cursor(_ row: JSONValue) -> String? {
        guard let tenant = row["tenant"]?.text, let endpoint = row["endpoint"]?.text else { return nil }
        return "\(tenant)/\(endpoint)"
    }
}
