import Diagnostics
import HTTP
import Simulator
import Support
import Testing

@Suite struct FaultTests {
    static let minuteMs: Int64 = 60_000

    static func fault(_ target: Fault.Target, _ kind: Fault.Kind, count: Int = 1, delayMs: Int64 = 1000) throws -> Fault
    {
        try found(Fault(target, kind, count: count, delayMs: delayMs))
    }

    @Test func `a bad signature spoils one message, and its repeat is good`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .badSignature))
        world.inbox.answer(.body("fail"))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 4 * FaultTests.minuteMs)
        #expect(try world.inbox.forms.map { PartnerSignature.isValid($0, key: TestWorld.key) } == [false, true])
        #expect(try world.inbox.forms[0].text("sign")?.utf8.count == 32)
        #expect(world.simulator.notifications().first?.attempts.map(\.faults) == [[.badSignature], []])
    }

    @Test func `a wrong amount and a wrong seller are signed all the same`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .wrongAmount))
        world.simulator.set(try FaultTests.fault(.notification, .wrongSeller))
        _ = try world.paidTrade()
        let form = try found(world.inbox.forms.first)
        #expect(form.text("total_fee") == "120.51")
        #expect(form.text("seller_id") == "2088999999999999")
        #expect(PartnerSignature.isValid(form, key: TestWorld.key))
    }

    @Test func `a duplicate is sent twice at once and repeated once`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .duplicate))
        world.inbox.answer(.body("fail"), .body("fail"))
        _ = try world.paidTrade()
        #expect(world.inbox.requests.count == 2)
        #expect(world.inbox.requests[0].body == world.inbox.requests[1].body)
        world.clock.advance(byMs: 86_400_000)
        #expect(world.inbox.requests.count == 3)
    }

    @Test func `success to either of two copies is enough`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .duplicate))
        world.inbox.answer(.body("fail"), .body("success"))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 86_400_000)
        #expect(world.inbox.requests.count == 2)
        #expect(world.simulator.notifications().first?.state == .acknowledged)
    }

    @Test func `out of order goes after the next one`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .outOfOrder))
        let trade = try world.paidTrade()
        #expect(world.inbox.requests.isEmpty)
        try world.simulator.move(trade.tradeNo, .finish)
        #expect(try world.inbox.forms.map { $0.text("trade_status") } == ["TRADE_FINISHED", "TRADE_SUCCESS"])
        world.clock.advance(byMs: 86_400_000)
        #expect(world.inbox.requests.count == 2)
    }

    @Test func `what nothing overtakes goes after four minutes`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .outOfOrder))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 4 * FaultTests.minuteMs - 1)
        #expect(world.inbox.requests.isEmpty)
        world.clock.advance(byMs: 1)
        #expect(world.inbox.requests.count == 1)
    }

    @Test func `slow is later by just so much`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .slow, delayMs: 5000))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 4999)
        #expect(world.inbox.requests.isEmpty)
        world.clock.advance(byMs: 1)
        #expect(try world.inbox.forms.map { $0.text("notify_time") } == ["2026-01-02 11:04:10"])
    }

    @Test func `a dropped message is repeated, and with eight of them the notification is lost`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .drop))
        _ = try world.paidTrade()
        #expect(world.inbox.requests.isEmpty)
        world.clock.advance(byMs: 4 * FaultTests.minuteMs)
        #expect(world.inbox.requests.count == 1)

        world.simulator.set(try FaultTests.fault(.notification, .drop, count: 8))
        _ = try world.paidTrade(TestWorld.order(["out_trade_no": "ORDER-2"]))
        world.clock.advance(byMs: 2 * 86_400_000)
        #expect(world.inbox.requests.count == 1)
        #expect(world.simulator.notifications().first?.state == .exhausted)
    }

    @Test func `a fault strikes as many messages as was said`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.notification, .badSignature, count: 2))
        for number in 1...3 { _ = try world.paidTrade(TestWorld.order(["out_trade_no": "ORDER-\(number)"])) }
        #expect(try world.inbox.forms.map { PartnerSignature.isValid($0, key: TestWorld.key) } == [false, false, true])
        #expect(world.simulator.pendingFaults.isEmpty)
    }

    @Test(arguments: [(Fault.Kind.answerFalse, "false"), (.answerInvalid, "invalid")])
    func `notify_verify says what it is told to, once`(kind: Fault.Kind, answer: String) throws {
        let world = TestWorld()
        world.inbox.answer(.never)
        _ = try world.paidTrade()
        let id = try found(world.inbox.forms.first?.text("notify_id"))
        world.simulator.set(try FaultTests.fault(.verify, kind))
        #expect(world.verify(id) == answer)
        #expect(world.verify(id) == "true")
    }

    @Test func `a query can be unsigned, signed wrongly, or tell another amount or seller`() throws {
        let world = TestWorld()
        let trade = try world.paidTrade()
        let ask = { (kind: Fault.Kind) throws in
            world.simulator.set(try FaultTests.fault(.query, kind))
            return try TradeQueryTests.read(world.query("trade_no", trade.tradeNo))
        }
        #expect(try ask(.unsigned).sign == nil)
        let spoilt = try ask(.badSignature)
        #expect(spoilt.sign != PartnerSignature.md5(spoilt.elements, key: TestWorld.key))
        for kind in [.wrongAmount, .wrongSeller] as [Fault.Kind] {
            let (elements, sign) = try ask(kind)
            #expect(sign == PartnerSignature.md5(elements, key: TestWorld.key))
            #expect(elements.text("total_fee") == (kind == .wrongAmount ? "120.51" : "120.50"))
            #expect(elements.text("seller_id") == (kind == .wrongSeller ? "2088999999999999" : TestWorld.partner))
        }
    }

    @Test(arguments: [Fault.Target.query, .verify]) func `a call can be 500, slow, or never answered`(
        target: Fault.Target
    ) throws {
        let world = TestWorld()
        let service = target == .query ? "single_trade_query" : "notify_verify"
        let query = TestWorld.sign(Fields(["service": service, "partner": TestWorld.partner])).formEncoded()
        let ask = { () in
            let reply = RecordedReply()
            world.simulator.handle(Request(method: .get, path: "/gateway.do", query: query), reply)
            return reply
        }
        world.simulator.set(try FaultTests.fault(target, .status500))
        #expect(ask().response?.status == 500)

        world.simulator.set(try FaultTests.fault(target, .slow, delayMs: 3000))
        let slow = ask()
        world.clock.advance(byMs: 2999)
        #expect(slow.response == nil)
        world.clock.advance(byMs: 1)
        #expect(slow.response?.status == 200)

        world.simulator.set(try FaultTests.fault(target, .noAnswer))
        let unanswered = ask()
        world.clock.advance(byMs: 299_999)
        #expect(unanswered.response == nil)
        world.clock.advance(byMs: 1)
        #expect(unanswered.response?.status == 503)
        #expect(ask().response?.status == 200)
    }

    @Test func `256 peers are left waiting, one more is answered 503, and clearing answers them all`() throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.verify, .noAnswer, count: 1000))
        for _ in 1...256 { #expect(world.verify("x") == "") }
        #expect(world.simulator.heldReplies == 256)
        #expect(world.send(.get, "/gateway.do", query: Array("service=notify_verify".utf8))?.status == 503)
        world.simulator.clearFaults()
        #expect(world.simulator.heldReplies == 0)
        #expect(world.verify("x") == "false")
    }

    @Test func `a fault that its target does not know, or a number out of range, is none`() {
        #expect(Fault(.verify, .badSignature) == nil)
        #expect(Fault(.notification, .unsigned) == nil)
        #expect(Fault(.query, .slow, count: 0) == nil)
        #expect(Fault(.query, .slow, count: 10_001) == nil)
        #expect(Fault(.query, .slow, delayMs: 600_001) == nil)
    }

    @Test func `settings may begin with faults`() throws {
        let inbox = Inbox()
        let world = TestWorld()
        let simulator = AlipaySimulator(
            settings: SimulatorSettings(faults: [try FaultTests.fault(.verify, .answerFalse, count: 3)]), sender: inbox,
            clock: world.clock, logger: .none)
        #expect(simulator.pendingFaults.map(\.count) == [3])
    }
}
