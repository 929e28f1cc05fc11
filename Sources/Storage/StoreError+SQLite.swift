package import Payments
package import SQLite

extension StoreError {
    /// Only a second row under one key is a `conflict`; any other constraint is a mistake of this program.
    package init(_ error: SQLiteError) {
        let code: Code =
            switch error.code {
            case .busy, .full, .io, .interrupted, .readOnly, .cantOpen: .unavailable
            case .constraint: error.isUniqueViolation ? .conflict : .broken
            case .corrupt, .other: .broken
            }
        self.init(code: code, message: error.description)
    }

    static let closed = StoreError(code: .unavailable, message: "the store is closed")
    static let overloaded = StoreError(code: .unavailable, message: "too many calls are waiting for the store")
}

extension SQLiteError {
    /// Whether fsync(2) failed: the kernel may have dropped what it could not write, and a later fsync would not say so.
    package var isFailedSync: Bool {
        // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC.
        extendedCode == 10 | 4 << 8 || extendedCode == 10 | 5 << 8
    }
}
