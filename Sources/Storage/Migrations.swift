package import Payments
package import SQLite

/// One step of the schema. A step that was ever released is never changed; a new one follows it.
package struct Migration: Sendable {
    /// From 1, without gaps.
    package let number: Int
    package let sql: String
    /// Whether it writes to SQLite's own table of the schema, which is forbidden otherwise.
    package let rewritesSchema: Bool

    package init(number: Int, sql: String, rewritesSchema: Bool = false) {
        self.number = number
        self.sql = sql
        self.rewritesSchema = rewritesSchema
    }
}

package enum Migrations {
    package static let all: [Migration] = [
        Migration(number: 1, sql: Schema.first),
        Migration(number: 2, sql: Schema.second),
        Migration(number: 3, sql: Schema.third),
        Migration(number: 4, sql: Schema.fourth),
        Migration(number: 5, sql: Schema.fifth, rewritesSchema: true),
        Migration(number: 6, sql: Schema.sixth),
        Migration(number: 7, sql: Schema.seventh),
    ]

    /// Brings a database to the newest schema, each step in a transaction of its own.
    ///
    /// Only one process at a time may do so; the store's lock sees to that.
    ///
    /// - Throws: `broken` when the database is newer than `steps`, or another program's.
    package static func apply(
        _ steps: [Migration] = all, to connection: Connection, nowMs: Int64
    ) throws(StoreError) {
        do {
            if try !has("migrations", connection) {
                guard try isEmpty(connection) else {
                    throw StoreError(code: .broken, message: "the file holds another program's database")
                }
                try connection.execute(
                    "CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT")
            }
            let newest = try current(of: connection)
            guard newest <= steps.count else {
                throw StoreError(
                    code: .broken,
                    message: "the database has schema \(newest) and this program knows 1 to \(steps.count): "
                        + "a newer PayRelay wrote it")
            }
            for step in steps.dropFirst(newest) { try apply(step, to: connection, nowMs: nowMs) }
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw StoreError(error)
        } catch {
            throw StoreError(code: .broken, message: "\(error)")
        }
    }

    private static func has(_ table: String, _ connection: Connection) throws(SQLiteError) -> Bool {
        try connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1").first(.text(table)) { _ in true } ?? false
    }

    private static func isEmpty(_ connection: Connection) throws(SQLiteError) -> Bool {
        try connection.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").first { _ in false } ?? true
    }

    /// The number of the last step that a database has had; 0 for none.
    private static func current(of connection: Connection) throws(SQLiteError) -> Int {
        let newest = try connection.prepare("SELECT max(number) FROM migrations").first { try $0.int64OrNil(0) }
        return Int(newest.flatMap { $0 } ?? 0)
    }

    private static func apply(_ step: Migration, to connection: Connection, nowMs: Int64) throws(SQLiteError) {
        if step.rewritesSchema { try connection.setDefensive(false) }
        try connection.execute("BEGIN IMMEDIATE")
        do {
            try connection.execute(step.sql)
            try connection.prepare("INSERT INTO migrations (number, applied_at_ms) VALUES (?1, ?2)")
                .run(Value(step.number), .integer(nowMs))
            try connection.execute("COMMIT")
        } catch {
            // What went wrong first is what counts; a failed COMMIT may have rolled back by itself.
            if connection.isInTransaction { try connection.execute("ROLLBACK") }
            if step.rewritesSchema { try forbidRewriting(connection) }
            throw error
        }
        if step.rewritesSchema { try forbidRewriting(connection) }
    }

    private static func forbidRewriting(_ connection: Connection) throws(SQLiteError) {
        try connection.execute("PRAGMA writable_schema = RESET")
        try connection.setDefensive(true)
    }
}
