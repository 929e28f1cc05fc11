import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Testing

/// SQL and its wildcards are texts like any other, wherever they come into a search: nothing has them.
struct SQLTextTests {
    private static let texts = [
        "' OR 1=1 --", "\"; DROP TABLE payments; --", "%", "_", "ORDER_1", "ORDER%", "' OR tenant='teashop' --",
    ]

    private struct Kept {
        /// The bookshop's payments, newest first; the last one is ORDER-1.
        let ours: [String]
        /// The teashop's payment, ORDER-1 as well.
        let theirs: String
    }

    /// Both tenants have payments, an event, a delivery and a notification, and the bookshop has a refund.
    private static func fill(_ desk: Desk) async throws -> Kept {
        let first = await desk.payment("ORDER-1", at: "TRADE_SUCCESS").id
        desk.alipayAnswers(["refund_fastpay_by_platform_nopwd": TradeAnswer.done])
        _ = await desk.call(.post, "/v1/payments/\(first)/refunds")
        let second = await desk.create("ORDER-2").id
        let theirs = await desk.create("ORDER-1", key: Desk.teashopKey).id
        for tenant in ["bookshop", "teashop"] {
            try await desk.keep(1, DeliverySample(tenant: tenant, status: .pending))
            _ = await desk.call(.post, "/notify/\(tenant)", key: nil, body: "a=b")
        }
        return Kept(ours: [second, first], theirs: theirs)
    }

    /// All that was kept is there, for its own tenant.
    private static func expectAll(_ kept: Kept, _ desk: Desk) async {
        #expect(await desk.call(.get, "/v1/payments").ids == kept.ours)
        #expect(await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1").ids == [kept.ours[1]])
        #expect(await desk.call(.get, "/v1/payments", key: Desk.teashopKey).ids == [kept.theirs])
        #expect(await desk.call(.get, "/v1/refunds?payment=\(kept.ours[1])").ids.count == 1)
        #expect(await desk.call(.get, "/v1/events").ids.count == 2)
        #expect(await desk.call(.get, "/v1/deliveries").ids.count == 2)
        #expect(await desk.call(.get, "/v1/notifications").ids.count == 1)
        for list in ["events", "deliveries", "notifications"] {
            #expect(await desk.call(.get, "/v1/\(list)", key: Desk.teashopKey).ids.count == 1, "\(list)")
        }
    }

    @Test(arguments: Engine.allCases)
    func `in a filter they find nothing, of this tenant or of another`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let kept = try await SQLTextTests.fill(desk)
            for text in SQLTextTests.texts.map({ HandMadeNotification.encode($0) }) {
                for filter in [
                    "payments?merchant_reference", "refunds?payment", "deliveries?event", "deliveries?endpoint",
                ] {
                    let answer = await desk.call(.get, "/v1/\(filter)=\(text)")
                    #expect(answer.status == 200, "\(filter)=\(text)")
                    #expect(answer.text == #"{"object":"list","data":[],"has_more":false}"#, "\(filter)=\(text)")
                }
                for filter in [
                    "payments?status", "payments?created_after", "payments?limit", "deliveries?status", "events?type",
                    "notifications?verdict",
                ] {
                    let answer = await desk.call(.get, "/v1/\(filter)=\(text)")
                    #expect(answer.status == 400, "\(filter)=\(text)")
                    #expect(answer.pointers == [String(filter.split(separator: "?")[1])], "\(filter)=\(text)")
                }
            }
            await SQLTextTests.expectAll(kept, desk)
        }
    }

    @Test(arguments: Engine.allCases)
    func `as a cursor they name nothing of this tenant's`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let kept = try await SQLTextTests.fill(desk)
            for text in SQLTextTests.texts.map({ HandMadeNotification.encode($0) }) {
                for cursor in [
                    "events?after", "payments?starting_after", "refunds?starting_after", "deliveries?starting_after",
                    "notifications?starting_after",
                ] {
                    let answer = await desk.call(.get, "/v1/\(cursor)=\(text)")
                    let name = cursor.split(separator: "?")[1]
                    #expect(answer.status == 400, "\(cursor)=\(text)")
                    #expect(answer.errors == ["\(name): \(name) names nothing of this tenant's"])
                }
            }
            await SQLTextTests.expectAll(kept, desk)
        }
    }

    @Test(arguments: Engine.allCases)
    func `in a path they are the id of nothing, and nobody is asked`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let kept = try await SQLTextTests.fill(desk)
            let calls = desk.alipay.requests.count
            // As they stand, and as a client would write them.
            for id in SQLTextTests.texts + SQLTextTests.texts.map({ HandMadeNotification.encode($0) }) {
                for object in ["payments", "refunds", "events", "deliveries"] {
                    let answer = await desk.call(.get, "/v1/\(object)/\(id)")
                    #expect(answer.status == 404, "\(object)/\(id)")
                    #expect(answer.code == "not_found", "\(object)/\(id)")
                }
                for path in [
                    "payments/\(id)/cancel", "payments/\(id)/sync", "payments/\(id)/refunds", "events/\(id)/redeliver",
                ] {
                    #expect(await desk.call(.post, "/v1/\(path)").code == "not_found", "\(path)")
                }
                let shipment = await desk.call(.post, "/v1/payments/\(id)/shipments", body: #"{"carrier": "SF"}"#)
                #expect(shipment.code == "not_found", "\(id)")
                #expect(await desk.browse("/checkout/\(id)").status == 404, "\(id)")
                #expect(await desk.browse("/return/\(id)").status == 404, "\(id)")
                #expect(await desk.call(.post, "/notify/\(id)", key: nil, body: "a=b").status == 404, "\(id)")
            }
            #expect(desk.alipay.requests.count == calls)
            await SQLTextTests.expectAll(kept, desk)
        }
    }
}
