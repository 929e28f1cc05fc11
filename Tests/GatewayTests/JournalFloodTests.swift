import Diagnostics
import Gateway
import Payments
import Support
import Testing

/// What the journal keeps when somebody posts without end; every message is counted, whatever it keeps.
@Suite struct JournalFloodTests {
    private func count(_ bench: Bench, _ verdict: Verdict) -> Int {
        bench.metric("payrelay_notifications_total{tenant=\"shop\",verdict=\"\(verdict.rawValue)\"}")
    }

    private func notJournalled(_ bench: Bench) -> Int {
        bench.metric("payrelay_notifications_not_journalled_total{tenant=\"shop\"}")
    }

    @Test func `five thousand forged messages in a minute are 66 rows, and five thousand in the counters`() async throws
    {
        let bench = Bench()
        bench.answer(verify: { Bench.says("false") }, query: { Bench.noAnswer })
        for number in 0..<5000 {
            var forged = bench.message("TRADE_SUCCESS")
            forged.sign = "\(number)"
            // Every other one is no message at all.
            let body = number.isMultiple(of: 2) ? forged.body : "not a message \(number)"
            #expect(bench.post(body).success == false)
        }
        let rows = try await bench.journal()
        // 60, and the 120th, 240th, 480th, 960th, 1920th and 3840th.
        #expect(rows.count == 66)
        #expect(count(bench, .badSignature) == 2500 && count(bench, .malformed) == 2500)
        #expect(notJournalled(bench) == 5000 - rows.count)
        let sampled = rows.filter { $0.explanation.contains("; a sample: ") }
        #expect(sampled.count == 6)
        #expect(
            sampled.last?.explanation.hasSuffix(
                "; a sample: 60 such messages came since the row before it, this one included") == true)
        #expect(sampled.first?.explanation.contains("; a sample: 1920 such messages") == true)
        // The log grows no faster.
        #expect(bench.log.messages(.warning).filter { $0 == "notification refused" }.count == 66)
        #expect(bench.asked("notify_verify") == 1)
    }

    @Test func `what Alipay signed has its row in a flood of what it did not`() async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        for _ in 0..<1000 { bench.post("not a message") }
        #expect(bench.post(bench.message("TRADE_SUCCESS", reference: "ORDER-2").body).success == false)
        #expect(bench.post(bench.message("TRADE_SUCCESS").body).success == true)
        let verdicts = try await bench.journal().map(\.verdict)
        #expect(verdicts.contains(.unknownPayment) && verdicts.contains(.applied))
    }

    @Test(arguments: [
        (Verdict.repeat, "ORDER-1", Bench.sellerEmail, 65), (.unknownPayment, "ORDER-2", Bench.sellerEmail, 16 + 65),
        (.wrongSeller, "ORDER-1", "somebody@else.example", 16 + 65),
    ])
    func `a signed message that is posted without end is sampled`(
        verdict: Verdict, reference: String, seller: String, kept: Int
    ) async throws {
        let bench = Bench(notifyVerify: false)
        try await bench.addPayment()
        bench.post(bench.message("TRADE_SUCCESS").body)
        var message = bench.message("TRADE_SUCCESS", reference: reference)
        message.fields["seller_email"] = seller
        if verdict == .wrongSeller { message.fields["seller_id"] = nil }
        // It has its own notify_id, but for the repeat.
        if verdict != .repeat { message.fields["notify_id"] = "fedcba9876543210fedcba9876543210fe" }
        for _ in 0..<2000 { bench.post(message.body) }
        let rows = try await bench.journal().filter { $0.verdict == verdict }
        #expect(rows.count == kept)
        #expect(count(bench, verdict) == 2000)
        #expect(notJournalled(bench) == 2000 - kept)
    }

    /// A mistyped `seller_id` must not cost what Alipay says once: it is replayed when the file is right.
    @Test(arguments: [Verdict.unknownPayment, .wrongSeller])
    func `what Alipay says of two hundred orders is kept whole, whatever is wrong here`(verdict: Verdict) async throws {
        let bench = Bench(notifyVerify: false)
        for number in 0..<200 {
            var message = bench.message(
                "TRADE_SUCCESS", reference: "ORDER-\(number)", notifyID: "notify-\(number)",
                more: ["body": String(repeating: "x", count: 10_000)])
            if verdict == .wrongSeller {
                try await bench.addPayment("ORDER-\(number)")
                message.fields["seller_email"] = "somebody@else.example"
                message.fields["seller_id"] = nil
            }
            #expect(bench.post(message.body).success == false)
        }
        let rows = try await bench.journal().filter { $0.verdict == verdict }
        #expect(rows.count == 200 && rows.allSatisfy { $0.body.count > 10_000 })
        #expect(notJournalled(bench) == 0)
    }

    @Test func `a refused message that anybody posts again has sixteen rows, and then samples of its beginning`()
        async throws
    {
        let bench = Bench()
        try await bench.addPayment()
        bench.answer(verify: { Bench.says("false") }, query: { Bench.noAnswer })
        let body = bench.message("TRADE_SUCCESS", more: ["body": String(repeating: "x", count: 20_000)]).body
        for _ in 0..<500 { #expect(bench.post(body).success == false) }
        let rows = try await bench.journal()
        // 16, then 484 with 60 rows and those of the 120th, 240th and 480th.
        #expect(rows.count == 16 + 63)
        #expect(rows.filter { $0.body.count == body.utf8.count }.count == 16)
        #expect(rows.allSatisfy { $0.body.count <= RefusalBudget.bodyBytesKept || $0.body.count == body.utf8.count })
        #expect(count(bench, .notConfirmed) + count(bench, .confirmUnreachable) == 500)
        #expect(notJournalled(bench) == 500 - rows.count)
    }

    @Test func `what two hundred payments had refused at once has a row each`() async throws {
        let bench = Bench(tradeQuery: false)
        bench.answer(verify: { Bench.says("false") }, query: { nil })
        for number in 0..<200 {
            try await bench.addPayment("ORDER-\(number)")
            let message = bench.message("TRADE_SUCCESS", reference: "ORDER-\(number)", notifyID: "notify-\(number)")
            #expect(bench.post(message.body).success == false)
        }
        #expect(try await bench.journal().count { $0.verdict == .unsettled } == 200)
        #expect(notJournalled(bench) == 0)
    }

    @Test func `a row that the store could not keep is counted as none`() async throws {
        let store = MemoryStore()
        let bench = Bench(store: store)
        bench.answer(verify: { Bench.says("false") }, query: { nil })
        store.failNextWrites(1)
        bench.post("not a message")
        #expect(try await bench.journal().isEmpty)
        #expect(notJournalled(bench) == 1 && count(bench, .malformed) == 1)
        bench.post("not a message")
        #expect(try await bench.journal().first?.explanation.contains("a sample: 2 such messages") == true)
    }

    @Test func `of what a stranger says at length the beginning is kept`() async throws {
        let bench = Bench()
        bench.answer(verify: { Bench.says("false") }, query: { nil })
        var forged = bench.message(String(repeating: "S", count: 40_000))
        forged.sign = "0"
        bench.post(forged.body)
        let row = try await bench.journal().first
        #expect(row?.providerStatus == nil)
        #expect(row?.body.count == RefusalBudget.bodyBytesKept)
    }
}
