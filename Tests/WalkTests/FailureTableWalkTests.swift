import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Alipay's own table of failures: whether the signature was equal, and what `notify_verify` said; each of its cells.
@Suite(.timeLimit(.minutes(2))) struct FailureTableWalkTests {
    private static let verify = "notify_verify"
    private static let query = "single_trade_query"

    struct Cell: Sendable, CustomTestStringConvertible {
        let name: String
        let verdict: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Cell(name: "equal_true", verdict: "amount_mismatch"), Cell(name: "equal_false", verdict: "not_confirmed"),
        Cell(name: "equal_invalid", verdict: "confirm_refused"),
        Cell(name: "equal_none", verdict: "confirm_unreachable"),
        Cell(name: "differs_true", verdict: "bad_signature"), Cell(name: "differs_false", verdict: "bad_signature"),
        Cell(name: "differs_invalid", verdict: "bad_signature"), Cell(name: "differs_none", verdict: "bad_signature"),
    ])
    func `each cell is found, kept, and said in words`(cell: Cell) async throws {
        try await World.onLine(clock: ManualClock()) { world, service, line in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let simulator = world.alipay.simulator
            var message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            if cell.name.hasPrefix("differs") { message.sign = String(repeating: "0", count: 32) }
            switch cell.name {
            case "equal_true":
                simulator.set(try #require(Fault(.notification, .wrongAmount)))
                _ = try simulator.move(trade, .pay)
            case "differs_true":
                simulator.set(try #require(Fault(.notification, .badSignature)))
                _ = try simulator.move(trade, .pay)
            case "equal_invalid", "differs_invalid":
                simulator.set(try #require(Fault(.verify, .answerInvalid)))
                #expect(try await world.told(message, on: service) == "fail")
            case "equal_none", "differs_none":
                line.trouble(Self.verify, .callLost)
                line.trouble(Self.query, .callLost)
                #expect(try await world.told(message, on: service) == "fail")
            default: #expect(try await world.told(message, on: service) == "fail")
            }
            try await world.until(nil, "the row") { try await world.journal(on: service).count == 1 }
            let row = try #require(try await world.journal(on: service).first)
            #expect(row["failure_cell"]?.text == cell.name && row["verdict"]?.text == cell.verdict, "\(row)")
            #expect(line.calls(Self.verify).count == 1)
            #expect(try await world.status(id, on: service) == "requires_action")
            #expect(try await world.events(on: service).isEmpty)
            let shown = await world.payrelay("notifications", "explain", row["id"]?.text ?? "", on: service)
            let half = cell.name.hasPrefix("equal") ? "SIGN equal" : "SIGN not equal"
            #expect(shown.status == 0 && shown.out.contains("Alipay's table: \(half), notify_verify"), "\(shown)")
        }
    }

    @Test func `what has no right signature asks once a minute, and the rest of it is marked as not asked`()
        async throws
    {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            func forge() async throws {
                var message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
                message.sign = String(repeating: "0", count: 32)
                #expect(try await world.told(message, on: service) == "fail")
            }
            for _ in 0..<5 { try await forge() }
            clock.advance(byMs: 59_999)
            try await forge()
            #expect(line.calls(Self.verify).count == 1 && line.calls(Self.query).isEmpty)
            clock.advance(byMs: 1)
            try await forge()
            try await forge()
            #expect(line.calls(Self.verify).count == 2)
            let cells = try await world.journal(on: service).compactMap { $0["failure_cell"]?.text }
            #expect(
                cells == ["differs_unasked", "differs_false"]
                    + Array(repeating: "differs_unasked", count: 5) + ["differs_false"])
        }
    }

    @Test func `what is signed and about nothing of ours asks once a minute as well`() async throws {
        let clock = ManualClock()
        try await World.onLine(clock: clock) { world, service, line in
            for number in 0..<3 {
                let message = HandMadeNotification(
                    reference: "NOBODY-\(number)", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
                #expect(try await world.told(message, on: service) == "fail")
            }
            #expect(line.calls(Self.verify).count == 1)
            let rows = try await world.journal(on: service)
            #expect(rows.compactMap { $0["verdict"]?.text } == Array(repeating: "unknown_payment", count: 3))
            #expect(
                rows.compactMap { $0["failure_cell"]?.text } == ["equal_unasked", "equal_unasked", "equal_false"])
        }
    }

    @Test func `what was taken has no place in a table of failures`() async throws {
        try await World.run { world, service in
            _ = try await world.pay("ORDER-1", on: service)
            let row = try #require(try await world.journal(on: service).first)
            #expect(row["verdict"]?.text == "applied" && row["failure_cell"] == .null)
        }
    }
}
