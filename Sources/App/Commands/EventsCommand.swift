import JSON

/// `payrelay events …`
enum EventsCommand {
    static let redeliver = CommandRunner.Command(
        name: "events redeliver", summary: "send an event again",
        usage: """
            payrelay events redeliver EVENT --tenant ID [--endpoint ID] [--config FILE] [--admin URL]

              --tenant ID     whose
              --endpoint ID   to this endpoint only (all that take it)
            """ + AdminReach.usage
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["tenant", "endpoint"] + AdminReach.options, wordsMax: 1)
        let id = try AdminReach.id(arguments, "an event", prefix: "evt_")
        var out = JSONWriter(reservingCapacity: 128)
        out.beginObject()
        out.field("tenant", try AdminReach.tenant(arguments))
        if let endpoint = arguments.value("endpoint") { out.field("endpoint", endpoint) }
        out.endObject()
        let answer = try AdminReach.client(arguments).post("/api/events/\(id)/redeliver", out.bytes)
        return DeliveryText.print(answer, on: console)
    }
}
