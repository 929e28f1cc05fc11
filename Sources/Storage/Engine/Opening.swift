import Diagnostics
import Payments
import SQLite

/// How the store's connections are set up; every option it relies on is set and looked at again.
enum Opening {
    /// What the writer keeps of the file in memory.
    private static let writerCacheKiB = 16 << 10
    private static let readerCacheKiB = 4 << 10

    static func writer(
        _ path: String, _ settings: SQLiteStoreSettings, nowMs: Int64
    ) throws(StoreError) -> Connection {
        do {
            let connection = try writing(path, settings)
            if let bytes = settings.fileBytesMax {
                let pageBytes = try number("page_size", connection)
                _ = try connection.prepare("PRAGMA max_page_count = \(Int64(bytes) / pageBytes)").first {
                    try $0.int64(0)
                }
            }
            try connection.execute("PRAGMA foreign_keys = ON; PRAGMA cache_size = -\(writerCacheKiB)")
            try expect(1, of: "foreign_keys", connection)
            try Migrations.apply(to: connection, nowMs: nowMs)
            return connection
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw StoreError(error)
        } catch {
            throw StoreError(code: .broken, message: "\(error)")
        }
    }

    /// A connection that copies the log into the file.
    static func checkpointer(_ path: String, _ settings: SQLiteStoreSettings) throws(StoreError) -> Connection {
        do { return try writing(path, settings) } catch { throw StoreError(error) }
    }

    static func reader(_ path: String, _ settings: SQLiteStoreSettings) throws(StoreError) -> Connection {
        do {
            let connection = try Connection(path: path, mode: .readOnly, busyTimeoutMs: settings.busyTimeoutMs)
            try connection.execute(
                "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -\(readerCacheKiB)")
            return connection
        } catch {
            throw StoreError(error)
        }
    }

    private static func writing(_ path: String, _ settings: SQLiteStoreSettings) throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path, mode: .readWriteCreate, busyTimeoutMs: settings.busyTimeoutMs)
        // The page size counts for a new file only, and only before its first page.
        try connection.execute("PRAGMA page_size = \(LogKeeping.pageBytes)")
        let mode = try connection.prepare("PRAGMA journal_mode = WAL").first { try $0.text(0) }
        guard mode == "wal" else {
            throw SQLiteError(code: .cantOpen, message: "\(path) cannot have a write-ahead log on this file system")
        }
        // A log that begins anew keeps the room it had: writing over it costs a commit less than making the file longer.
        try connection.execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA temp_store = MEMORY;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = \(settings.logBytesMax)
            """)
        try expect(2, of: "synchronous", connection)
        try expect(0, of: "wal_autocheckpoint", connection)
        return connection
    }

    static func number(_ pragma: String, _ connection: Connection) throws(SQLiteError) -> Int64 {
        try connection.prepare("PRAGMA \(pragma)").first { try $0.int64(0) } ?? -1
    }

    private static func expect(_ value: Int64, of pragma: String, _ connection: Connection) throws(SQLiteError) {
        let found = try number(pragma, connection)
        guard found == value else {
            throw SQLiteError(code: .other, message: "PRAGMA \(pragma) is \(found) and not \(value)")
        }
    }
}
