import Payments
import SQLite

struct RefundReads {
    private let byTenantAndID: Statement
    private let byReference: Statement
    private let byBatch: Statement
    private let byPayment: Statement
    private let place: Statement
    private let listed: Statement
    private let listedByPayment: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        let select = "SELECT \(RefundRow.columns) FROM refunds"
        byTenantAndID = try statements.prepare("\(select) WHERE id = ?1 AND tenant = ?2")
        byReference = try statements.prepare("\(select) WHERE tenant = ?1 AND merchant_reference = ?2")
        byBatch = try statements.prepare("\(select) WHERE tenant = ?1 AND batch_no = ?2")
        // A payment has a handful of refunds, so that the tenant needs no index beside it.
        byPayment = try statements.prepare("\(select) WHERE payment = ?1 AND +tenant = ?2 ORDER BY seq LIMIT ?3")
        place = try statements.prepare("SELECT seq FROM refunds WHERE id = ?1 AND tenant = ?2")
        let page = "seq < ?2 ORDER BY seq DESC LIMIT ?3"
        listed = try statements.prepare("\(select) WHERE tenant = ?1 AND \(page)")
        listedByPayment = try statements.prepare("\(select) WHERE payment = ?4 AND +tenant = ?1 AND \(page)")
    }

    func refund(id: String, tenant: String) throws(SQLiteError) -> Refund? {
        try byTenantAndID.first(.text(id), .text(tenant), read: RefundRow.read)
    }

    func refund(reference: String, tenant: String) throws(SQLiteError) -> Refund? {
        try byReference.first(.text(tenant), .text(reference), read: RefundRow.read)
    }

    func refund(batchNo: String, tenant: String) throws(SQLiteError) -> Refund? {
        try byBatch.first(.text(tenant), .text(batchNo), read: RefundRow.read)
    }

    /// Oldest first.
    func refunds(payment: String, tenant: String) throws(SQLiteError) -> [Refund] {
        try byPayment.all(.text(payment), .text(tenant), .limit(Value.rowsMax), read: RefundRow.read)
    }

    /// Newest first, in the order of commits.
    func refunds(_ query: RefundQuery) throws(SQLiteError) -> [Refund] {
        var before = Int64.max
        if let cursor = query.startingAfter {
            let found = try place.first(.text(cursor), .text(query.tenant)) { try $0.int64(0) }
            guard let found else { return [] }
            before = found
        }
        let (tenant, seq, limit) = (Value.text(query.tenant), Value.integer(before), Value.limit(query.limit))
        guard let payment = query.payment else { return try listed.all(tenant, seq, limit, read: RefundRow.read) }
        return try listedByPayment.all(tenant, seq, limit, .text(payment), read: RefundRow.read)
    }
}

struct RefundWrites {
    private let insertion: Statement
    private let change: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            "INSERT INTO refunds (\(RefundRow.columns)) VALUES (\(StatementSet.parameters(RefundRow.columnCount)))")
        change = try statements.prepare(
            """
            UPDATE refunds SET status = ?3, provider_code = ?4, last_error = ?5, send_count = ?6, not_found_count = ?7,
                first_not_found_at_ms = ?8, check_count = ?9, check_at_ms = ?10, updated_at_ms = ?11
            WHERE id = ?1 AND tenant = ?2
            """)
        connection = statements.connection
    }

    func insert(_ refund: Refund) throws(SQLiteError) {
        try insertion.run(
            .text(refund.id), .text(refund.tenant), .text(refund.payment), .integer(refund.amountMinor),
            Value(refund.reason), Value(refund.merchantReference), .text(refund.origin.rawValue),
            .text(refund.status.rawValue), .integer(refund.createdAtMs), .integer(refund.updatedAtMs),
            .text(refund.method.rawValue), .text(refund.tradeNo), Value(refund.isOfOtherTrade), Value(refund.batchNo),
            .integer(refund.refundedBeforeMinor), Value(refund.providerCode), LastErrorColumn.value(refund.lastError),
            Value(refund.sendCount), Value(refund.notFoundCount), Value(refund.firstNotFoundAtMs),
            Value(refund.checkCount), Value(refund.checkAtMs))
    }

    /// What may change of a refund; the rest of it was given once and for all.
    func update(_ refund: Refund) throws(SQLiteError) {
        try change.run(
            .text(refund.id), .text(refund.tenant), .text(refund.status.rawValue), Value(refund.providerCode),
            LastErrorColumn.value(refund.lastError), Value(refund.sendCount), Value(refund.notFoundCount),
            Value(refund.firstNotFoundAtMs), Value(refund.checkCount), Value(refund.checkAtMs),
            .integer(refund.updatedAtMs))
        guard connection.changes == 1 else {
            throw SQLiteError(code: .other, message: "there is no refund \(refund.id) to update")
        }
    }
}

private enum RefundRow {
    static let columns = """
        id, tenant, payment, amount_minor, reason, merchant_reference, origin, status, created_at_ms, updated_at_ms,
        method, trade_no, is_of_other_trade, batch_no, refunded_before_minor, provider_code, last_error, send_count,
        not_found_count, first_not_found_at_ms, check_count, check_at_ms
        """
    static let columnCount = 22

    static func read(_ row: Statement) throws(SQLiteError) -> Refund {
        var refund = Refund(
            id: try row.text(0), tenant: try row.text(1), payment: try row.text(2), amountMinor: try row.int64(3),
            reason: try row.textOrNil(4), merchantReference: try row.textOrNil(5), origin: try row.word(6),
            method: try row.word(10), tradeNo: try row.text(11), isOfOtherTrade: try row.flag(12),
            batchNo: try row.textOrNil(13), refundedBeforeMinor: try row.int64(14), status: try row.word(7),
            createdAtMs: try row.int64(8), updatedAtMs: try row.int64(9))
        refund.providerCode = try row.textOrNil(15)
        refund.lastError = try LastErrorColumn.read(row, 16)
        refund.sendCount = try row.int(17)
        refund.notFoundCount = try row.int(18)
        refund.firstNotFoundAtMs = try row.int64OrNil(19)
        refund.checkCount = try row.int(20)
        refund.checkAtMs = try row.int64OrNil(21)
        return refund
    }
}
