package import SQLite

/// A connection and all that was prepared on it.
package final class StatementSet {
    package let connection: Connection
    /// The texts, for whoever wants to know how SQLite goes about them.
    package private(set) var texts: [String] = []

    package init(_ connection: Connection) { self.connection = connection }

    func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        texts.append(sql)
        return try connection.prepare(sql)
    }

    /// `?1, ?2, …`
    static func parameters(_ count: Int) -> String {
        (1...count).map { "?\($0)" }.joined(separator: ", ")
    }
}
