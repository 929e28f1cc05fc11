import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// Lists: pages, filters and cursors, over both stores.
struct ListTests {
    // MARK: - Pages

    @Test(arguments: Engine.allCases)
    func `has_more says whether there is one more, also at a whole number of pages`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            var made: [String] = []
            for number in 1...4 { made.append(await desk.create("ORDER-\(number)").id) }
            let newestFirst = Array(made.reversed())
            let first = await desk.call(.get, "/v1/payments?limit=2")
            #expect(first.json["object"]?.text == "list")
            #expect(first.ids == Array(newestFirst[0...1]))
            #expect(first.hasMore == .bool(true))
            let second = await desk.call(.get, "/v1/payments?limit=2&starting_after=\(first.ids[1])")
            #expect(second.ids == Array(newestFirst[2...3]))
            #expect(second.hasMore == .bool(false))
            let third = await desk.call(.get, "/v1/payments?limit=2&starting_after=\(second.ids[1])")
            #expect(third.text == #"{"object":"list","data":[],"has_more":false}"#)
            #expect(await desk.call(.get, "/v1/payments?limit=4").hasMore == .bool(false))
            #expect(await desk.call(.get, "/v1/payments?limit=3").hasMore == .bool(true))
            #expect(await desk.call(.get, "/v1/payments?limit=1").ids == [newestFirst[0]])
        }
    }

    /// A hundred of the largest would be eight megabytes for each peer that is slow to take them.
    @Test func `a page ends at a megabyte, and the next one goes on behind it`() async {
        let desk = Desk()
        for number in 1...40 {
            _ = await desk.create("ORDER-\(number)") {
                $0["metadata"] =
                    "{"
                    + (1...20).map { "\"k\($0)\": \"\(String(repeating: "三", count: 500))\"" }
                    .joined(separator: ",") + "}"
            }
        }
        var found: [String] = []
        var pages = 0
        while true {
            let cursor = found.last.map { "&starting_after=\($0)" } ?? ""
            let page = await desk.call(.get, "/v1/payments?limit=100" + cursor)
            #expect(page.body.count < (1 << 20) + 65_536)
            found += page.ids
            pages += 1
            if page.hasMore != .bool(true) { break }
            #expect(page.body.count >= 1 << 20)
        }
        #expect(pages == 2 && found.count == 40 && Set(found).count == 40)
    }

    @Test(arguments: Engine.allCases)
    func `twenty come unless another number is asked for, a hundred at most`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            for number in 1...101 { _ = await desk.create("ORDER-\(number)") }
            let twenty = await desk.call(.get, "/v1/payments")
            #expect(twenty.ids.count == 20)
            #expect(twenty.hasMore == .bool(true))
            let hundred = await desk.call(.get, "/v1/payments?limit=100")
            #expect(hundred.ids.count == 100)
            #expect(hundred.hasMore == .bool(true))
            let last = await desk.call(.get, "/v1/payments?limit=100&starting_after=\(hundred.ids[99])")
            #expect(last.ids.count == 1)
            #expect(last.hasMore == .bool(false))
        }
    }

    @Test(arguments: ["payments", "events", "deliveries", "notifications"])
    func `a limit that is none from 1 to 100 is refused`(list: String) async {
        for limit in ["0", "101", "-1", "abc", "1.0", "1e1", "99999999999999999999", "%20"] {
            let answer = await Desk().call(.get, "/v1/\(list)?limit=\(limit)")
            #expect(answer.status == 400)
            #expect(answer.errors == ["limit: limit must be a whole number from 1 to 100"])
        }
    }

    @Test(arguments: [
        (
            "/v1/payments?merchant_ref=1",
            [
                "merchant_ref: unknown parameter merchant_ref; known are merchant_reference, status, created_after, created_before, limit, starting_after"
            ]
        ),
        ("/v1/events?limit=5&before=x", ["before: unknown parameter before; known are after, type, limit"]),
        (
            "/v1/deliveries?type=x",
            [
                "type: unknown parameter type; known are status, event, endpoint, limit, starting_after"
            ]
        ),
        (
            "/v1/notifications?created_before=2026-01-02T03:04:05Z",
            [
                "created_before: unknown parameter created_before; known are verdict, created_after, limit, starting_after"
            ]
        ),
        ("/v1/payments?limit=5&limit=5", ["query: the query cannot be read: the field limit appears twice"]),
        ("/v1/payments?limit=%", ["query: the query cannot be read: bad percent-encoding at byte 6"]),
        ("/v1/payments?=1", ["query: the query cannot be read: a field without a name"]),
        ("/v1/payments?status=", ["status: status must be text of 1 to 255 bytes"]),
        ("/v1/payments?status=%FF", ["status: status must be text of 1 to 255 bytes"]),
        (
            "/v1/payments?merchant_reference=\(String(repeating: "r", count: 256))",
            ["merchant_reference: merchant_reference must be text of 1 to 255 bytes"]
        ),
        (
            "/v1/payments?status=paid",
            ["status: status must be one of requires_action, processing, held, shipped, succeeded, canceled, expired"]
        ),
        ("/v1/deliveries?status=failed", ["status: status must be one of pending, delivered, held, exhausted"]),
        (
            "/v1/payments?created_after=yesterday&created_before=2026-13-01T00:00:00Z&limit=0",
            [
                "limit: limit must be a whole number from 1 to 100",
                "created_after: created_after must be an RFC 3339 time such as 2026-01-02T03:04:05Z",
                "created_before: created_before must be an RFC 3339 time such as 2026-01-02T03:04:05Z",
            ]
        ),
        (
            "/v1/notifications?created_after=2026-01-02",
            ["created_after: created_after must be an RFC 3339 time such as 2026-01-02T03:04:05Z"]
        ),
    ])
    func `a parameter that is unknown, twice or unreadable is refused`(target: String, errors: [String]) async {
        let answer = await Desk().call(.get, target)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }

    // MARK: - Payments

    @Test(arguments: Engine.allCases)
    func `created_after and created_before both leave out the moment itself`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let first = await desk.create("ORDER-1").id
            desk.clock.advance(byMs: 1)
            let second = await desk.create("ORDER-2").id
            desk.clock.advance(byMs: 1)
            let third = await desk.create("ORDER-3").id
            func list(_ query: String) async -> [String] { await desk.call(.get, "/v1/payments?\(query)").ids }
            #expect(await list("created_after=2026-01-02T03:04:05Z") == [third, second])
            #expect(await list("created_after=2026-01-02T03:04:05.001Z") == [third])
            #expect(await list("created_after=2026-01-02T03:04:05.002Z") == [])
            #expect(await list("created_before=2026-01-02T03:04:05.002Z") == [second, first])
            #expect(await list("created_before=2026-01-02T03:04:05Z") == [])
            #expect(
                await list("created_after=2026-01-02T03:04:05Z&created_before=2026-01-02T03:04:05.002Z") == [second])
            #expect(await list("created_after=2026-01-02T11:04:05%2B08:00&limit=1") == [third])
            #expect(await list("created_after=9999-12-31T23:59:59.999Z") == [])
            #expect(await list("created_after=0000-01-01T00:00:00Z") == [third, second, first])
        }
    }

    @Test(arguments: Engine.allCases)
    func `payments are found by reference and by status`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let first = await desk.create("ORDER-1").id
            let second = await desk.create("ORDER-2").id
            desk.alipay.always { _ in .success(TradeAnswer.trade("ORDER-2", status: "TRADE_SUCCESS")) }
            #expect(await desk.call(.post, "/v1/payments/\(second)/sync").status == 200)
            #expect(await desk.call(.get, "/v1/payments?status=succeeded").ids == [second])
            #expect(await desk.call(.get, "/v1/payments?status=requires_action").ids == [first])
            #expect(await desk.call(.get, "/v1/payments?status=held").ids == [])
            #expect(await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1").ids == [first])
            #expect(await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1&status=succeeded").ids == [])
            #expect(await desk.call(.get, "/v1/payments?merchant_reference=order-1").ids == [])
            let paid = await desk.call(.get, "/v1/payments/\(second)")
            #expect(
                await desk.call(.get, "/v1/payments?status=succeeded").text == #"{"object":"list","data":["# + paid.text
                    + #"],"has_more":false}"#)
        }
    }

    // MARK: - Cursors

    @Test(arguments: Engine.allCases)
    func `a cursor that names nothing of this tenant's is refused by its name`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let theirs = await desk.create(key: Desk.teashopKey).id
            try await desk.keepSamples(tenant: "teashop", count: 1)
            let cursors = [
                ("payments?starting_after", [theirs, "pay_01KDYK0000000000000000000A", "x", "%00"]),
                ("deliveries?starting_after", ["dlv_teashop_1", "dlv_2", "%00"]),
                ("notifications?starting_after", ["ntf_teashop_1", "ntf_2", "%00"]),
                ("events?after", ["evt_teashop_1", "evt_2", "%00"]),
            ]
            for (parameter, values) in cursors {
                for value in values {
                    let answer = await desk.call(.get, "/v1/\(parameter)=\(value)")
                    let name = parameter.split(separator: "?")[1]
                    #expect(answer.status == 400, "\(parameter)=\(value)")
                    #expect(answer.errors == ["\(name): \(name) names nothing of this tenant's"])
                }
            }
        }
    }

    // MARK: - Events

    @Test(arguments: Engine.allCases)
    func `events come oldest first, after one, of one type`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keepSamples(tenant: "bookshop", count: 4)
            try await desk.keepSamples(tenant: "teashop", count: 1)
            let all = ["evt_bookshop_1", "evt_bookshop_2", "evt_bookshop_3", "evt_bookshop_4"]
            let first = await desk.call(.get, "/v1/events?limit=2")
            #expect(first.ids == Array(all[0...1]))
            #expect(first.hasMore == .bool(true))
            let second = await desk.call(.get, "/v1/events?limit=2&after=evt_bookshop_2")
            #expect(second.ids == Array(all[2...3]))
            #expect(second.hasMore == .bool(false))
            #expect(await desk.call(.get, "/v1/events?after=evt_bookshop_4").ids == [])
            // Odd ones are payments that succeeded, even ones were updated.
            #expect(await desk.call(.get, "/v1/events?type=payment.updated").ids == [all[1], all[3]])
            #expect(await desk.call(.get, "/v1/events?type=payment.updated&after=evt_bookshop_2").ids == [all[3]])
            #expect(await desk.call(.get, "/v1/events?type=webhook.test").ids == [])
            #expect(await desk.call(.get, "/v1/events?type=payment.paid").pointers == ["type"])
        }
    }

    @Test func `an event is its webhook's body, and says what it is`() async throws {
        let desk = Desk()
        try await desk.keepSamples(tenant: "bookshop", count: 1)
        #expect(
            await desk.call(.get, "/v1/events/evt_bookshop_1").text
                == #"{"id":"evt_bookshop_1","object":"event","type":"payment.succeeded","data":{}}"#)
    }

    // MARK: - Deliveries

    @Test(arguments: Engine.allCases)
    func `deliveries are found by status and by event`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keepSamples(tenant: "bookshop", count: 4)
            func list(_ query: String) async -> [String] { await desk.call(.get, "/v1/deliveries?\(query)").ids }
            #expect(await list("") == ["dlv_bookshop_4", "dlv_bookshop_3", "dlv_bookshop_2", "dlv_bookshop_1"])
            #expect(await list("event=evt_bookshop_3") == ["dlv_bookshop_3"])
            #expect(await list("event=evt_teashop_1") == [])
            #expect(await list("endpoint=default&limit=1") == ["dlv_bookshop_4"])
            #expect(await list("endpoint=erp") == [])
            #expect(await list("status=pending&limit=1") == ["dlv_bookshop_4"])
            #expect(await list("status=exhausted") == [])
            #expect(await list("starting_after=dlv_bookshop_3&limit=1") == ["dlv_bookshop_2"])
            let page = await desk.call(.get, "/v1/deliveries?limit=2&starting_after=dlv_bookshop_3")
            #expect(page.ids == ["dlv_bookshop_2", "dlv_bookshop_1"])
            #expect(page.hasMore == .bool(false))
        }
    }

    @Test func `a delivery that was not tried yet`() async throws {
        let desk = Desk()
        try await desk.keepSamples(tenant: "bookshop", count: 1)
        #expect(
            await desk.call(.get, "/v1/deliveries/dlv_bookshop_1").text == """
                {"id":"dlv_bookshop_1","object":"delivery","event":"evt_bookshop_1",\
                "event_type":"payment.succeeded","endpoint":"default","status":"pending",\
                "next_attempt_at":"2026-01-02T03:04:06.000Z","waiting_for":null,\
                "created_at":"2026-01-02T03:04:05.001Z","attempts":[]}
                """)
    }

    // MARK: - Notifications

    @Test(arguments: Engine.allCases)
    func `notifications are found by verdict and by time`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.keepSamples(tenant: "bookshop", count: 4)
            func list(_ query: String) async -> [String] { await desk.call(.get, "/v1/notifications?\(query)").ids }
            #expect(await list("") == ["ntf_bookshop_4", "ntf_bookshop_3", "ntf_bookshop_2", "ntf_bookshop_1"])
            // Odd ones were applied, even ones had a bad signature.
            #expect(await list("verdict=applied") == ["ntf_bookshop_3", "ntf_bookshop_1"])
            #expect(await list("verdict=applied&starting_after=ntf_bookshop_3") == ["ntf_bookshop_1"])
            #expect(await list("verdict=bad_signature&limit=1") == ["ntf_bookshop_4"])
            #expect(await list("created_after=2026-01-02T03:04:05.003Z") == ["ntf_bookshop_4"])
            #expect(await list("created_after=2026-01-02T03:04:05.004Z") == [])
            let page = await desk.call(.get, "/v1/notifications?limit=2&starting_after=ntf_bookshop_3")
            #expect(page.ids == ["ntf_bookshop_2", "ntf_bookshop_1"])
            #expect(page.hasMore == .bool(false))
            #expect(await desk.call(.get, "/v1/notifications?verdict=good").pointers == ["verdict"])
        }
    }

    @Test func `a notification shows what was posted and why it counted`() async throws {
        let desk = Desk()
        try await desk.keepSamples(tenant: "bookshop", count: 1)
        #expect(
            await desk.call(.get, "/v1/notifications").text == """
                {"object":"list","data":[{"id":"ntf_bookshop_1","object":"notification","payment":null,\
                "notify_id":"n-1","notify_type":"trade_status_sync","provider_status":"TRADE_SUCCESS",\
                "verdict":"applied","explanation":"SIGN equal, confirmed by Alipay",\
                "failure_cell":null,"received_at":"2026-01-02T03:04:05.001Z"}],"has_more":false}
                """)
    }
}

extension Desk {
    /// Keeps events, deliveries and notifications of a tenant, numbered from 1, each a millisecond after the last one.
    fileprivate func keepSamples(tenant: String, count: Int) async throws {
        for number in 1...count {
            let atMs = clock.nowMs + Int64(number)
            let isOdd = number % 2 == 1
            let type: EventType = isOdd ? .paymentSucceeded : .paymentUpdated
            let id = "evt_\(tenant)_\(number)"
            let event = Event(
                id: id, tenant: tenant, type: type, payment: nil, sequence: 0, timestampMs: atMs,
                body: Array("{\"id\":\"\(id)\",\"type\":\"\(type.rawValue)\",\"data\":{}}".utf8))
            let delivery = Delivery(
                id: "dlv_\(tenant)_\(number)", tenant: tenant, event: id, eventType: type, endpoint: "default",
                nextAttemptAtMs: clock.nowMs + 1000, createdAtMs: atMs)
            let notification = Notification(
                id: "ntf_\(tenant)_\(number)", tenant: tenant, payment: nil, notifyID: "n-\(number)",
                notifyType: "trade_status_sync", providerStatus: "TRADE_SUCCESS",
                verdict: isOdd ? .applied : .badSignature, explanation: "SIGN equal, confirmed by Alipay",
                receivedAtMs: atMs, body: Array("a=b".utf8))
            try await store.write { transaction throws(StoreError) in
                try transaction.insert(event, deliveries: [delivery])
                try transaction.insert(notification)
            }
        }
    }
}
