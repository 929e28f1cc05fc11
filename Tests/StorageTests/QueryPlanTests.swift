import Diagnostics
import Payments
import SQLite
import Storage
import Support
import Testing

struct QueryPlanTests {
    /// The two counts of the backlog walk a partial index from end to end: what they count is what they read.
    private static let allowed = ["SCAN deliveries USING COVERING INDEX deliveries_due"]

    @Test func `no statement walks a table or sorts`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("test.db")
        let store = try SQLiteStore(path: path, logger: .none, metrics: Metrics(), clock: ManualClock())
        await store.close()
        let connection = try Connection(path: path, mode: .readWriteCreate)
        let statements = StatementSet(connection)
        _ = try SQLiteTransaction(statements)
        #expect(statements.texts.count > 30)
        for sql in statements.texts {
            for step in try plan(sql, connection) where !QueryPlanTests.allowed.contains(step) {
                #expect(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "\(step), in: \(sql)")
            }
        }
    }

    private func plan(_ sql: String, _ connection: Connection) throws -> [String] {
        let statement = try connection.prepare("EXPLAIN QUERY PLAN " + sql)
        var steps: [String] = []
        while try statement.step() { steps.append(try statement.text(3)) }
        return steps
    }
}
