package import Payments
import Platform
import SQLite

/// A look into a store's file from beside it, whether or not a service runs on it.
///
/// Nothing is created, changed or held up: no file that the service's account could not write to is left behind.
package enum StoreGlimpse {
    /// Nil when the file is not there, is of another version, or cannot be read so.
    package static func read<Value>(_ path: String, _ body: (any StoreReader) throws(StoreError) -> Value) -> Value? {
        guard let mode = mode(of: path) else { return nil }
        do {
            let connection = try Connection(path: path, mode: mode)
            try connection.execute("PRAGMA query_only = ON; BEGIN")
            return try body(try SQLiteReader(StatementSet(connection)))
        } catch {
            return nil
        }
    }

    /// How to open the file so that nothing is made beside it; nil if it cannot be.
    private static func mode(of path: String) -> Connection.Mode? {
        let (log, index) = (FileSignature(of: path + "-wal"), FileSignature(of: path + "-shm"))
        if index != nil { return log == nil ? nil : .readOnly }
        // A log that nobody has open may hold what the file lacks, and reading it makes an index.
        return log.map { $0.sizeBytes == 0 } ?? true ? .immutable : nil
    }
}
