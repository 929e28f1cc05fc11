import HTTP
import JSON
import Payments
import Support
import Testing

/// `GET /v1/events?after=`: a merchant that only pulls misses nothing, sees nothing twice, and may come back when it likes.
struct PullTests {
    @Test(arguments: Engine.allCases)
    func `events come in the order they were committed, whatever their ids and times`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            for number in [5, 2, 9, 1] { try await desk.tell(number, atMs: Int64(number)) }
            let ids = ["evt_5", "evt_2", "evt_9", "evt_1"]
            #expect(await desk.call(.get, "/v1/events").ids == ids)
            #expect(await desk.call(.get, "/v1/events?after=evt_2").ids == ["evt_9", "evt_1"])
            #expect(await desk.call(.get, "/v1/events?after=evt_9").ids == ["evt_1"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `nothing is skipped or told twice while more is committed between the pages`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            var pulled: [String] = []
            var made = 0
            for round in 0..<8 {
                // Ids that fall, among those of another tenant.
                for _ in 0..<(round % 3 + 1) {
                    made += 1
                    try await desk.tell(100 - made)
                    try await desk.tell(made, tenant: "teashop")
                }
                let after = pulled.last.map { "&after=\($0)" } ?? ""
                pulled += await desk.call(.get, "/v1/events?limit=2\(after)").ids
            }
            while let rest = await desk.page(after: pulled.last), !rest.isEmpty { pulled += rest }
            #expect(pulled == (1...made).map { "evt_\(100 - $0)" })
            #expect(await desk.call(.get, "/v1/events?after=\(pulled.last ?? "")").hasMore == .bool(false))
        }
    }

    @Test(arguments: Engine.allCases)
    func `the last event seen is a cursor for as long as one likes`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.tell(1)
            for _ in 1...3 {
                #expect(await desk.call(.get, "/v1/events?after=evt_1").ids == [])
                desk.clock.advance(byMs: 86_400_000)
            }
            try await desk.tell(2)
            #expect(await desk.call(.get, "/v1/events?after=evt_1").ids == ["evt_2"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `a cursor is good for every type, whatever its own`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let types: [EventType] = [.paymentHeld, .refundFailed, .paymentHeld, .refundFailed, .paymentHeld]
            for (index, type) in types.enumerated() { try await desk.tell(index + 1, type: type) }
            func pull(_ query: String) async -> [String] { await desk.call(.get, "/v1/events?\(query)").ids }
            #expect(await pull("type=payment.held&limit=2") == ["evt_1", "evt_3"])
            #expect(await pull("type=payment.held&after=evt_2") == ["evt_3", "evt_5"])
            #expect(await pull("type=payment.held&after=evt_3") == ["evt_5"])
            #expect(await pull("type=refund.failed&after=evt_3") == ["evt_4"])
            #expect(await pull("after=evt_3") == ["evt_4", "evt_5"])
            #expect(await pull("type=payment.shipped&after=evt_3") == [])
        }
    }

    @Test(arguments: Engine.allCases)
    func `a cursor that is none is said to be so, and another tenant's is none`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            try await desk.tell(1)
            try await desk.tell(2, tenant: "teashop")
            for cursor in ["evt_3", "evt_teashop_2", "1", "dlv_1", "EVT_1"] {
                let answer = await desk.call(.get, "/v1/events?after=\(cursor)")
                #expect(answer.status == 400)
                #expect(answer.errors == ["after: after names nothing of this tenant's"])
            }
        }
    }
}

extension Desk {
    /// Commits an event: the bookshop's is `evt_<number>`, others' `evt_<tenant>_<number>`.
    fileprivate func tell(
        _ number: Int, tenant: String = "bookshop", type: EventType = .paymentSucceeded, atMs: Int64? = nil
    ) async throws {
        let id = tenant == "bookshop" ? "evt_\(number)" : "evt_\(tenant)_\(number)"
        let event = Event(
            id: id, tenant: tenant, type: type, payment: nil, sequence: 0, timestampMs: atMs ?? clock.nowMs,
            body: Array("{\"id\":\"\(id)\"}".utf8))
        try await store.write { transaction throws(StoreError) in try transaction.insert(event, deliveries: []) }
    }

    fileprivate func page(after: String?) async -> [String]? {
        let cursor = after.map { "&after=\($0)" } ?? ""
        let answer = await call(.get, "/v1/events?limit=3\(cursor)")
        return answer.status == 200 ? answer.ids : nil
    }
}
