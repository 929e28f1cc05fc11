import Payments
import SQLite

struct ShipmentReads {
    private let byPayment: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        byPayment = try statements.prepare(
            "SELECT \(ShipmentRow.columns) FROM shipments WHERE payment = ?1 AND +tenant = ?2")
    }

    func shipment(payment: String, tenant: String) throws(SQLiteError) -> Shipment? {
        try byPayment.first(.text(payment), .text(tenant), read: ShipmentRow.read)
    }
}

struct ShipmentWrites {
    private let replacement: Statement
    private let connection: Connection

    init(_ statements: StatementSet) throws(SQLiteError) {
        replacement = try statements.prepare(
            """
            INSERT INTO shipments (\(ShipmentRow.columns)) VALUES (\(StatementSet.parameters(ShipmentRow.columnCount)))
            ON CONFLICT (payment) DO UPDATE SET id = excluded.id, carrier = excluded.carrier,
                tracking_number = excluded.tracking_number, transport = excluded.transport, state = excluded.state,
                created_at_ms = excluded.created_at_ms
            WHERE tenant = excluded.tenant
            """)
        connection = statements.connection
    }

    func put(_ shipment: Shipment) throws(SQLiteError) {
        try replacement.run(
            .text(shipment.id), .text(shipment.tenant), .text(shipment.payment), .text(shipment.carrier),
            Value(shipment.trackingNumber), .text(shipment.transport.rawValue), .text(shipment.state.rawValue),
            .integer(shipment.createdAtMs))
        guard connection.changes == 1 else {
            throw SQLiteError(code: .other, message: "the shipment of \(shipment.payment) is another tenant's")
        }
    }
}

private enum ShipmentRow {
    static let columns = "id, tenant, payment, carrier, tracking_number, transport, state, created_at_ms"
    static let columnCount = 8

    static func read(_ row: Statement) throws(SQLiteError) -> Shipment {
        Shipment(
            id: try row.text(0), tenant: try row.text(1), payment: try row.text(2), carrier: try row.text(3),
            trackingNumber: try row.textOrNil(4), transport: try row.word(5), state: try row.word(6),
            createdAtMs: try row.int64(7))
    }
}
