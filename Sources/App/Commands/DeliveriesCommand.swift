import Diagnostics
import JSON

/// `payrelay deliveries …`: why a merchant's webhook did not arrive, and once more.
enum DeliveriesCommand {
    static let list = CommandRunner.Command(
        name: "deliveries list", summary: "a tenant's webhook deliveries, newest first",
        usage: """
            payrelay deliveries list --tenant ID [--status WORD] [--endpoint ID] [--event ID] [--limit N]
                                     [--after ID] [--config FILE] [--admin URL]

              --tenant ID     whose
              --status WORD   pending, delivered, held or exhausted only
              --endpoint ID   to this endpoint only
              --event ID      of this event only
              --limit N       1 to 100 (20)
              --after ID      the next page: what comes after this one, the last of the page before
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(
            words, options: ["tenant", "status", "endpoint", "event", "limit", "after"] + AdminReach.options)
        var query = ["tenant=\(try AdminReach.tenant(arguments))"]
        query.append("limit=\(try arguments.number("limit", in: 1...100) ?? 20)")
        query += try AdminReach.query(["status", "endpoint", "event"], arguments)
        if let after = try AdminReach.after(arguments, "a delivery", prefix: "dlv_") { query.append(after) }
        let answer = try AdminReach.client(arguments).get("/api/deliveries?" + query.joined(separator: "&"))
        return DeliveryText.print(answer, on: console)
    }

    static let show = CommandRunner.Command(
        name: "deliveries show", summary: "one delivery with every attempt, and what it waits for",
        usage: "payrelay deliveries show ID --tenant ID [--config FILE] [--admin URL]\n" + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["tenant"] + AdminReach.options, wordsMax: 1)
        let id = try AdminReach.id(arguments, "a delivery", prefix: "dlv_")
        let tenant = try AdminReach.tenant(arguments)
        let row = try AdminReach.client(arguments).get("/api/deliveries/\(id)?tenant=\(tenant)")
        for line in DeliveryText.lines(row) { console.out(line) }
        return CommandRunner.fine
    }

    static let replay = CommandRunner.Command(
        name: "deliveries replay", summary: "send the deliveries of a time again, in the background",
        usage: """
            payrelay deliveries replay --tenant ID --since TIME [--until TIME] [--status WORDS] [--type TYPES]
                                       [--endpoint ID] [--config FILE] [--admin URL]

              --tenant ID     whose
              --since TIME    made at or after: 2026-01-02T03:04:05Z, or how long ago: 45s, 30m, 2h, 7d
              --until TIME    made before, likewise (now)
              --status WORDS  exhausted, held or both with a comma between (exhausted)
              --type TYPES    of these types only: payment.succeeded,refund.failed (all but webhook.test)
              --endpoint ID   to this endpoint only (all)
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(
            words, options: ["tenant", "since", "until", "status", "type", "endpoint"] + AdminReach.options)
        let answer = try AdminReach.client(arguments).post("/api/deliveries/replay", try replayBody(arguments))
        guard let id = answer["id"]?.text else {
            console.error("nothing matches; nothing was done")
            return CommandRunner.fine
        }
        let count = answer["count"]?.int64 ?? 0
        console.out("\(TerminalText.shown(id))  \(count) \(count == 1 ? "delivery is" : "deliveries are") sent again")
        return CommandRunner.fine
    }

    private static func replayBody(_ arguments: Arguments) throws(Arguments.UsageError) -> [UInt8] {
        let nowMs = SystemClock().nowMs
        var out = JSONWriter(reservingCapacity: 256)
        out.beginObject()
        out.field("tenant", try AdminReach.tenant(arguments))
        guard let since = try AdminReach.time("since", arguments, nowMs: nowMs) else {
            throw Arguments.UsageError(description: "say from when on: --since TIME")
        }
        out.timeField("since", since)
        if let until = try AdminReach.time("until", arguments, nowMs: nowMs) { out.timeField("until", until) }
        for (option, field) in [("status", "status"), ("type", "types")] {
            guard let values = arguments.values[option] else { continue }
            out.name(field)
            out.beginArray()
            for value in values.flatMap({ $0.split(separator: ",") }) { out.value(String(value)) }
            out.endArray()
        }
        if let endpoint = arguments.value("endpoint") { out.field("endpoint", endpoint) }
        out.endObject()
        return out.bytes
    }
}
