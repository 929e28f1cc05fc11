import CSQLite

/// One connection to a database file.
///
/// One thread at a time may use it and its statements, any thread: it is not Sendable, so the compiler sees to that. It is
/// closed when it and the last of its statements are let go of.
package final class Connection {
    package enum Mode: Sendable {
        /// Creates the file if it is missing, with the modes that the process's umask leaves.
        case readWriteCreate
        /// The file must be there.
        case readOnly
        /// The file must be there, whole by itself (its log empty or gone), and nobody may write to it meanwhile: no lock is
        /// taken, and nothing is made beside it.
        case immutable

        fileprivate var flags: Int32 {
            switch self {
            case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        }

        /// How SQLite is told of the path.
        fileprivate func name(_ path: String) -> String {
            guard case .immutable = self else { return path }
            // sqlite.org/uri.html: what has a meaning in a URI is escaped.
            let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
            // A path that begins with two slashes would be one of another machine.
            let absolute = escaped.hasPrefix("/") ? "//" + escaped : escaped
            return "file:\(absolute)?immutable=1"
        }
    }

    private let handle: Handle

    /// The version of the library that runs, "3.40.1".
    package static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }

    /// Opens a file with extended result codes, defensive mode, an untrusted schema and no double-quoted strings.
    ///
    /// Journal mode, foreign keys and the like are the caller's, through ``execute(_:)``.
    ///
    /// - Parameter busyTimeoutMs: see ``busyTimeoutMs``.
    package init(path: String, mode: Mode, busyTimeoutMs: Int = 0) throws(SQLiteError) {
        handle = try Handle(path: mode.name(path), flags: mode.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE)
        self.busyTimeoutMs = busyTimeoutMs
        try setDefensive(true)
        try set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
        try set(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false)
        try set(SQLITE_DBCONFIG_DQS_DDL, false)
        try set(SQLITE_DBCONFIG_DQS_DML, false)
        try applyBusyTimeout()
    }

    /// How long a statement waits for another connection's lock before it throws `busy`, 0 to 600,000 ms.
    package private(set) var busyTimeoutMs: Int

    package func setBusyTimeout(ms: Int) throws(SQLiteError) {
        busyTimeoutMs = ms
        try applyBusyTimeout()
    }

    /// Whether SQL is kept from what could damage the file, such as writing to the schema's own table; it is from the start.
    package func setDefensive(_ on: Bool) throws(SQLiteError) { try set(SQLITE_DBCONFIG_DEFENSIVE, on) }

    /// Runs one or more statements without values: schema, pragmas. Rows they give are dropped.
    package func execute(_ sql: String) throws(SQLiteError) {
        guard !sql.utf8.contains(0) else {
            throw SQLiteError(code: .other, message: "SQL cannot hold a NUL byte", sql: sql)
        }
        try handle.check(unsafe sqlite3_exec(handle.pointer, sql, nil, nil, nil), sql: sql)
    }

    /// Compiles one statement, to be kept and used again and again.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try Statement(handle, sql: sql)
    }

    /// Rows that the last INSERT, UPDATE or DELETE changed; other statements leave it as it was.
    package var changes: Int { Int(unsafe sqlite3_changes64(handle.pointer)) }

    /// The rowid that the last successful INSERT of this connection gave; 0 before the first.
    package var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle.pointer) }

    /// Whether BEGIN is in force. Some failures (full, io, interrupted) roll back by themselves.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle.pointer) == 0 }

    /// Pages that this connection has written to its file or log since this was last asked.
    ///
    /// sqlite.org/c3ref/c_dbstatus_options.html: SQLITE_DBSTATUS_CACHE_WRITE, set back to 0 by asking.
    package func takePagesWritten() throws(SQLiteError) -> Int {
        var pages: Int32 = 0
        var highest: Int32 = 0
        try handle.check(
            unsafe sqlite3_db_status(handle.pointer, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1))
        return Int(pages)
    }

    private func set(_ option: Int32, _ on: Bool) throws(SQLiteError) {
        var now: Int32 = -1
        try handle.check(unsafe shim_db_config(handle.pointer, option, on ? 1 : 0, &now))
        guard now == (on ? 1 : 0) else {
            throw SQLiteError(code: .other, message: "this SQLite cannot turn option \(option) \(on ? "on" : "off")")
        }
    }

    private func applyBusyTimeout() throws(SQLiteError) {
        precondition((0...600_000).contains(busyTimeoutMs), "a busy timeout of \(busyTimeoutMs) ms")
        try handle.check(unsafe sqlite3_busy_timeout(handle.pointer, Int32(busyTimeoutMs)))
    }
}

// Write-ahead log and limits.
extension Connection {
    /// How much a checkpoint does (sqlite.org/c3ref/wal_checkpoint_v2.html).
    package enum CheckpointMode: Sendable {
        /// As much as is possible without waiting for anyone.
        case passive
        /// Waits for writers, then copies everything.
        case full
        /// And for readers, so that the next writer starts the log anew.
        case restart
        /// And cuts the log to nothing.
        case truncate

        fileprivate var code: Int32 {
            switch self {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .full: SQLITE_CHECKPOINT_FULL
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        }
    }

    /// Copies the write-ahead log into the database file.
    ///
    /// - Returns: frames (pages) in the log and how many of them are copied; both -1 outside WAL mode.
    /// - Throws: `busy` when somebody stayed in the way for all of the busy timeout, never with `passive` alone.
    package func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> (log: Int, checkpointed: Int) {
        var log: Int32 = -1
        var checkpointed: Int32 = -1
        try handle.check(
            unsafe sqlite3_wal_checkpoint_v2(handle.pointer, nil, mode.code, &log, &checkpointed))
        return (Int(log), Int(checkpointed))
    }

    /// What can be held below SQLite's own limits (sqlite.org/limits.html).
    package enum Limit: Sendable {
        /// Bytes of one text, blob or row.
        case valueBytes
        /// Bytes of one SQL text.
        case sqlBytes
        /// Values one statement may take.
        case bindings

        fileprivate var code: Int32 {
            switch self {
            case .valueBytes: SQLITE_LIMIT_LENGTH
            case .sqlBytes: SQLITE_LIMIT_SQL_LENGTH
            case .bindings: SQLITE_LIMIT_VARIABLE_NUMBER
            }
        }
    }

    /// Sets a limit; SQLite cuts it to what it was built with.
    ///
    /// - Returns: the limit in force afterwards.
    @discardableResult
    package func limit(_ limit: Limit, to value: Int) -> Int {
        precondition((0...Int(Int32.max)).contains(value), "a limit of \(value)")
        _ = unsafe sqlite3_limit(handle.pointer, limit.code, Int32(value))
        return Int(unsafe sqlite3_limit(handle.pointer, limit.code, -1))
    }
}
