import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing
import Text

/// The faults that every service for servers has, shown on refunds, where they cost money.
@Suite struct ServiceFaultTests {
    /// What became of a refund of 1.00 under a fault: the answer if one came, and the trade.
    static func refund(_ kind: Fault.Kind, code: String = Fault.codePreset) throws -> (RecordedReply, Trade, TestWorld)
    {
        let world = TestWorld()
        let trade = try world.paidTrade()
        world.simulator.set(try found(Fault(.refund, kind, code: code)))
        let fields = Fields([
            "service": "refund_fastpay_by_platform_nopwd", "partner": TestWorld.partner, "_input_charset": "utf-8",
            "notify_url": "http://merchant.example/notify/refunds", "refund_date": "2026-01-02 11:04:05",
            "batch_no": "20260102001", "batch_num": "1", "detail_data": "\(trade.tradeNo)^1.00^a",
        ])
        let reply = RecordedReply()
        world.simulator.handle(
            Request(method: .get, path: "/gateway.do", query: TestWorld.sign(fields).formEncoded()), reply)
        return (reply, try found(world.simulator.trade(trade.tradeNo)), world)
    }

    @Test func `without an answer nothing happened, and with a lost one the money has moved`() throws {
        let (silent, untouched, _) = try ServiceFaultTests.refund(.noAnswer)
        #expect(silent.response == nil)
        #expect(untouched.refundedFen == 0)
        let (lost, refunded, world) = try ServiceFaultTests.refund(.answerLost)
        #expect(lost.response == nil)
        #expect(refunded.refundedFen == 100)
        world.simulator.clearFaults()
        #expect(lost.response?.status == 503)
    }

    @Test(arguments: [(Fault.Kind.error, 0), (.errorAfterEffect, 100)] as [(Fault.Kind, Int64)])
    func `any code may be the answer, with the effect or without`(kind: Fault.Kind, refundedFen: Int64) throws {
        let (reply, trade, world) = try ServiceFaultTests.refund(kind, code: "SELLER_BALANCE_NOT_ENOUGH")
        #expect(world.text(reply.response).hasSuffix("<error>SELLER_BALANCE_NOT_ENOUGH</error></alipay>"))
        #expect(trade.refundedFen == refundedFen)
    }

    @Test func `garbled XML breaks off, and a page of HTML calls itself XML`() throws {
        let (garbled, refunded, _) = try ServiceFaultTests.refund(.garbled)
        #expect(refunded.refundedFen == 100)
        let body = try found(garbled.response).body
        #expect(body.starts(with: Array("<?xml".utf8)))
        #expect(throws: XMLError.self) { try XMLReader.read(body) }
        let (page, untouched, world) = try ServiceFaultTests.refund(.htmlPage)
        #expect(untouched.refundedFen == 0)
        #expect(page.response?.headers["Content-Type"] == "text/xml; charset=utf-8")
        #expect(world.text(page.response).hasPrefix("<!doctype html>"))
    }

    @Test func `status 500 and slowness are there too`() throws {
        let (reply, trade, _) = try ServiceFaultTests.refund(.status500)
        #expect(reply.response?.status == 500)
        #expect(trade.refundedFen == 0)
        let (slow, before, world) = try ServiceFaultTests.refund(.slow)
        #expect(slow.response == nil && before.refundedFen == 0)
        world.clock.advance(byMs: 1000)
        #expect(slow.response?.status == 200)
        #expect(world.simulator.trade(before.tradeNo)?.refundedFen == 100)
    }

    @Test(arguments: [
        Fault.Target.query, .sendGoods, .closeTrade, .timestamp, .refund, .refundQuery, .precreate, .createAndPay,
        .acquireQuery, .acquireRefund, .acquireCancel, .acquireClose,
    ])
    func `every service for servers knows the common faults, by its own name`(target: Fault.Target) throws {
        let services: [Fault.Target: String] = [
            .query: "single_trade_query", .sendGoods: "send_goods_confirm_by_platform", .closeTrade: "close_trade",
            .timestamp: "query_timestamp", .refund: "refund_fastpay_by_platform_nopwd",
            .refundQuery: "refund_fastpay_query", .precreate: "alipay.acquire.precreate",
            .createAndPay: "alipay.acquire.createandpay", .acquireQuery: "alipay.acquire.query",
            .acquireRefund: "alipay.acquire.refund", .acquireCancel: "alipay.acquire.cancel",
            .acquireClose: "alipay.acquire.close",
        ]
        let world = TestWorld()
        let service = try found(services[target])
        for kind in [.noAnswer, .answerLost, .garbled, .htmlPage, .slow, .status500] as [Fault.Kind] {
            #expect(Fault(target, kind) != nil)
        }
        world.simulator.set(try found(Fault(target, .error, code: "GENERAL_FAILTURE")))
        #expect(world.ask(service, [:]).contains("GENERAL_FAILTURE"))
        #expect(!world.ask(service, [:]).contains("GENERAL_FAILTURE"))
    }

    @Test(arguments: [Fault.Kind.unsigned, .badSignature]) func `a time stamp may come unsigned or signed wrongly`(
        kind: Fault.Kind
    ) throws {
        let world = TestWorld()
        world.simulator.set(try FaultTests.fault(.timestamp, kind))
        let (elements, sign) = try read(world.ask("query_timestamp", [:]), wrapper: "timestamp")
        #expect(sign != PartnerSignature.md5(elements, key: TestWorld.key))
        #expect((sign == nil) == (kind == .unsigned))
    }

    @Test(arguments: ["", "system_error", "A B", "<A>", String(repeating: "A", count: 65)])
    func `what is no code is no fault`(code: String) { #expect(Fault(.refund, .error, code: code) == nil) }

    @Test func `the control API sets a code and shows it`() throws {
        let world = TestWorld()
        let set = try ControlTests.ask(
            world, .post, "/simulator/faults",
            body: #"{"target":"refund_item","fault":"error","code":"TRADE_HAS_FINISHED"}"#)
        #expect(ControlTests.items(set.json).map { $0["code"]?.text } == ["TRADE_HAS_FINISHED"])
        #expect(world.simulator.pendingFaults == [Fault(.refundItem, .error, code: "TRADE_HAS_FINISHED")])
    }

    @Test func `by the old schedule the first repeat comes after three minutes`() throws {
        let world = TestWorld(repeats: .old)
        world.inbox.answerAlways(.body("fail"))
        _ = try world.paidTrade()
        world.clock.advance(byMs: 179_999)
        #expect(world.inbox.requests.count == 1)
        world.clock.advance(byMs: 1)
        #expect(world.inbox.requests.count == 2)
        world.clock.advance(byMs: 600_000)
        #expect(world.inbox.requests.count == 3)
    }
}
