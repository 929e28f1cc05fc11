import Payments
import SQLite

/// Whether the database is still this process' to write.
///
/// The lock beside the file sees to that, unless somebody removes it, or the file came from elsewhere. So whoever opens the
/// file also raises its epoch, and each transaction looks whether that is still its own: one row in the cache.
struct Ownership {
    private let look: Statement
    private let epoch: Int64

    static let lost = "another gateway has taken over the database"

    /// Takes the file over from whoever had it.
    init(_ connection: Connection) throws(SQLiteError) {
        look = try connection.prepare("SELECT epoch FROM owner WHERE one = 1")
        let raised = try connection.prepare("UPDATE owner SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch").first {
            try $0.int64(0)
        }
        guard let raised else { throw SQLiteError(code: .corrupt, message: "the database has no row for its owner") }
        epoch = raised
    }

    /// To be asked within a transaction.
    func isOurs() throws(SQLiteError) -> Bool { try look.first { try $0.int64(0) } == epoch }
}
