import Diagnostics
import HTTP
import Payments
import Support
import Testing

/// When Alipay is asked, and when it is not.
@Suite(.timeLimit(.minutes(2))) struct ConfirmationTests {
    @Test func `a repeat after success is answered without asking anybody`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        let body = bench.message("TRADE_SUCCESS").body
        #expect(bench.post(body).success == true)
        for _ in 0..<3 { #expect(bench.post(body).success == true) }
        #expect(bench.alipay.requests.count == 1)
        #expect(try await bench.journal().map(\.verdict) == [.repeat, .repeat, .repeat, .applied])
        #expect(try await bench.eventTypes() == [.paymentSucceeded])
    }

    @Test func `what is not about us is refused, and one a minute finds its cell of Alipay's table`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        var seller = bench.message("TRADE_SUCCESS")
        seller.fields["seller_id"] = "2088999999999999"
        #expect(bench.post(seller.body).success == false)
        #expect(bench.post(bench.message("TRADE_SUCCESS", reference: "ORDER-2").body).success == false)
        #expect(try await bench.journal().map(\.verdict) == [.unknownPayment, .wrongSeller])
        #expect(try await bench.journal().map(\.failureCell) == ["equal_unasked", "equal_true"])
        #expect(bench.alipay.requests.count == 1)
    }

    @Test(arguments: ["false", "invalid", "<html>"])
    func `a refused row never stands in the way of the genuine message`(first: String) async throws {
        let bench = Bench()
        try await bench.addPayment()
        let message = bench.message("TRADE_SUCCESS")
        var forged = message
        forged.sign = "00000000000000000000000000000000"
        var malformed = message
        malformed.signType = nil
        var stranger = message
        stranger.fields["seller_id"] = "2088999999999999"
        var poorer = message
        poorer.fields["total_fee"] = "0.01"
        bench.answer(verify: { Bench.says(first) }, query: { Bench.noAnswer })
        for refused in [forged, malformed, stranger, message] { #expect(bench.post(refused.body).success == false) }
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        #expect(bench.post(poorer.body).success == false)
        #expect(bench.post(message.body).success == true)
        #expect(try await bench.journal().first?.verdict == .applied)
        #expect(try await bench.payment()?.status == .succeeded)
    }

    @Test func `a payment that comes into being meanwhile is not paid on a signature alone`() async throws {
        let store = InterruptedStore()
        let bench = Bench(store: store)
        let payment = bench.newPayment()
        store.interruptNextRead { store in
            store.write { transaction throws(StoreError) in
                try transaction.insert(payment)
            } then: { _ in
            }
        }
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        #expect(bench.post(bench.message("TRADE_SUCCESS").body).success == false)
        #expect(try await bench.payment()?.status == .requiresAction)
        #expect(try await bench.eventTypes() == [])
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        #expect(bench.post(bench.message("TRADE_SUCCESS").body).success == true)
        #expect(try await bench.payment()?.status == .succeeded)
    }

    @Test func `sixteen confirmations wait for Alipay, and the seventeenth is answered fail`() async throws {
        let bench = Bench()
        try await bench.addPayment()
        let waiting = (0..<16).map { bench.post(bench.message("TRADE_SUCCESS", notifyID: "waiting\($0)").body) }
        #expect(bench.alipay.waiting.count == 16)
        #expect(bench.post(bench.message("TRADE_SUCCESS", notifyID: "one-too-many").body).success == false)
        #expect(try await bench.journal().map(\.verdict) == [.confirmUnreachable])
        #expect(bench.alipay.requests.count == 16)
        #expect(waiting.allSatisfy { $0.success == nil })

        bench.alipay.answer(status: 200, body: "true")
        #expect(waiting[0].success == true)
        let next = bench.post(bench.message("TRADE_SUCCESS", notifyID: "one-too-many").body)
        #expect(bench.alipay.waiting.count == 16)
        while bench.alipay.answer(status: 200, body: "true") {}
        #expect(waiting.allSatisfy { $0.success == true } && next.success == true)
        #expect(try await bench.eventTypes() == [.paymentSucceeded])
    }

    @Test func `a trade query that a payment needs takes a slot as well`() async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        #expect(bench.post(bench.message("TRADE_CLOSED", notifyID: "closed").body).success == true)
        let late = (0..<17).map { bench.post(bench.message("TRADE_SUCCESS", notifyID: "late\($0)").body) }
        #expect(bench.asked("single_trade_query") == 16)
        #expect(late.map(\.success) == Array(repeating: nil, count: 16) + [false])
        let answer = HandMadeTradeAnswer(agreeingWith: bench.message("TRADE_SUCCESS"))
        while bench.alipay.answer(status: 200, body: answer.xml) {}
        #expect(late.dropLast().allSatisfy { $0.success == true })
        #expect(try await bench.eventTypes() == [.paymentExpired, .paymentLateSuccess])
    }

    @Test func `unsigned traffic is put to Alipay at most once in a minute`() async throws {
        let bench = Bench()
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        var forged = bench.message("TRADE_SUCCESS")
        forged.sign = "00000000000000000000000000000000"
        // Something malformed begins the minute in which rows are counted; it is not what questions are counted from.
        bench.post("nonsense")
        bench.clock.advance(byMs: 59_000)
        for _ in 0..<5 { #expect(bench.post(forged.body).success == false) }
        #expect(bench.alipay.requests.count == 1)
        bench.clock.advance(byMs: 2000)
        #expect(bench.post(forged.body).success == false)
        #expect(bench.alipay.requests.count == 1)
        bench.clock.advance(byMs: 57_999)
        #expect(bench.post(forged.body).success == false)
        #expect(bench.alipay.requests.count == 1)
        bench.clock.advance(byMs: 1)
        #expect(bench.post(forged.body).success == false)
        #expect(bench.alipay.requests.count == 2)
        let explained = try await bench.journal().filter {
            $0.explanation.contains("notify_verify true: Alipay did send it")
        }
        #expect(explained.count == 2 && explained.allSatisfy { $0.verdict == .badSignature })
        #expect(
            bench.metric("payrelay_provider_calls_total{tenant=\"shop\",service=\"notify_verify\",outcome=\"true\"}")
                == 2)
    }

    @Test func `a signature of another kind is refused, whatever Alipay says of the message`() async throws {
        let bench = Bench()
        bench.answer(verify: { Bench.says("true") }, query: { Bench.noAnswer })
        var forged = bench.message("TRADE_SUCCESS")
        forged.signType = "RSA"
        #expect(bench.post(forged.body).success == false)
        let row = try await bench.journal().first
        #expect(row?.verdict == .badSignature && row?.failureCell == "differs_true")
        #expect(row?.explanation.hasPrefix("sign_type is RSA, this tenant's contract signs with MD5; ") == true)
    }

    @Test func `sixty refused messages a minute are journalled, and all are counted`() async throws {
        let bench = Bench(notifyVerify: false)
        for _ in 0..<100 { #expect(bench.post("nonsense").success == false) }
        #expect(try await bench.journal().count == 60)
        #expect(bench.metric("payrelay_notifications_total{tenant=\"shop\",verdict=\"malformed\"}") == 100)
        bench.clock.advance(byMs: 60_000)
        bench.post("nonsense")
        #expect(try await bench.journal().count == 61)
    }

    @Test func `what strangers post fills neither the journal nor the log`() async throws {
        let bench = Bench(notifyVerify: false)
        let name = String(repeating: "n", count: 30_000)
        #expect(bench.post("\(name)=1&\(name)=2").success == false)
        let row = try #require(try await bench.journal().first)
        #expect(row.verdict == .malformed)
        #expect(row.explanation.utf8.count <= 300)
        #expect(row.body.count <= 8192)
        for line in bench.log.lines {
            for (_, value) in line.fields {
                if case .text(let text) = value { #expect(text.utf8.count <= 300) }
            }
        }
    }
}
