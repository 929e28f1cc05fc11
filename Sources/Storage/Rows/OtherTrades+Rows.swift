import Payments
import SQLite

struct OtherTradeReads {
    private let byNumber: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        byNumber = try statements.prepare(
            "SELECT kind, amount_minor, paid_at_ms FROM duplicate_trades WHERE payment = ?1 AND trade_no = ?2")
    }

    func otherTrade(payment: String, tradeNo: String) throws(SQLiteError) -> OtherTrade? {
        try byNumber.first(.text(payment), .text(tradeNo)) { row in
            OtherTrade(
                tradeNo: tradeNo, kind: try row.word(0), amountMinor: try row.int64(1),
                paidAtMs: try row.int64OrNil(2))
        }
    }
}

struct OtherTradeWrites {
    private let replacement: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        replacement = try statements.prepare(
            """
            INSERT INTO duplicate_trades (payment, trade_no, kind, amount_minor, paid_at_ms)
            VALUES (\(StatementSet.parameters(5)))
            ON CONFLICT (payment, trade_no) DO UPDATE SET kind = excluded.kind, amount_minor = excluded.amount_minor,
                paid_at_ms = excluded.paid_at_ms
            """)
    }

    func put(_ trade: OtherTrade, payment: String) throws(SQLiteError) {
        try replacement.run(
            .text(payment), .text(trade.tradeNo), .text(trade.kind.rawValue), .integer(trade.amountMinor),
            Value(trade.paidAtMs))
    }
}
