import Payments
import SQLite

/// Refunds, and second trades of one payment.
struct RefundReads {
    private let byPayment: Statement
    private let duplicate: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        byPayment = try statements.prepare(
            "SELECT \(RefundRow.columns) FROM refunds WHERE payment = ?1 AND +tenant = ?2 ORDER BY seq LIMIT ?3")
        duplicate = try statements.prepare("SELECT 1 FROM duplicate_trades WHERE payment = ?1 AND trade_no = ?2")
    }

    /// Oldest first.
    func refunds(payment: String, tenant: String) throws(SQLiteError) -> [Refund] {
        try byPayment.all(.text(payment), .text(tenant), .limit(Value.rowsMax), read: RefundRow.read)
    }

    func isKnownDuplicate(payment: String, tradeNo: String) throws(SQLiteError) -> Bool {
        try duplicate.first(.text(payment), .text(tradeNo)) { _ in true } ?? false
    }
}

struct RefundWrites {
    private let refund: Statement
    private let duplicate: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        refund = try statements.prepare(
            "INSERT INTO refunds (\(RefundRow.columns)) VALUES (\(StatementSet.parameters(RefundRow.columnCount)))")
        duplicate = try statements.prepare(
            "INSERT INTO duplicate_trades (payment, trade_no, amount_minor, paid_at_ms) VALUES (?1, ?2, ?3, ?4)")
    }

    func insert(_ value: Refund) throws(SQLiteError) {
        try refund.run(
            .text(value.id), .text(value.tenant), .text(value.payment), .integer(value.amountMinor),
            Value(value.reason), Value(value.merchantReference), .text(value.origin.rawValue),
            .text(value.status.rawValue), .integer(value.createdAtMs), .integer(value.updatedAtMs))
    }

    func insert(_ trade: DuplicateTrade, payment: String) throws(SQLiteError) {
        try duplicate.run(
            .text(payment), .text(trade.tradeNo), .integer(trade.amountMinor), Value(trade.paidAtMs))
    }
}

private enum RefundRow {
    static let columns = """
        id, tenant, payment, amount_minor, reason, merchant_reference, origin, status, created_at_ms, updated_at_ms
        """
    static let columnCount = 10

    static func read(_ row: Statement) throws(SQLiteError) -> Refund {
        Refund(
            id: try row.text(0), tenant: try row.text(1), payment: try row.text(2), amountMinor: try row.int64(3),
            reason: try row.textOrNil(4), merchantReference: try row.textOrNil(5), origin: try row.word(6),
            status: try row.word(7), createdAtMs: try row.int64(8), updatedAtMs: try row.int64(9))
    }
}
