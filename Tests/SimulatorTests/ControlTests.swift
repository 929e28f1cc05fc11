import HTTP
import JSON
import Simulator
import Support
import Testing

@Suite struct ControlTests {
    static func ask(
        _ world: TestWorld, _ method: Method, _ path: String, query: String = "", body: String = ""
    ) throws -> (status: Int, json: JSONValue) {
        let response = try found(world.send(method, path, query: Array(query.utf8), body: Array(body.utf8)))
        #expect(response.headers["Content-Type"] == "application/json")
        return (response.status, try JSONReader.read(response.body))
    }

    static func items(_ json: JSONValue) -> [JSONValue] {
        if case .array(let items)? = json["data"] { items } else { [] }
    }

    @Test func `trades are listed newest first and by order`() throws {
        let world = TestWorld()
        for number in 1...3 { _ = try world.openTrade(TestWorld.order(["out_trade_no": "ORDER-\(number)"])) }
        let all = try ControlTests.ask(world, .get, "/simulator/trades", query: "limit=2").json
        #expect(ControlTests.items(all).map { $0["out_trade_no"]?.text } == ["ORDER-3", "ORDER-2"])
        let one = try ControlTests.ask(world, .get, "/simulator/trades", query: "out_trade_no=ORDER-1").json
        #expect(ControlTests.items(one).map { $0["amount"]?.int64 } == [12050])
    }

    @Test func `every action moves the trade and answers it`() throws {
        for (before, action, body, status) in [
            ([], "pay", "", "TRADE_SUCCESS"), ([], "close", "", "TRADE_CLOSED"), ([], "freeze", "", "TRADE_PENDING"),
            ([.freeze], "unfreeze", "", "TRADE_SUCCESS"), ([.pay], "finish", "", "TRADE_FINISHED"),
            ([.pay], "refund", "{\"amount\":50}", "TRADE_SUCCESS"),
            ([.pay], "refund", "{\"amount\":12050}", "TRADE_CLOSED"),
            ([], "change_price", "{\"amount\":9}", "WAIT_BUYER_PAY"), ([.pay], "pay_again", "", "TRADE_SUCCESS"),
        ] as [([TradeMove], String, String, String)] {
            let world = TestWorld()
            let trade = try world.openTrade()
            for move in before { try world.simulator.move(trade.tradeNo, move) }
            let answer = try ControlTests.ask(world, .post, "/simulator/trades/\(trade.tradeNo)/\(action)", body: body)
            #expect(answer.status == 200)
            #expect(answer.json["status"]?.text == status, "\(action)")
            #expect((answer.json["trade_no"]?.text == trade.tradeNo) == (action != "pay_again"))
        }
    }

    @Test func `what cannot be done says why`() throws {
        let world = TestWorld()
        let trade = try world.openTrade()
        for (method, path, body, status, error) in [
            (.post, "trades/\(trade.tradeNo)/finish", "", 409, "TRADE_STATUS_NOT_AVAILD"),
            (.post, "trades/\(trade.tradeNo)/change_price", "{\"amount\":0}", 409, "ILLEGAL_FEE_PARAM"),
            (.post, "trades/\(trade.tradeNo)/refund", "{\"amount\":1.5}", 400, "invalid_request"),
            (.post, "trades/\(trade.tradeNo)/refund", "[1]", 400, "invalid_request"),
            (.post, "trades/\(trade.tradeNo)/refund", "", 400, "invalid_request"),
            (.post, "trades/\(trade.tradeNo)/dance", "", 404, "not_found"),
            (.post, "trades/1/pay", "", 404, "TRADE_NOT_EXIST"), (.get, "trades/1", "", 404, "TRADE_NOT_EXIST"),
            (.get, "nothing", "", 404, "not_found"), (.delete, "trades", "", 404, "not_found"),
            (.post, "faults", "{\"target\":\"moon\",\"fault\":\"slow\"}", 400, "invalid_request"),
            (.post, "faults", "{\"target\":\"verify\",\"fault\":\"drop\"}", 400, "invalid_request"),
            (.post, "faults", "{\"target\":\"verify\",\"fault\":\"slow\",\"count\":\"1\"}", 400, "invalid_request"),
        ] as [(Method, String, String, Int, String)] {
            let answer = try ControlTests.ask(world, method, "/simulator/" + path, body: body)
            #expect(answer.status == status, "\(path)")
            #expect(answer.json["error"]?.text == error, "\(path)")
        }
        let limit = try ControlTests.ask(world, .get, "/simulator/trades", query: "limit=1001")
        #expect(limit.status == 400)
    }

    @Test func `notifications are listed with every attempt and its answer`() throws {
        let world = TestWorld()
        world.inbox.answer(.body("fail"), .error(.reset))
        let trade = try world.paidTrade()
        world.clock.advance(byMs: 240_000)
        let answer = try ControlTests.ask(world, .get, "/simulator/notifications", query: "trade_no=\(trade.tradeNo)")
        let notification = try found(ControlTests.items(answer.json).first)
        #expect(notification["state"]?.text == "pending")
        #expect(notification["next_attempt_at"]?.text == "2026-01-02T03:18:05.000Z")
        guard case .array(let attempts)? = notification["attempts"] else { throw NothingFound() }
        #expect(attempts.map { $0["outcome"]?.text } == ["answered", "failed"])
        #expect(attempts[0]["body"]?.text == "fail")
        #expect(attempts[0]["status_code"]?.int64 == 200)
        #expect(attempts[1]["error"]?.text == "reset")
        #expect(attempts[1]["sent_at"]?.text == "2026-01-02T03:08:05.000Z")
    }

    @Test func `faults are set, listed and taken back`() throws {
        let world = TestWorld()
        let set = try ControlTests.ask(
            world, .post, "/simulator/faults",
            body: "{\"target\":\"notification\",\"fault\":\"slow\",\"count\":2,\"delay_ms\":1500}")
        #expect(
            set.json
                == (try JSONReader.read(
                    Array(#"{"data":[{"target":"notification","fault":"slow","count":2,"delay_ms":1500}]}"#.utf8))))
        #expect(world.simulator.pendingFaults == [Fault(.notification, .slow, count: 2, delayMs: 1500)])
        let cleared = try ControlTests.ask(world, .delete, "/simulator/faults")
        #expect(ControlTests.items(cleared.json).isEmpty)
    }

    @Test func `no key is in any answer`() throws {
        let world = TestWorld()
        _ = try world.paidTrade()
        for path in ["trades", "notifications", "faults"] {
            let text = world.text(world.send(.get, "/simulator/" + path))
            #expect(!text.contains("abcdefghijklmnopqrstuvwxyz012345"))
        }
    }
}
