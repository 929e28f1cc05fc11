import Diagnostics
import Payments
import SQLite
import Storage
import Support
import Testing

struct QueryPlanTests {
    private let statements: StatementSet
    private let connection: Connection
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        let path = folder.file("test.db")
        let store = try SQLiteStore(path: path, logger: .none, metrics: Metrics(), clock: ManualClock())
        await store.close()
        connection = try Connection(path: path, mode: .readWriteCreate)
        statements = StatementSet(connection)
        _ = try SQLiteTransaction(statements)
    }

    @Test func `no statement walks a table or sorts`() throws {
        #expect(statements.texts.count > 30)
        for sql in statements.texts {
            for step in try plan(sql) {
                #expect(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "\(step), in: \(sql)")
            }
        }
    }

    /// Where a filter is not worth an index, a `+` before its column says so; an id finds its row alone.
    @Test func `an index answers every filter of a list`() throws {
        var filters = 0
        for sql in statements.texts where sql.hasPrefix("SELECT") {
            let plan = try plan(sql).joined(separator: "; ")
            guard !plan.contains("(id=?)") else { continue }
            for match in sql.matches(of: /[ .(](\w+) = \?\d/) where !sql[..<match.range.lowerBound].hasSuffix("+d") {
                filters += 1
                let column = match.1 == "seq" ? "rowid" : match.1
                #expect(plan.contains("\(column)=?"), "\(column) is not in: \(plan), of: \(sql)")
            }
        }
        #expect(filters > 20)
    }

    private func plan(_ sql: String) throws -> [String] {
        let statement = try connection.prepare("EXPLAIN QUERY PLAN " + sql)
        var steps: [String] = []
        while try statement.step() { steps.append(try statement.text(3)) }
        return steps
    }
}
