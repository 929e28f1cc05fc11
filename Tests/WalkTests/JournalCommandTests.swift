import App
import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The journal as an admin asks for it: by what it is about and when it came, for people and for scripts; and all that a
/// repaired cause had refused, once more.
@Suite(.timeLimit(.minutes(2))) struct JournalCommandTests {
    private static let rightKey = String(decoding: World.account.key.reveal(), as: UTF8.self)

    private func json(_ spoken: Spoken) throws -> JSONValue { try JSONReader.read(Array(spoken.out.utf8)) }

    private func ids(_ list: JSONValue) -> [String?] {
        list["data"]?.elements.map { $0["notification"]?["id"]?.text } ?? []
    }

    @Test func `lists are by payment and time, page by page, and as JSON`() async throws {
        let clock = ManualClock()
        try await World.run(World.Options(alipay: ["notify_verify: false"]), clock: clock) { world, service in
            let (first, trade) = try await world.open("ORDER-1", on: service)
            let (second, other) = try await world.open("ORDER-2", on: service)
            for (number, (reference, trade)) in [("ORDER-1", trade), ("ORDER-2", other), ("ORDER-1", trade)]
                .enumerated()
            {
                let message = HandMadeNotification(
                    reference: reference, tradeNo: trade, status: "WAIT_BUYER_PAY", notifyID: "notify-\(number)")
                #expect(try await world.told(message, on: service) == "success")
                clock.advance(byMs: 1000)
            }
            let all = try json(await world.payrelay("notifications", "list", "--json", on: service))
            #expect(all["object"]?.text == "list" && all["has_more"] == .bool(false))
            #expect(all["data"]?.elements.map { $0["tenant"]?.text } == ["bookshop", "bookshop", "bookshop"])
            #expect(all["data"]?.elements.map { $0["replay_of"] } == [.null, .null, .null])
            func list(_ words: String...) async throws -> [String?] {
                ids(try json(await world.payrelay(["notifications", "list", "--json"] + words, on: service)))
            }
            let found = ids(all)
            #expect(try await list("--payment", first) == [found[0], found[2]])
            #expect(try await list("--payment", second) == [found[1]])
            #expect(try await list("--payment", first, "--verdict", "stale") == [])
            let times = all["data"]?.elements.compactMap { $0["notification"]?["received_at"]?.text } ?? []
            #expect(try await list("--since", times[1]) == [found[0], found[1]])
            #expect(try await list("--since", times[1], "--until", times[0]) == [found[1]])
            let page = await world.payrelay("notifications", "list", "--limit", "2", on: service)
            #expect(page.out.split(separator: "\n").count == 2)
            #expect(page.error == "there are more: --after \(found[1] ?? "")\n")
            let next = await world.payrelay(
                "notifications", "list", "--limit", "2", "--after", found[1] ?? "", on: service)
            #expect(next.out.contains(found[2] ?? "-") && next.error == "")
            let lost = await world.payrelay(
                "notifications", "list", "--after", "ntf_00000000000000000000000000", on: service)
            #expect(lost.status == 1 && lost.error.contains("starting_after names nothing that is kept"))
            let nobody = await world.payrelay("notifications", "list", "--tenant", "bokshop", on: service)
            #expect(nobody.status == 1 && nobody.error.contains("no tenant bokshop is served now"))
        }
    }

    @Test func `one is shown with every field, by name, whoever posted it; and no key`() async throws {
        try await World.run(World.Options(alipay: ["notify_verify: false"])) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "success")
            let good = try await world.newestRow(on: service)
            let shown = await world.payrelay("notifications", "show", good, on: service)
            #expect(shown.out.contains("\nThe message (SIGN equal):\n"))
            for line in ["  out_trade_no = ORDER-1\n", "  trade_status = TRADE_SUCCESS\n", "  sign_type = MD5\n"] {
                #expect(shown.out.contains(line), "\(shown.out)")
            }
            let parsed = try json(await world.payrelay("notifications", "show", good, "--json", on: service))
            #expect(parsed["signature"]?.text == "equal")
            let fields = parsed["fields"]?.elements ?? []
            #expect(fields.count == message.fields.count + 2)
            #expect(fields.contains { $0["name"]?.text == "subject" && $0["value"]?.text == message.fields["subject"] })

            var forged = message
            forged.sign = "0"
            forged.fields["body"] = "my key is \(Self.rightKey), please\u{9B}31m"
            #expect(try await world.told(forged, on: service) == "fail")
            let bad = try await world.newestRow(on: service)
            let warned = await world.payrelay("notifications", "show", bad, on: service)
            #expect(warned.out.contains("\nThe message (SIGN not equal: nobody vouches for it):\n"))
            #expect(warned.out.contains("  body = <secret>\n") && !warned.text.contains(Self.rightKey))
            #expect(try await world.post("trade_no=1&bad=%zz\u{9B}31m", on: service).text == "fail")
            let broken = try await world.newestRow(on: service)
            let half = await world.payrelay("notifications", "show", broken, on: service)
            #expect(half.out.contains("\nThe message (not a whole message: nobody vouches for it):\n  trade_no = 1\n"))
            #expect(half.out.contains(#"  bad = %zz\u{9b}31m"#))
            let script = await world.payrelay("notifications", "show", broken, "--json", on: service)
            #expect(script.out.contains(#"%zz\u009b31m"#) && !script.out.contains("\u{9B}"))
            #expect(try json(script)["fields"]?.elements.last?["value"]?.text == "%zz\u{9B}31m")
            let explained = await world.payrelay("notifications", "explain", bad, "--json", on: service)
            #expect(try json(explained)["signature"]?.text == "not_equal" && !explained.text.contains(Self.rightKey))
        }
    }

    @Test func `after a repair all that it had refused is run once more, the oldest first`() async throws {
        var options = World.Options()
        options.keys = ["keys: [file:secrets/shop.key]"]
        options.files = ["tenants/secrets/shop.key": Self.rightKey + "\n"]
        let clock = ManualClock()
        let world = try World(options, clock: clock)
        defer { world.stop() }
        var service = try world.start()
        var trades: [String] = []
        for number in 1...3 { trades.append(try await world.open("ORDER-\(number)", on: service).trade) }
        service.stop()
        try world.put("tenants/secrets/shop.key", "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n")
        service = try world.start()
        try world.loseNotifications()
        for (index, trade) in trades.enumerated() {
            _ = try world.alipay.simulator.move(trade, .pay)
            let message = HandMadeNotification(
                reference: "ORDER-\(index + 1)", tradeNo: trade, status: "TRADE_SUCCESS", notifyID: "notify-\(index)")
            // Alipay repeats what is refused.
            for _ in 0..<2 { #expect(try await world.told(message, on: service) == "fail") }
        }
        var forged = HandMadeNotification(reference: "ORDER-1", tradeNo: trades[0], status: "TRADE_CLOSED")
        forged.sign = "0"
        #expect(try await world.told(forged, on: service) == "fail")
        let since = ["--tenant", "bookshop", "--since", "2026-01-02T00:00:00Z", "--until", "2026-01-03T00:00:00Z"]
        let tooMany = await world.payrelay(
            ["notifications", "replay"] + since + ["--limit", "6"], on: service)
        #expect(tooMany.status == 1 && tooMany.out == "")
        #expect(tooMany.error == "7 match, more than --limit 6; nothing was done\n")
        let unrepaired = await world.payrelay(["notifications", "replay"] + since, on: service)
        #expect(unrepaired.status == 1 && unrepaired.error == "7 replayed, 7 still refused\n")
        service.stop()
        try world.put("tenants/secrets/shop.key", Self.rightKey + "\n")
        service = try world.start()
        defer { service.stop() }
        let replayed = await world.payrelay(["notifications", "replay"] + since, on: service)
        let lines = replayed.out.split(separator: "\n").map(String.init)
        #expect(lines.count == 7, "\(replayed)")
        #expect(lines.filter { $0.contains("  bad_signature -> applied  ntf_") }.count == 3)
        #expect(lines.filter { $0.contains("  bad_signature -> settled by ntf_") }.count == 3)
        #expect(lines.last?.contains("nobody can vouch for such a message") == true)
        // The forged one is refused still.
        #expect(replayed.status == 1 && replayed.error == "7 replayed, 1 still refused\n")
        #expect(try await world.eventTypes(on: service) == Array(repeating: "payment.succeeded", count: 3))
        let made = try json(
            await world.payrelay("notifications", "list", "--verdict", "applied", "--json", on: service))
        let first = String(lines[0].prefix { $0 != " " })
        #expect(made["data"]?.elements.last?["replay_of"]?.text == first)
        let shown = await world.payrelay(
            "notifications", "show", made["data"]?.elements.last?["notification"]?["id"]?.text ?? "", on: service)
        #expect(shown.out.contains("replay_of: \(first)\n"))
        let onlyForged = await world.payrelay(
            ["notifications", "replay"] + since + ["--verdict", "malformed"], on: service)
        #expect(onlyForged.status == 0 && onlyForged.out == "" && onlyForged.error == "none\n")
        for text in [unrepaired, replayed, shown].map(\.text) { #expect(!text.contains(Self.rightKey)) }
    }

    @Test func `Alipay's repeat after a restart is a repeat`() async throws {
        var options = World.Options(alipay: ["notify_verify: false"])
        options.service = ["retention: {notifications: 2d}"]
        let clock = ManualClock()
        let world = try World(options, clock: clock)
        defer { world.stop() }
        var service = try world.start()
        let (_, trade) = try await world.open("ORDER-1", on: service)
        let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
        #expect(try await world.told(message, on: service) == "success")
        for _ in 0..<3 {
            service.stop()
            service = try world.start()
            // 25 hours after the first in all, and old rows were looked for meanwhile.
            clock.advance(byMs: 30_000_000)
            #expect(try await world.told(message, on: service) == "success")
        }
        #expect(try await world.verdicts(on: service) == ["repeat", "repeat", "repeat", "applied"])
        #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        service.stop()
    }

    @Test func `three thousand forged posts are all counted, and few are kept`() async throws {
        let clock = ManualClock()
        try await World.run(World.Options(alipay: ["notify_verify: false"]), clock: clock) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            var forged = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            forged.sign = "0"
            let body = forged.body
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        for _ in 0..<150 {
                            let (status, text, _) = try await world.post(body, on: service)
                            guard status == 200, text == "fail" else { throw World.Broken(description: text) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let counted = try await world.metric(
                #"payrelay_notifications_total{tenant="bookshop",verdict="bad_signature"}"#, on: service)
            let left = try await world.metric(
                #"payrelay_notifications_not_journalled_total{tenant="bookshop"}"#, on: service)
            #expect(counted == 3000)
            // 60, and the 120th, 240th, 480th, 960th and 1920th.
            #expect(left == 3000 - 65)
            #expect(
                try await world.told(
                    HandMadeNotification(
                        reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS"), on: service) == "success")
        }
    }
}
