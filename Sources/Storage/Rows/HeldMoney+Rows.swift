import Payments
import SQLite

struct HeldMoneyReads {
    private let held: Statement

    init(_ statements: StatementSet) throws(SQLiteError) {
        held = try statements.prepare(
            """
            SELECT tenant, coalesce(held_at_ms, created_at_ms),
                coalesce(amount_paid_minor, amount_minor) - amount_refunded_minor
            FROM payments INDEXED BY payments_held WHERE status = 'held' ORDER BY tenant
            """)
    }

    /// Walks an index of the payments that are held, and nothing else; by tenant, the youngest first.
    func heldMoney(nowMs: Int64) throws(SQLiteError) -> [HeldMoney] {
        var sums: [HeldMoney] = []
        var tenant: (name: String, sums: [HeldMoney.Age: (count: Int, amountMinor: Int64)]) = ("", [:])
        func closeTenant() {
            for age in HeldMoney.Age.allCases {
                guard let sum = tenant.sums[age] else { continue }
                sums.append(
                    HeldMoney(tenant: tenant.name, age: age, count: sum.count, amountMinor: sum.amountMinor))
            }
        }
        // Nothing is kept of a row but its part of the sum.
        _ = try held.all { row in
            let name = try row.text(0)
            if name != tenant.name {
                closeTenant()
                tenant = (name, [:])
            }
            let age = HeldMoney.Age(ms: nowMs &- (try row.int64(1)))
            let sum = tenant.sums[age, default: (0, 0)]
            tenant.sums[age] = (sum.count + 1, sum.amountMinor &+ (try row.int64(2)))
        }
        closeTenant()
        return sums
    }
}
