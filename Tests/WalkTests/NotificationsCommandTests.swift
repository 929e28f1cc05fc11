import App
import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing

/// `payrelay notifications …`, against a running service.
@Suite(.timeLimit(.minutes(2))) struct NotificationsCommandTests {
    private static let rightKey = String(decoding: World.account.key.reveal(), as: UTF8.self)
    private static let wrongKey = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

    @Test func `a wrong key that is mended lets a replay apply what was refused`() async throws {
        var options = World.Options()
        options.keys = ["keys: [file:secrets/shop.key]"]
        options.files = ["tenants/secrets/shop.key": Self.rightKey + "\n"]
        let world = try World(options)
        defer { world.stop() }
        var service = try world.start()
        let (id, trade) = try await world.open("ORDER-1", on: service)
        service.stop()
        try world.put("tenants/secrets/shop.key", Self.wrongKey + "\n")
        service = try world.start()
        try world.loseNotifications()
        _ = try world.alipay.simulator.move(trade, .pay)
        let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
        #expect(try await world.told(message, on: service) == "fail")
        let row = try await world.newestRow(on: service)
        for accept in [[], ["--accept"]] {
            let refused = await world.payrelay(["notifications", "replay"] + accept + [row], on: service)
            #expect(refused.status == 1 && refused.error.contains("nobody can vouch for such a message"))
        }
        let explained = await world.payrelay("notifications", "explain", row, on: service)
        #expect(explained.status == 0)
        #expect(explained.out.contains("No single usual mistake explains the signature."))
        #expect(explained.out.contains("Next: Mend the cause; Alipay repeats the message for a day."))
        // Nobody vouches for the fields.
        #expect(!explained.out.contains("The message:"))
        service.stop()
        try world.put("tenants/secrets/shop.key", Self.rightKey + "\n")
        service = try world.start()
        defer { service.stop() }
        let mended = await world.payrelay("notifications", "explain", row, on: service)
        #expect(mended.out.contains("The message:") && mended.out.contains("  trade_status = TRADE_SUCCESS"))
        #expect(mended.out.contains("Next: Mend the cause, then replay it."))
        let replayed = await world.payrelay("notifications", "replay", row, on: service)
        #expect(replayed.status == 0 && replayed.out.contains("verdict: applied"), "\(replayed)")
        #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
        #expect(try await world.status(id, on: service) == "succeeded")
        #expect(try await world.verdicts(on: service) == ["applied", "bad_signature"])
        // Alipay's repeat of the same message, later.
        #expect(try await world.told(message, on: service) == "success")
        #expect(try await world.verdicts(on: service).first == "repeat")
        #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        for text in [explained, mended, replayed].map(\.text) {
            #expect(!text.contains(Self.rightKey) && !text.contains(Self.wrongKey))
        }
    }

    @Test func `what nobody can ask about is applied once an admin vouches for it`() async throws {
        try await World.run(World.Options(alipay: ["services: {trade_query: false}"])) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            let listed = await world.payrelay("notifications", "list", "--verdict", "unsettled", on: service)
            let row = try await world.newestRow(on: service)
            #expect(listed.status == 0 && listed.out.split(separator: "\n").count == 1)
            for word in ["bookshop", "unsettled", row, id, "TRADE_SUCCESS"] { #expect(listed.out.contains(word)) }
            let shown = await world.payrelay("notifications", "show", row, on: service)
            #expect(shown.out.contains("tenant: bookshop\n") && shown.out.contains("failure_cell: equal_false\n"))
            let alone = await world.payrelay("notifications", "replay", row, on: service)
            #expect(alone.status == 1 && alone.out.contains("verdict: unsettled"))
            #expect(try await world.status(id, on: service) == "requires_action")
            let accepted = await world.payrelay("notifications", "replay", "--accept", row, on: service)
            #expect(accepted.status == 0 && accepted.out.contains("verdict: applied"))
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            #expect(try await world.verdicts(on: service) == ["applied", "unsettled", "unsettled"])
            #expect(try await world.told(message, on: service) == "success")
        }
    }

    /// Who vouches for a message has seen what was wrong with it; of its sum nobody had said anything yet.
    @Test func `another amount is not taken with a message that was refused for something else`() async throws {
        try await World.run(World.Options(alipay: ["services: {trade_query: false}"])) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            var message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            message.fields["total_fee"] = "0.01"
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["unsettled"])
            let row = try await world.newestRow(on: service)
            let accepted = await world.payrelay("notifications", "replay", "--accept", row, on: service)
            #expect(accepted.status == 1 && accepted.out.contains("verdict: amount_mismatch"))
            #expect(try await world.payment(id, on: service)["last_error"]?["code"]?.text == "amount_mismatch")
            // Now it has been said, and the sum is the admin's to take.
            let told = try await world.newestRow(on: service)
            let taken = await world.payrelay("notifications", "replay", "--accept", told, on: service)
            #expect(taken.status == 0 && taken.out.contains("verdict: applied"))
            #expect(try await world.payment(id, on: service)["amount_paid"]?.int64 == 1)
        }
    }

    @Test func `another amount is the admin's to take`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .changePrice(9900))
            _ = try world.alipay.simulator.move(trade, .pay)
            try await world.until(nil, "the row") { try await !world.journal(on: service).isEmpty }
            let row = try await world.newestRow(on: service)
            #expect(try await world.verdicts(on: service) == ["amount_mismatch"])
            let explained = await world.payrelay("notifications", "explain", row, on: service)
            #expect(explained.out.contains("Next: Replay it with --accept to take the other amount"))
            let alone = await world.payrelay("notifications", "replay", row, on: service)
            #expect(alone.status == 1 && alone.out.contains("verdict: amount_mismatch"))
            #expect(try await world.payment(id, on: service)["last_error"]?["code"]?.text == "amount_mismatch")
            let accepted = await world.payrelay("notifications", "replay", row, "--accept", on: service)
            #expect(accepted.status == 0, "\(accepted)")
            let webhook = try await world.nextWebhook()
            #expect(webhook["type"]?.text == "payment.succeeded" && webhook["data"]?["amount_paid"]?.int64 == 9900)
            #expect(webhook["data"]?["amount"]?.int64 == 12_050 && webhook["data"]?["last_error"] == .null)
            #expect(webhook["data"]?["refundable"] == .bool(true))
            // What was paid is what can go back.
            let (status, refund, _) = try await world.call(
                .post, "/v1/payments/\(id)/refunds", on: service, body: "{}")
            #expect(status == 201 && refund["amount"]?.int64 == 9900)
            let refunded = try await world.nextWebhook()
            #expect(refunded["type"]?.text == "refund.succeeded" && refunded["data"]?["amount"]?.int64 == 9900)
        }
    }

    @Test func `what is settled is not run again`() async throws {
        try await World.run { world, service in
            _ = try await world.pay("ORDER-1", on: service)
            let row = try await world.newestRow(on: service)
            for accept in [[], ["--accept"]] {
                let again = await world.payrelay(["notifications", "replay"] + accept + [row], on: service)
                #expect(again.status == 1 && again.out == "" && again.error.contains("there is nothing to replay"))
            }
            #expect(try await world.verdicts(on: service) == ["applied"])
        }
    }

    @Test func `a replay of what is no longer true moves nothing`() async throws {
        try await World.run(World.Options(alipay: ["services: {trade_query: false}"])) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let closed = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "WAIT_BUYER_PAY")
            #expect(try await world.told(closed, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            let replayed = await world.payrelay("notifications", "replay", "--accept", row, on: service)
            #expect(replayed.status == 0 && replayed.out.contains("verdict: stale"))
            #expect(try await world.status(id, on: service) == "succeeded")
        }
    }

    @Test func `lists are by tenant and verdict, newest first, as long as was asked for`() async throws {
        try await World.run { world, service in
            let (_, trade) = try await world.pay("ORDER-1", on: service)
            var forged = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_FINISHED")
            forged.sign = "0"
            for path in ["/notify/bookshop", "/notify/teashop", "/notify/bookshop"] {
                #expect(try await world.told(forged, to: path, on: service) == "fail")
            }
            func list(_ words: String...) async -> [[String]] {
                let listed = await world.payrelay(["notifications", "list"] + words, on: service)
                return listed.out.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            }
            #expect(
                await list().map { $0[1] + " " + $0[2] } == [
                    "bookshop bad_signature", "teashop bad_signature", "bookshop bad_signature", "bookshop applied",
                ])
            #expect(await list("--tenant", "teashop").map { $0[1] } == ["teashop"])
            #expect(await list("--limit", "2").count == 2)
            #expect(await list("--verdict", "bad_signature", "--tenant", "bookshop").count == 2)
            let none = await world.payrelay("notifications", "list", "--verdict", "stale", on: service)
            #expect(none.status == 0 && none.out == "" && none.error == "none\n")
            let wrong = await world.payrelay("notifications", "list", "--verdict", "lost", on: service)
            #expect(wrong.status == 1 && wrong.error.contains("verdict must be one of applied"))
            let missing = await world.payrelay(
                "notifications", "show", "ntf_00000000000000000000000000", on: service)
            #expect(missing.status == 1 && missing.error.contains("there is no such notification"))
        }
    }

    @Test func `what a stranger wrote does not move the admin's terminal`() async throws {
        try await World.run(World.Options(alipay: ["notify_verify: false"])) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", total: "1.00",
                more: ["body": "\u{1B}[2J\u{7}\u{9B}31m\nverdict: applied"])
            #expect(try await world.told(message, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            let explained = await world.payrelay("notifications", "explain", row, on: service)
            #expect(explained.out.contains(#"body = \u{1b}[2J\u{7}\u{9b}31m\u{a}verdict: applied"#), "\(explained.out)")
            #expect(!explained.out.contains("\u{1B}") && !explained.out.contains("\u{9B}"))
        }
    }

    @Test func `with an admin_token, whoever has the settings has the token, and nobody else gets in`() async throws {
        let token = "hush-admin-token-of-thirty-two-b"
        var options = World.Options()
        options.service = ["admin_token: file:tenants/secrets/admin"]
        options.files = [
            "tenants/secrets/admin": token + "\n",
            "open.yaml": "public_url: http://127.0.0.1:0\nstore: sqlite:payrelay.db\n",
        ]
        try await World.run(options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            var forged = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            forged.sign = "0"
            #expect(try await world.told(forged, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            for words in [["list"], ["show", row], ["explain", row]] {
                let good = await world.payrelay(["notifications"] + words, on: service)
                #expect(good.status == 0 && good.out.contains(row), "\(good)")
                let bad = await world.payrelay(["notifications"] + words, config: "open.yaml", on: service)
                #expect(bad.status == 1 && bad.out == "" && bad.error.contains("HTTP status 401"), "\(bad)")
                for spoken in [good, bad] { #expect(!spoken.text.contains("hush")) }
            }
            let base = "http://127.0.0.1:\(service.adminPort)/api/notifications"
            for headers in [[], [("Authorization", "Bearer wrong")], [("Authorization", "Bearer \(World.apiKey)")]] {
                let response = try await world.send(.get, base, headers: headers)
                #expect(response.status == 401 && response.headers["WWW-Authenticate"] == "Bearer")
                #expect(!String(decoding: response.body, as: UTF8.self).contains("hush"))
            }
            #expect(
                try await world.send(.get, base, headers: [("Authorization", "Bearer \(token)")]).status == 200)
            #expect(!world.log.lines.contains { "\($0)".contains(token) })
        }
    }

    @Test func `a web page in the admin's browser can do nothing`() async throws {
        try await World.run(World.Options(alipay: ["services: {trade_query: false}"])) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            let base = "http://127.0.0.1:\(service.adminPort)/api/notifications"
            let json = ("Content-Type", "application/json")
            let accept = #"{"accept": true}"#
            for (headers, status) in [
                ([json, ("Origin", "https://evil.example")], 403), ([json, ("Origin", "null")], 403),
                ([json, ("Origin", "http://127.0.0.1:\(service.adminPort)")], 403),
                ([json, ("Sec-Fetch-Site", "cross-site")], 403), ([("Content-Type", "text/plain")], 415),
                ([("Content-Type", "application/x-www-form-urlencoded")], 415), ([], 415),
            ] as [([(String, String)], Int)] {
                let answer = try await world.send(.post, "\(base)/\(row)/replay", headers: headers, body: accept)
                #expect(answer.status == status, "\(headers)")
                #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
            }
            for headers in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "none")] {
                #expect(try await world.send(.get, base, headers: [headers]).status == 403)
            }
            for (method, path) in [(.get, "/\(row)/replay"), (.post, ""), (.post, "/\(row)")]
                as [(HTTP.Method, String)]
            {
                #expect(try await world.send(method, base + path, headers: [json], body: accept).status == 404)
            }
            for body in [#"{"accept": "yes"}"#, #"{"accept": true, "x": 1}"#, "[]", "accept=true"] {
                #expect(
                    try await world.send(.post, "\(base)/\(row)/replay", headers: [json], body: body).status == 400)
            }
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.verdicts(on: service) == ["unsettled"])
            #expect(
                try await world.send(.post, "\(base)/\(row)/replay", headers: [json], body: accept).status == 200)
            #expect(try await world.status(id, on: service) == "succeeded")
        }
    }
}
