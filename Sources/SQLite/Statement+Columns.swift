import CSQLite

// The columns of the row that the last step moved to, from 0 on. Each throws `corrupt` when the row holds another type than
// the one asked for, NULL included: SQLite itself would make 0 or "" of it.
extension Statement {
    package func isNull(_ column: Int) -> Bool {
        type(column) == SQLITE_NULL
    }

    package func int64(_ column: Int) throws(SQLiteError) -> Int64 {
        guard type(column) == SQLITE_INTEGER else { throw mismatch(column, "an integer") }
        return unsafe sqlite3_column_int64(pointer, Int32(column))
    }

    /// A double, or an integer as one.
    package func double(_ column: Int) throws(SQLiteError) -> Double {
        let type = type(column)
        guard type == SQLITE_FLOAT || type == SQLITE_INTEGER else { throw mismatch(column, "a number") }
        return unsafe sqlite3_column_double(pointer, Int32(column))
    }

    /// Text; what is not UTF-8 in it is repaired.
    package func text(_ column: Int) throws(SQLiteError) -> String {
        guard type(column) == SQLITE_TEXT else { throw mismatch(column, "text") }
        return try unsafe withContent(column, SQLITE_TEXT) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A blob, or the UTF-8 of a text.
    package func bytes(_ column: Int) throws(SQLiteError) -> [UInt8] {
        try withBytes(column) { bytes in unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) } }
    }

    /// A blob, or the UTF-8 of a text, where it lies; the span must not be kept.
    package func withBytes<T>(_ column: Int, _ body: (Span<UInt8>) -> T) throws(SQLiteError) -> T {
        let type = type(column)
        guard type == SQLITE_BLOB || type == SQLITE_TEXT else { throw mismatch(column, "bytes") }
        return try unsafe withContent(column, type) { unsafe body($0.span) }
    }

    package func int64OrNil(_ column: Int) throws(SQLiteError) -> Int64? {
        isNull(column) ? nil : try int64(column)
    }

    package func textOrNil(_ column: Int) throws(SQLiteError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    package func bytesOrNil(_ column: Int) throws(SQLiteError) -> [UInt8]? {
        isNull(column) ? nil : try bytes(column)
    }

    private func type(_ column: Int) -> Int32 {
        let count = Int(unsafe sqlite3_data_count(pointer))
        precondition((0..<count).contains(column), "column \(column) of a row with \(count) columns, in: \(sql)")
        return unsafe sqlite3_column_type(pointer, Int32(column))
    }

    /// sqlite.org/c3ref/column_blob.html: content first, then its length; an empty blob has a null pointer.
    private func withContent<T>(
        _ column: Int, _ type: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> T
    ) throws(SQLiteError) -> T {
        let index = Int32(column)
        let start =
            unsafe type == SQLITE_TEXT
            ? UnsafeRawPointer(sqlite3_column_text(pointer, index)) : sqlite3_column_blob(pointer, index)
        let count = Int(unsafe sqlite3_column_bytes(pointer, index))
        guard unsafe start != nil || count == 0 else {
            throw SQLiteError(code: .other, extendedCode: SQLITE_NOMEM, message: "out of memory", sql: sql)
        }
        let content = unsafe UnsafeRawBufferPointer(start: start, count: count).assumingMemoryBound(to: UInt8.self)
        return unsafe body(content)
    }

    private func mismatch(_ column: Int, _ wanted: String) -> SQLiteError {
        let name = unsafe sqlite3_column_name(pointer, Int32(column)).map { unsafe String(cString: $0) } ?? "?"
        let found =
            switch type(column) {
            case SQLITE_INTEGER: "an integer"
            case SQLITE_FLOAT: "a double"
            case SQLITE_TEXT: "text"
            case SQLITE_BLOB: "a blob"
            default: "NULL"
            }
        return SQLiteError(
            code: .corrupt, message: "column \(column) (\(name)) holds \(found), not \(wanted)", sql: sql)
    }
}
