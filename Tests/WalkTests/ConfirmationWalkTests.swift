import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// `notify_verify` and the trade query, over sockets: with the simulator as the truth, or a gateway that keeps its callers
/// waiting. Every combination of their answers is in GatewayTests.
@Suite(.timeLimit(.minutes(2))) struct ConfirmationWalkTests {
    @Test func `a message that notify_verify does not know is taken if the trade says the same`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let success = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(success, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["not_confirmed"])
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.events(on: service).isEmpty)

            try world.loseNextNotification()
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.told(success, on: service) == "success")
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            #expect(try await world.verdicts(on: service) == ["applied", "not_confirmed"])
        }
    }

    @Test func `a key alone moves no money: other trades and other amounts are not confirmed`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let (_, cheap) = try await world.pay("ORDER-2", on: service)
            // The trade of another order, as if it had paid this one.
            let stolen = HandMadeNotification(reference: "ORDER-1", tradeNo: cheap, status: "TRADE_SUCCESS")
            #expect(try await world.told(stolen, on: service) == "fail")
            let finished = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_FINISHED")
            #expect(try await world.told(finished, on: service) == "fail")
            let closed = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_CLOSED")
            #expect(try await world.told(closed, on: service) == "fail")
            let invented = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            #expect(try await world.told(invented, on: service) == "fail")
            #expect(
                try await world.verdicts(on: service) == [
                    "not_confirmed", "not_confirmed", "not_confirmed", "not_confirmed", "applied",
                ])
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `notify_verify that fails, and a trade query that does not, apply what the query says`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            for kind in [Fault.Kind.status500, .answerFalse] {
                world.alipay.simulator.set(try #require(Fault(.verify, kind)))
            }
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.nextWebhook()["data"]?["id"]?.text == id)
            let row = try #require(try await world.journal(on: service).first)
            #expect(row["verdict"]?.text == "applied")
        }
    }

    @Test(arguments: [Fault.Kind.unsigned, .badSignature, .wrongAmount, .wrongSeller, .status500])
    func `a query whose answer proves nothing confirms nothing, and the next one does`(kind: Fault.Kind) async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            try world.loseNextNotification()
            _ = try world.alipay.simulator.move(trade, .pay)
            world.alipay.simulator.set(try #require(Fault(.query, kind)))
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.told(message, on: service) == "success")
            #expect(try await world.verdicts(on: service) == ["applied", "not_confirmed"])
        }
    }

    @Test func `a contract without the query that its file promises is unsettled`() async throws {
        var account = World.account
        account.contract.tradeQuery = false
        try await World.run(World.Options(accounts: [account, World.otherAccount])) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            let row = try #require(try await world.journal(on: service).first)
            #expect(row["verdict"]?.text == "unsettled")
            #expect(row["explanation"]?.text?.contains("ILLEGAL_PARTNER_EXTERFACE") == true)
            #expect(
                try await world.metric(#"payrelay_alarms_total{tenant="bookshop",kind="unsettled"}"#, on: service) == 1)
        }
    }

    @Test func `an Alipay that cannot be reached is no reason to believe anybody`() async throws {
        // A port where nobody listens any more.
        let gone = FakeAlipay()
        let url = try gone.start()
        gone.stop()
        try await World.run(World.Options(gatewayURL: url)) { world, service in
            let payment = try await world.create("ORDER-1", on: service)
            let message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            #expect(try await world.told(message, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["confirm_unreachable"])
            let id = try #require(payment["id"]?.text)
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            let (status, problem, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(
                status == 504 && problem["code"]?.text == "provider_timeout" && problem["outcome"]?.text == "unknown")
        }
    }

    @Test func `fifty posts of one notification at once are applied once`() async throws {
        try await World.run(World.Options(alipay: ["notify_verify: false"])) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            let answers = try await world.postAtOnce(50, message.body, on: service)
            #expect(answers == Array(repeating: "success", count: 50))
            #expect(
                try await world.verdicts(on: service).sorted() == ["applied"] + Array(repeating: "repeat", count: 49))
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `fifty at once that have to be confirmed ask sixteen times at most, and are applied once`() async throws
    {
        let fake = FakeAlipay()
        let url = try fake.start()
        defer { fake.stop() }
        try await World.run(World.Options(gatewayURL: url)) { world, service in
            _ = try await world.create("ORDER-1", on: service)
            let message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            let told = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 { group.addTask { try await world.post(message.body, on: service).text } }
                // Those without a slot are answered while the sixteen wait.
                var told: [String] = []
                for _ in 0..<34 { told.append(try await group.next() ?? "") }
                #expect(told == Array(repeating: "fail", count: 34))
                var arrivals = fake.arrivals.makeAsyncIterator()
                for _ in 0..<16 { #expect(await arrivals.next() == "notify_verify") }
                #expect(try await world.events(on: service).isEmpty)
                fake.release(with: "true")
                for try await text in group { told.append(text) }
                return told
            }
            #expect(told.count { $0 == "success" } == 16)
            #expect(fake.asked("notify_verify") == 16)
            // A repeat asks nobody.
            #expect(try await world.told(message, on: service) == "success")
            #expect(fake.asked("notify_verify") == 16 && fake.asked("single_trade_query") == 0)
            let verdicts = try await world.verdicts(on: service)
            #expect(verdicts.count { $0 == "applied" } == 1)
            #expect(verdicts.count { $0 == "repeat" } == 16)
            #expect(verdicts.count { $0 == "confirm_unreachable" } == 34)
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded"])
        }
    }

    @Test func `forged traffic asks Alipay once, and repeats of what is settled never`() async throws {
        let fake = FakeAlipay()
        fake.answer("notify_verify", "true")
        let url = try fake.start()
        defer { fake.stop() }
        try await World.run(World.Options(gatewayURL: url), clock: ManualClock()) { world, service in
            _ = try await world.create("ORDER-1", on: service)
            let message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            var forged = message
            forged.sign = "00000000000000000000000000000000"
            let answers = try await world.postAtOnce(20, forged.body, on: service)
            #expect(answers == Array(repeating: "fail", count: 20))
            #expect(fake.asked("notify_verify") == 1)
            #expect(try await world.told(message, on: service) == "success")
            #expect(try await world.told(message, on: service) == "success")
            #expect(fake.asked("notify_verify") == 2)
        }
    }
}

extension World {
    /// The next message that the simulator sends is lost on the way.
    func loseNextNotification() throws { alipay.simulator.set(try #require(Fault(.notification, .drop))) }

    func postAtOnce(_ count: Int, _ body: String, on service: Service) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<count { group.addTask { try await self.post(body, on: service).text } }
            var answers: [String] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }
}
