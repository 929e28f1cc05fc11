import HTTP
import Payments
import Support
import Testing

/// A notification with a good signature: what `notify_verify` says, crossed with what the trade query says.
@Suite(.timeLimit(.minutes(2))) struct ConfirmationTableTests {
    enum Verify: CaseIterable, Sendable { case `true`, `false`, invalid, noAnswer, status500, garbage }

    enum Query: CaseIterable, Sendable {
        case agrees
        /// Paid and finished by now.
        case isFarther
        case isNotAsFar, otherAmount, otherTrade, otherOrder, otherSeller, notFound, unsigned, wrongSignature
        /// `ILLEGAL_PARTNER_EXTERFACE`.
        case notInContract
        case refused, noAnswer, status500, garbage
        /// The tenant's file says `trade_query: false`.
        case contractWithout
    }

    static func expected(_ verify: Verify, _ query: Query) -> Verdict {
        switch (verify, query) {
        case (.true, _): .applied
        case (.invalid, _): .confirmRefused
        case (_, .agrees), (_, .isFarther): .applied
        case (_, .notInContract), (.false, .contractWithout): .unsettled
        case (.false, _): .notConfirmed
        case (_, .isNotAsFar), (_, .otherAmount), (_, .otherTrade), (_, .notFound): .notConfirmed
        case (_, .otherOrder), (_, .otherSeller), (_, .unsigned), (_, .wrongSignature), (_, .refused), (_, .noAnswer),
            (_, .status500), (_, .garbage), (_, .contractWithout):
            .confirmUnreachable
        }
    }

    @Test(arguments: Verify.allCases, Query.allCases)
    func `verify and query together give the verdict of the contract`(verify: Verify, query: Query) async throws {
        let bench = Bench(tradeQuery: query != .contractWithout)
        try await bench.addPayment()
        let message = bench.message("TRADE_SUCCESS", more: ["gmt_payment": "2026-01-02 03:04:59"])
        bench.answer(verify: { Self.answer(verify) }, query: { Self.answer(query, message) })
        let told = bench.post(message.body)
        let verdict = Self.expected(verify, query)
        #expect(told.success == (verdict == .applied))
        let row = try #require(try await bench.journal().first)
        #expect(row.verdict == verdict, "\(row.explanation)")
        #expect(row.explanation.hasPrefix("SIGN equal"))
        #expect(try await bench.journal().count == 1)
        #expect(try await bench.payment()?.status == (verdict == .applied ? .succeeded : .requiresAction))
        #expect(try await bench.eventTypes() == (verdict == .applied ? [.paymentSucceeded] : []))
        #expect(bench.asked("notify_verify") == 1)
        let mayAsk = verify != .true && verify != .invalid && query != .contractWithout
        #expect(bench.asked("single_trade_query") == (mayAsk ? 1 : 0))
        #expect(
            bench.metric("payrelay_alarms_total{tenant=\"shop\",kind=\"unsettled\"}") == (verdict == .unsettled ? 1 : 0)
        )
    }

    private static func answer(_ verify: Verify) -> ScriptedSender.Answer {
        switch verify {
        case .true: Bench.says("true")
        case .false: Bench.says("false")
        case .invalid: Bench.says("invalid")
        case .noAnswer: Bench.noAnswer
        case .status500: Bench.says("true", status: 500)
        case .garbage: Bench.says("<html>true</html>")
        }
    }

    private static func answer(_ query: Query, _ message: HandMadeNotification) -> ScriptedSender.Answer {
        var answer = HandMadeTradeAnswer(agreeingWith: message)
        switch query {
        case .agrees: break
        case .isFarther: answer.fields["trade_status"] = "TRADE_FINISHED"
        case .isNotAsFar: answer.fields["trade_status"] = "WAIT_BUYER_PAY"
        case .otherAmount: answer.fields["total_fee"] = "0.01"
        case .otherTrade: answer.fields["trade_no"] = "2026010222001400000000000099"
        case .otherOrder: answer.fields["out_trade_no"] = "ORDER-2"
        case .otherSeller: answer.fields["seller_id"] = "2088999999999999"
        case .unsigned: answer.sign = ""
        case .wrongSignature: answer.sign = "00000000000000000000000000000000"
        case .notFound: return Bench.says(HandMadeTradeAnswer.refusal("TRADE_NOT_EXIST"))
        case .notInContract: return Bench.says(HandMadeTradeAnswer.refusal("ILLEGAL_PARTNER_EXTERFACE"))
        case .refused: return Bench.says(HandMadeTradeAnswer.refusal("SYSTEM_ERROR"))
        case .noAnswer, .contractWithout: return Bench.noAnswer
        case .status500: return Bench.says(answer.xml, status: 500)
        case .garbage: return Bench.says("<html>busy</html>")
        }
        return Bench.says(answer.xml)
    }

    @Test(arguments: Verify.allCases)
    func `a type that nothing acts on is confirmed by notify_verify alone`(verify: Verify) async throws {
        let bench = Bench()
        var message = bench.message("TRADE_SUCCESS")
        message.fields["notify_type"] = "batch_trans_notify"
        bench.answer(verify: { Self.answer(verify) }, query: { Bench.noAnswer })
        let verdict: Verdict =
            switch verify {
            case .true: .unsupported
            case .false: .notConfirmed
            case .invalid: .confirmRefused
            case .noAnswer, .status500, .garbage: .confirmUnreachable
            }
        #expect(bench.post(message.body).success == (verify == .true))
        #expect(try await bench.journal().map(\.verdict) == [verdict])
        #expect(bench.asked("single_trade_query") == 0)
        #expect(
            bench.metric("payrelay_alarms_total{tenant=\"shop\",kind=\"unsupported\"}") == (verify == .true ? 1 : 0))
    }

    @Test(arguments: [
        ("TRADE_REFUSE", "TRADE_REFUSE", Verdict.unsupported), ("TRADE_REFUSE", "COD_WAIT_BUYER_PAY", .notConfirmed),
        ("TRADE_REFUSE", "TRADE_SUCCESS", .notConfirmed), ("TRADE_SUCCESS", "TRADE_REFUSE", .notConfirmed),
    ])
    func `a status that nothing acts on is as good as any other when the query says the same`(
        posted: String, asked: String, verdict: Verdict
    ) async throws {
        for verify in [Verify.false, .noAnswer] {
            let bench = Bench()
            try await bench.addPayment()
            let message = bench.message(posted)
            bench.answer(
                verify: { Self.answer(verify) },
                query: {
                    var answer = HandMadeTradeAnswer(agreeingWith: message)
                    answer.fields["trade_status"] = asked
                    return Bench.says(answer.xml)
                })
            #expect(bench.post(message.body).success == (verdict == .unsupported))
            #expect(try await bench.journal().map(\.verdict) == [verdict])
            #expect(try await bench.payment()?.status == .requiresAction)
        }
    }
}
