import CSQLite

/// One open sqlite3, closed once, when the connection and all its statements have let go of it.
///
/// Opened without SQLite's own mutex: whoever owns the connection sees to it that one thread at a time uses it.
@safe
final class Handle {
    let pointer: OpaquePointer

    init(path: String, flags: Int32) throws(SQLiteError) {
        guard !path.utf8.contains(0) else {
            throw SQLiteError(code: .cantOpen, message: "a path cannot hold a NUL byte")
        }
        precondition(sqlite3_threadsafe() != 0, "this SQLite was built for one thread only")
        _ = Handle.library
        var opened: OpaquePointer?
        let result = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let pointer = unsafe opened else {
            throw SQLiteError(code: .other, extendedCode: result, message: "out of memory")
        }
        // From here on deinit closes it, as it must be even when opening failed.
        unsafe self.pointer = unsafe pointer
        if result != SQLITE_OK {
            let failure = error(result)
            throw SQLiteError(
                code: failure.code, extendedCode: failure.extendedCode, message: "\(path): \(failure.message)")
        }
    }

    /// What is set once for the whole process, before its first connection. Each allocation would take a lock to be counted, and
    /// nobody asks for the counts.
    private static let library: Void = {
        let result = shim_config_without_memory_counts()
        precondition(result == SQLITE_OK, "SQLite was used before it was set up")
    }()

    deinit {
        let result = unsafe sqlite3_close(pointer)
        precondition(result == SQLITE_OK, "a statement outlived its connection")
    }

    /// Throws unless the call went well.
    func check(_ result: Int32, sql: String? = nil) throws(SQLiteError) {
        guard result == SQLITE_OK else { throw error(result, sql: sql) }
    }

    /// What SQLite says of its last call, which gave `result`.
    func error(_ result: Int32, sql: String? = nil) -> SQLiteError {
        let message = unsafe String(cString: sqlite3_errmsg(pointer))
        return SQLiteError(code: .init(result), extendedCode: result, message: message, sql: sql)
    }
}
