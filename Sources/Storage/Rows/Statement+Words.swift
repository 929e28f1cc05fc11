import SQLite

extension Statement {
    /// One of our enums, by its word.
    func word<Word: RawRepresentable>(_ column: Int, _ type: Word.Type = Word.self) throws(SQLiteError) -> Word
    where Word.RawValue == String {
        let text = try text(column)
        guard let word = Word(rawValue: text) else {
            throw SQLiteError(code: .corrupt, message: "\"\(text)\" is no \(Word.self)", sql: sql)
        }
        return word
    }

    /// One of our enums, by its number.
    func code<Code: RawRepresentable>(_ column: Int, _ type: Code.Type = Code.self) throws(SQLiteError) -> Code
    where Code.RawValue == Int {
        let number = try int(column)
        guard let code = Code(rawValue: number) else {
            throw SQLiteError(code: .corrupt, message: "\(number) is no \(Code.self)", sql: sql)
        }
        return code
    }

    func flag(_ column: Int) throws(SQLiteError) -> Bool { try int64(column) != 0 }

    /// A count of ours, far inside Int32.
    func int(_ column: Int) throws(SQLiteError) -> Int { Int(try int64(column)) }
}

extension Value {
    /// How many rows a read may give, whatever its caller asks for.
    static let rowsMax = 10_000

    /// SQLite takes a negative LIMIT for none.
    static func limit(_ rows: Int) -> Value { Value(min(max(rows, 0), rowsMax)) }
}

/// A place among rows in the order of (time, seq); in a list that runs from new to old, rows come strictly before it.
struct ListBound: Comparable {
    let atMs: Int64
    let seq: Int64

    /// Before all of them.
    static let newest = ListBound(atMs: .max, seq: .max)

    /// Read from two columns.
    static func read(_ row: Statement) throws(SQLiteError) -> ListBound {
        ListBound(atMs: try row.int64(0), seq: try row.int64(1))
    }

    /// Rows made earlier than `ms`.
    static func before(_ ms: Int64) -> ListBound { ListBound(atMs: ms, seq: .min) }

    static func < (a: ListBound, b: ListBound) -> Bool { (a.atMs, a.seq) < (b.atMs, b.seq) }
}
