import Payments
import SQLite

struct PaymentReads {
    private let byID: Statement
    private let byTenantAndID: Statement
    private let byReference: Statement
    private let place: Statement
    private let listed: Statement
    private let listedByStatus: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        let select = "SELECT \(PaymentRow.columns) FROM payments"
        byID = try statements.prepare("\(select) WHERE id = ?1")
        byTenantAndID = try statements.prepare("\(select) WHERE id = ?1 AND tenant = ?2")
        byReference = try statements.prepare("\(select) WHERE tenant = ?1 AND merchant_reference = ?2")
        place = try statements.prepare("SELECT created_at_ms, seq FROM payments WHERE id = ?1 AND tenant = ?2")
        let page = """
            (created_at_ms, seq) < (?2, ?3) AND created_at_ms >= ?4
            ORDER BY created_at_ms DESC, seq DESC LIMIT ?5
            """
        listed = try statements.prepare("\(select) WHERE tenant = ?1 AND \(page)")
        listedByStatus = try statements.prepare("\(select) WHERE tenant = ?1 AND status = ?6 AND \(page)")
    }

    func payment(id: String) throws(SQLiteError) -> Payment? {
        try byID.first(.text(id), read: PaymentRow.read)
    }

    func payment(id: String, tenant: String) throws(SQLiteError) -> Payment? {
        try byTenantAndID.first(.text(id), .text(tenant), read: PaymentRow.read)
    }

    func payment(reference: String, tenant: String) throws(SQLiteError) -> Payment? {
        try byReference.first(.text(tenant), .text(reference), read: PaymentRow.read)
    }

    func payments(_ query: PaymentQuery) throws(SQLiteError) -> [Payment] {
        var bound = query.createdBeforeMs.map(ListBound.before) ?? .newest
        if let cursor = query.startingAfter {
            let found = try place.first(.text(cursor), .text(query.tenant)) {
                ListBound(atMs: try $0.int64(0), seq: try $0.int64(1))
            }
            guard let found else { return [] }
            bound = min(bound, found)
        }
        if let reference = query.merchantReference { return try one(reference, query, bound) }
        let (tenant, atMs, seq) = (Value.text(query.tenant), Value.integer(bound.atMs), Value.integer(bound.seq))
        let (from, limit) = (Value.integer(query.createdFromMs ?? .min), Value.limit(query.limit))
        guard let status = query.status else {
            return try listed.all(tenant, atMs, seq, from, limit, read: PaymentRow.read)
        }
        return try listedByStatus.all(tenant, atMs, seq, from, limit, .text(status.rawValue), read: PaymentRow.read)
    }

    /// A reference names one payment at most; the other filters say whether it is in the list.
    private func one(_ reference: String, _ query: PaymentQuery, _ bound: ListBound) throws(SQLiteError) -> [Payment] {
        guard query.limit > 0, let payment = try payment(reference: reference, tenant: query.tenant) else { return [] }
        let seq = try place.first(.text(payment.id), .text(query.tenant)) { try $0.int64(1) } ?? .max
        guard ListBound(atMs: payment.createdAtMs, seq: seq) < bound,
            payment.createdAtMs >= query.createdFromMs ?? .min, query.status == nil || query.status == payment.status
        else { return [] }
        return [payment]
    }
}

struct PaymentWrites {
    private let insertion: Statement
    private let change: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        insertion = try statements.prepare(
            "INSERT INTO payments (\(PaymentRow.columns)) VALUES (\(StatementSet.parameters(PaymentRow.columnCount)))")
        change = try statements.prepare(
            """
            UPDATE payments SET status = ?3, sequence = ?4, amount_paid_minor = ?5, amount_refunded_minor = ?6,
                refundable = ?7, late = ?8, updated_at_ms = ?9, succeeded_at_ms = ?10, cancel_requested_at_ms = ?11,
                provider_trade_no = ?12, provider_status = ?13, provider_buyer = ?14, provider_dispute = ?15,
                last_error = ?16, held_at_ms = ?17, qr_code = ?18, check_at_ms = ?19
            WHERE id = ?1 AND tenant = ?2
            """)
        connection = statements.connection
    }

    func insert(_ payment: Payment) throws(SQLiteError) {
        try insertion.run(
            .text(payment.id), .text(payment.tenant), .text(payment.merchantReference), .text(payment.status.rawValue),
            .integer(payment.sequence), .integer(payment.amountMinor), Value(payment.amountPaidMinor),
            .integer(payment.amountRefundedMinor), Value(payment.refundable), Value(payment.late),
            .text(payment.channel.rawValue), .text(payment.settlement.rawValue), .integer(payment.createdAtMs),
            .integer(payment.updatedAtMs), .integer(payment.expiresAtMs), Value(payment.succeededAtMs),
            Value(payment.cancelRequestedAtMs), Value(payment.provider.tradeNo), Value(payment.provider.status),
            Value(payment.provider.buyer), Value(payment.provider.dispute), LastErrorColumn.value(payment.lastError),
            .text(payment.subject), Value(payment.description), ShippingColumn.value(payment.shipping),
            Value(payment.returnURL), Value(payment.showURL), Value(payment.buyerIP),
            MetadataColumn.value(payment.metadata), MetadataColumn.value(payment.providerOptions),
            .text(payment.charset.rawValue), Value(payment.heldAtMs), Value(payment.qrCode), Value(payment.checkAtMs))
    }

    /// What may change of a payment; the rest of it was given once and for all.
    func update(_ payment: Payment) throws(SQLiteError) {
        try change.run(
            .text(payment.id), .text(payment.tenant), .text(payment.status.rawValue), .integer(payment.sequence),
            Value(payment.amountPaidMinor), .integer(payment.amountRefundedMinor), Value(payment.refundable),
            Value(payment.late), .integer(payment.updatedAtMs), Value(payment.succeededAtMs),
            Value(payment.cancelRequestedAtMs), Value(payment.provider.tradeNo), Value(payment.provider.status),
            Value(payment.provider.buyer), Value(payment.provider.dispute), LastErrorColumn.value(payment.lastError),
            Value(payment.heldAtMs), Value(payment.qrCode), Value(payment.checkAtMs))
        guard connection.changes == 1 else {
            throw SQLiteError(code: .other, message: "there is no payment \(payment.id) to update")
        }
    }
}

private enum PaymentRow {
    static let columns = """
        id, tenant, merchant_reference, status, sequence, amount_minor, amount_paid_minor, amount_refunded_minor,
        refundable, late, channel, settlement, created_at_ms, updated_at_ms, expires_at_ms, succeeded_at_ms,
        cancel_requested_at_ms, provider_trade_no, provider_status, provider_buyer, provider_dispute, last_error,
        subject, description, shipping, return_url, show_url, buyer_ip, metadata,
        provider_options, charset, held_at_ms, qr_code, check_at_ms
        """
    static let columnCount = 34

    static func read(_ row: Statement) throws(SQLiteError) -> Payment {
        var payment = Payment(
            id: try row.text(0), tenant: try row.text(1), merchantReference: try row.text(2),
            amountMinor: try row.int64(5), subject: try row.text(22), description: try row.textOrNil(23),
            channel: try row.word(10), settlement: try row.word(11), shipping: try ShippingColumn.read(row, 24),
            returnURL: try row.textOrNil(25), showURL: try row.textOrNil(26), buyerIP: try row.textOrNil(27),
            metadata: try MetadataColumn.read(row, 28), providerOptions: try MetadataColumn.read(row, 29),
            charset: try row.word(30), createdAtMs: try row.int64(12), expiresAtMs: try row.int64(14))
        payment.status = try row.word(3)
        payment.sequence = try row.int64(4)
        payment.amountPaidMinor = try row.int64OrNil(6)
        payment.amountRefundedMinor = try row.int64(7)
        payment.refundable = try row.flag(8)
        payment.late = try row.flag(9)
        payment.updatedAtMs = try row.int64(13)
        payment.succeededAtMs = try row.int64OrNil(15)
        payment.cancelRequestedAtMs = try row.int64OrNil(16)
        payment.provider = ProviderState(
            tradeNo: try row.textOrNil(17), status: try row.textOrNil(18), buyer: try row.textOrNil(19),
            dispute: try row.textOrNil(20))
        payment.lastError = try LastErrorColumn.read(row, 21)
        payment.heldAtMs = try row.int64OrNil(31)
        payment.qrCode = try row.textOrNil(32)
        payment.checkAtMs = try row.int64OrNil(33)
        return payment
    }
}
