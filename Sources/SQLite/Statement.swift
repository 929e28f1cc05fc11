import CSQLite

/// One compiled statement, finalized once, before its connection closes.
///
/// Prepare it once, keep it, and use it again and again on its connection's thread: ``run(_:)``, ``first(_:read:)`` and
/// ``all(_:read:)`` do a whole round, or bind, step and read by hand. Whenever a round ends, by its last row, by an error
/// or by ``reset()``, every value goes back to NULL and the statement is ready again. A round left in the middle keeps its
/// read lock.
@safe
package final class Statement {
    package let sql: String
    let handle: Handle
    let pointer: OpaquePointer
    /// Where the texts and bytes of a round lie.
    private var kept = KeptValues()

    init(_ handle: Handle, sql: String) throws(SQLiteError) {
        var prepared: OpaquePointer?
        var text = sql
        let (result, rest) = text.withUTF8 { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text -> (Int32, Int) in
                var end: UnsafePointer<CChar>?
                let count = Int32(clamping: text.count)
                let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
                let result = unsafe sqlite3_prepare_v3(
                    handle.pointer, text.baseAddress, count, flags, &prepared, &end)
                let used = unsafe end.flatMap { end in unsafe text.baseAddress.map { unsafe end - $0 } } ?? 0
                return (result, text.count - used)
            }
        }
        try handle.check(result, sql: sql)
        guard let pointer = unsafe prepared else {
            throw SQLiteError(code: .other, message: "there is no statement in the text", sql: sql)
        }
        unsafe self.pointer = unsafe pointer
        self.handle = handle
        self.sql = sql
        // From here on deinit finalizes it.
        guard sql.utf8.suffix(rest).allSatisfy({ [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ";")].contains($0) }) else {
            throw SQLiteError(code: .other, message: "there is more than one statement in the text", sql: sql)
        }
    }

    deinit {
        // Its result repeats the last step's failure, which that step has already thrown.
        _ = unsafe sqlite3_finalize(pointer)
    }

    /// How many values it takes.
    package var parameterCount: Int { Int(unsafe sqlite3_bind_parameter_count(pointer)) }

    /// Runs to the end with these values from position 1 on; rows, if any, are dropped.
    package func run(_ values: Value...) throws(SQLiteError) {
        try bindAll(values)
        while try step() {}
    }

    /// The first row, read while it stands; nil when there is none. Rows after it are not looked at.
    ///
    /// `read` is meant to throw ``SQLiteError`` only; its type does not say so, because the compiler of Swift 6.3 does not
    /// infer typed throws for a closure. Any other error comes out as `other`, as text.
    package func first<T>(_ values: Value..., read: (Statement) throws -> T) throws(SQLiteError) -> T? {
        try bindAll(values)
        guard try step() else { return nil }
        let row = try readRow(read)
        try reset()
        return row
    }

    /// Every row; the statement's own LIMIT bounds them.
    package func all<T>(_ values: Value..., read: (Statement) throws -> T) throws(SQLiteError) -> [T] {
        try bindAll(values)
        var rows: [T] = []
        while try step() { rows.append(try readRow(read)) }
        return rows
    }

    /// Moves to the next row.
    ///
    /// - Returns: false behind the last row; the round is over then.
    package func step() throws(SQLiteError) -> Bool {
        let result = unsafe sqlite3_step(pointer)
        guard result != SQLITE_ROW else { return true }
        guard result != SQLITE_DONE else {
            try reset()
            return false
        }
        throw abandon(handle.error(result, sql: sql))
    }

    /// Ends the round where it stands: lets go of its lock, forgets its values.
    ///
    /// - Throws: when this ends a write outside a transaction (one with RETURNING) and its commit fails.
    package func reset() throws(SQLiteError) {
        let result = unsafe sqlite3_reset(pointer)
        guard result == SQLITE_OK else { throw abandon(handle.error(result, sql: sql)) }
        clear()
    }

    /// Makes the statement ready again after a failure.
    ///
    /// - Returns: that failure; what SQLite says of the reset only repeats it.
    private func abandon(_ failure: SQLiteError) -> SQLiteError {
        _ = unsafe sqlite3_reset(pointer)
        clear()
        return failure
    }

    private func clear() {
        // sqlite.org/c3ref/clear_bindings.html: always SQLITE_OK.
        _ = unsafe sqlite3_clear_bindings(pointer)
    }

    private func readRow<T>(_ read: (Statement) throws -> T) throws(SQLiteError) -> T {
        do {
            return try read(self)
        } catch let error as SQLiteError {
            throw abandon(error)
        } catch {
            throw abandon(SQLiteError(code: .other, message: "reading a row failed: \(error)", sql: sql))
        }
    }
}

// Values, by position from 1 on. SQLite copies texts and bytes that are bound one by one; those of a whole round are kept here.
extension Statement {
    /// - Throws: `other` for a position the statement has not, or a value above SQLite's limit (1,000,000,000 bytes).
    package func bind(_ position: Int, _ value: Value) throws(SQLiteError) {
        let index = Int32(clamping: position)
        switch value {
        case .null: try bound(unsafe sqlite3_bind_null(pointer, index))
        case .integer(let integer): try bound(unsafe sqlite3_bind_int64(pointer, index, integer))
        case .real(let real): try bound(unsafe sqlite3_bind_double(pointer, index, real))
        case .text(var text): try bound(text.withUTF8 { unsafe bindText(index, UnsafeRawBufferPointer($0)) })
        case .bytes(let bytes): try bound(unsafe bytes.withUnsafeBytes { unsafe bindBytes(index, $0) })
        }
    }

    /// Bytes that need not be an array of their own.
    package func bind(_ position: Int, bytes: Span<UInt8>) throws(SQLiteError) {
        let index = Int32(clamping: position)
        try bound(unsafe bytes.withUnsafeBytes { unsafe bindBytes(index, $0) })
    }

    /// A text that is known by its UTF-8; SQLite does not check it.
    package func bind(_ position: Int, utf8: Span<UInt8>) throws(SQLiteError) {
        let index = Int32(clamping: position)
        try bound(unsafe utf8.withUnsafeBytes { unsafe bindText(index, $0) })
    }

    private func bindAll(_ values: [Value]) throws(SQLiteError) {
        precondition(
            values.count == parameterCount, "\(values.count) values for \(parameterCount) parameters in: \(sql)")
        // In the middle of a round SQLite takes no values, and what is kept is still read.
        let keeps = unsafe sqlite3_stmt_busy(pointer) == 0 && kept.makeRoom(for: values)
        for index in values.indices {
            if keeps { try bindKept(index + 1, values[index]) } else { try bind(index + 1, values[index]) }
        }
    }

    private func bindKept(_ position: Int, _ value: Value) throws(SQLiteError) {
        let index = Int32(clamping: position)
        switch value {
        case .text(var text):
            let place = text.withUTF8 { unsafe kept.keep(UnsafeRawBufferPointer($0)) }
            try bound(
                unsafe shim_bind_kept_text(
                    pointer, index, place.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(place.count)))
        case .bytes(let bytes) where !bytes.isEmpty:
            let place = unsafe bytes.withUnsafeBytes { unsafe kept.keep($0) }
            try bound(unsafe shim_bind_kept_blob(pointer, index, place.baseAddress, UInt64(place.count)))
        case .null, .integer, .real, .bytes: try bind(position, value)
        }
    }

    private func bound(_ result: Int32) throws(SQLiteError) {
        guard result == SQLITE_OK else { throw abandon(handle.error(result, sql: sql)) }
    }

    /// SQLite takes a null pointer for NULL, so an empty text needs some other.
    private func bindText(_ index: Int32, _ text: UnsafeRawBufferPointer) -> Int32 {
        guard unsafe !text.isEmpty else { return unsafe shim_bind_text(pointer, index, "", 0) }
        return unsafe shim_bind_text(
            pointer, index, text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(text.count))
    }

    private func bindBytes(_ index: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard unsafe !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(pointer, index, 0) }
        return unsafe shim_bind_blob(pointer, index, bytes.baseAddress, UInt64(bytes.count))
    }
}
