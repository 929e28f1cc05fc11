import CSQLite

/// What SQLite refused, and why.
package struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Another connection holds the lock: try again.
        case busy
        /// The disk or `max_page_count` is full.
        case full
        /// UNIQUE, NOT NULL, CHECK or FOREIGN KEY; ``isUniqueViolation`` tells the first.
        case constraint
        /// The operating system could not read or write.
        case io
        /// The file is no database, or a damaged one.
        case corrupt
        /// A write on a read-only connection or file system.
        case readOnly
        /// No such file or folder, or no permission.
        case cantOpen
        /// Somebody ended it while it ran (SQLITE_INTERRUPT).
        case interrupted
        /// A mistake in the SQL or in its use, a value too long, or no memory.
        case other
    }

    package let code: Code
    /// SQLite's extended result code (sqlite.org/rescode.html); 0 when the refusal is this module's own.
    package let extendedCode: Int32
    /// SQLite's sentence; it names tables and columns and never a bound value.
    package let message: String
    /// The statement's text, without its values; nil outside a statement.
    package let sql: String?

    package init(code: Code, extendedCode: Int32 = 0, message: String, sql: String? = nil) {
        self.code = code
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    /// Whether a row with the same key is there already (UNIQUE or PRIMARY KEY).
    package var isUniqueViolation: Bool {
        extendedCode == Extended.unique || extendedCode == Extended.primaryKey || extendedCode == Extended.rowID
    }

    package var description: String {
        "SQLite: \(message) (code \(extendedCode))" + (sql.map { ", in: \($0)" } ?? "")
    }

    /// Macros of sqlite3.h that are sums and so not imported.
    private enum Extended {
        static let primaryKey = SQLITE_CONSTRAINT | 6 << 8
        static let unique = SQLITE_CONSTRAINT | 8 << 8
        static let rowID = SQLITE_CONSTRAINT | 10 << 8
    }
}

extension SQLiteError.Code {
    /// - Parameter extended: a result code, extended or not; its low byte is the primary code.
    init(_ extended: Int32) {
        self =
            switch extended & 0xFF {
            case SQLITE_BUSY, SQLITE_PROTOCOL: .busy
            case SQLITE_FULL: .full
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_IOERR: .io
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_READONLY: .readOnly
            case SQLITE_CANTOPEN, SQLITE_PERM: .cantOpen
            case SQLITE_INTERRUPT: .interrupted
            default: .other
            }
    }
}
