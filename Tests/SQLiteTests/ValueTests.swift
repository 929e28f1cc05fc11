import SQLite
import Testing

struct ValueTests {
    private let file: TemporaryDatabase
    private let connection: Connection
    private let insert: Statement
    private let select: Statement

    init() throws {
        file = try TemporaryDatabase()
        connection = try file.open()
        try connection.execute("CREATE TABLE t(a ANY) STRICT")
        insert = try connection.prepare("INSERT INTO t VALUES (?)")
        select = try connection.prepare("SELECT a, typeof(a), length(CAST(a AS BLOB)) AS bytes FROM t")
    }

    @Test(arguments: [Int64.min, Int64.min + 1, -1, 0, 1, 9_007_199_254_740_993, Int64.max - 1, Int64.max] as [Int64])
    func `an integer survives, at both ends too`(_ integer: Int64) throws {
        try insert.run(Value(integer))
        #expect(try select.first { try $0.int64(0) } == integer)
    }

    @Test(arguments: [0.0, -0.5, 0.1, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -.infinity, .pi] as [Double])
    func `a double survives`(_ real: Double) throws {
        try insert.run(Value(real))
        #expect(try select.first { try $0.double(0) } == real)
    }

    @Test func `a double that is no number becomes NULL`() throws {
        try insert.run(.real(.nan))
        #expect(try select.first { $0.isNull(0) } == true)
    }

    @Test(
        arguments: [
            ("", 0), ("a", 1), ("三体 (1-3)", 12), ("👩‍👩‍👧‍👦🀄️", 32), ("a\0b\0", 4), ("\0", 1), ("e\u{301}", 3), ("line\r\n", 6),
            (String(repeating: "长", count: 100_000), 300_000),
        ] as [(String, Int64)])
    func `a text survives byte by byte, NUL and emoji too`(_ text: String, _ count: Int64) throws {
        try insert.run(Value(text))
        let row = try select.first { (try $0.text(0), try $0.text(1), try $0.int64(2)) }
        #expect(row.map { Array($0.0.utf8) } == Array(text.utf8))
        #expect(row?.1 == "text")
        #expect(row?.2 == count)
    }

    @Test(arguments: [[], [0], [0, 0, 0], [1, 0, 2], Array(0...255), [0xFF, 0xFE]] as [[UInt8]])
    func `bytes survive`(_ bytes: [UInt8]) throws {
        try insert.run(Value(bytes))
        let row = try select.first { (try $0.bytes(0), try $0.text(1)) }
        #expect(row?.0 == bytes)
        #expect(row?.1 == "blob")
    }

    @Test func `spans survive as bytes or as text, empty ones too`() throws {
        let insert = try connection.prepare("INSERT INTO t VALUES (?), (?), (?), (?)")
        let empty: [UInt8] = []
        try insert.bind(1, bytes: [1, 0, 2].span)
        try insert.bind(2, bytes: empty.span)
        try insert.bind(3, utf8: Array("长\0".utf8).span)
        try insert.bind(4, utf8: empty.span)
        #expect(try !insert.step())
        let rows = try select.all { "\(try $0.text(1)) \(try $0.bytes(0))" }
        #expect(rows == ["blob [1, 0, 2]", "blob []", "text [233, 149, 191, 0]", "text []"])
    }

    @Test func `rounds of little and of much take turns, and each has its own values`() throws {
        let both = try connection.prepare("SELECT ?1, ?2")
        for count in [3, 16_383, 1, 16_384, 40_000, 0, 500] {
            let text = String(repeating: "t", count: count)
            let bytes = [UInt8](repeating: 7, count: count)
            #expect(try both.first(.text(text), .bytes([])) { (try $0.text(0), try $0.bytes(1)) }! == (text, []))
            #expect(try both.first(.text(""), .bytes(bytes)) { (try $0.text(0), try $0.bytes(1)) }! == ("", bytes))
        }
    }

    @Test func `a value stays until its round is over, though the caller's own is gone`() throws {
        let rows = try connection.prepare("SELECT ?1 FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)")
        var text: String? = String(repeating: "long enough to stand in memory of its own ", count: 9)
        var read = 0
        _ = try rows.all(.text(text!)) { row in
            let kept = try row.text(0)
            text = nil
            read += 1
            #expect(kept.utf8.count == 378)
        }
        #expect(read == 3)
    }

    @Test func `no bytes, no text and NULL are three things`() throws {
        for value in [.bytes([]), .text(""), .null] as [Value] { try insert.run(value) }
        #expect(try select.all { try $0.text(1) } == ["blob", "text", "null"])
        #expect(try select.all { $0.isNull(0) } == [false, false, true])
        #expect(try select.all { try $0.bytesOrNil(0) } == [[], [], nil])
    }

    @Test func `a value that is missing is NULL, one that is there is itself`() {
        #expect(Value(nil as String?) == .null)
        #expect(Value(nil as Int64?) == .null)
        #expect(Value(nil as Double?) == .null)
        #expect(Value(nil as [UInt8]?) == .null)
        #expect(Value("a" as String?) == .text("a"))
        #expect(Value(true) == .integer(1))
        #expect(Value(false) == .integer(0))
        #expect(Value(7) == .integer(7))
    }

    @Test func `a NULL reads as nil where nil is allowed`() throws {
        try insert.run(nil)
        let row = try select.first { (try $0.int64OrNil(0), try $0.textOrNil(0), try $0.bytesOrNil(0)) }
        let (integer, text, bytes) = try #require(row)
        #expect(integer == nil)
        #expect(text == nil)
        #expect(bytes == nil)
    }

    @Test(arguments: [
        (Value.null, "NULL"), (.integer(1), "an integer"), (.real(1), "a double"), (.text("1"), "text"),
        (.bytes([0x31]), "a blob"),
    ])
    func `a column of another type is not converted but refused`(_ value: Value, _ kind: String) throws {
        try insert.run(value)
        let reads: [(String, (Statement) throws -> Void)] = [
            ("an integer", { _ = try $0.int64(0) }),
            ("a number", { _ = try $0.double(0) }),
            ("text", { _ = try $0.text(0) }),
            ("bytes", { _ = try $0.bytes(0) }),
        ]
        #expect(try select.step())
        let refusals = reads.compactMap { wanted, read -> String? in
            do {
                try read(select)
                return nil
            } catch let error as SQLiteError {
                return error.code == .corrupt ? error.message : nil
            } catch {
                return nil
            }
        }
        let allowed: [String: Set<String>] = [
            "an integer": ["an integer", "a number"], "a double": ["a number"], "text": ["text", "bytes"],
            "a blob": ["bytes"],
        ]
        let expected = reads.map(\.0).filter { allowed[kind, default: []].contains($0) == false }
        #expect(refusals == expected.map { "column 0 (a) holds \(kind), not \($0)" })
    }

    @Test func `a value at the limit is taken and one past it refused`() throws {
        #expect(connection.limit(.valueBytes, to: 1000) == 1000)
        // The row's own header counts as well, so the limit is met by the value that is bound, not stored.
        let length = try connection.prepare("SELECT length(?)")
        #expect(try length.first(.bytes([UInt8](repeating: 1, count: 1000))) { try $0.int64(0) } == 1000)
        for value in [
            Value.bytes([UInt8](repeating: 1, count: 1001)), .text(String(repeating: "a", count: 1001)),
        ] {
            let error = #expect(throws: SQLiteError.self) { try length.first(value) { try $0.int64(0) } }
            #expect(error?.code == .other)
            #expect(error?.message == "string or blob too big")
        }
        #expect(try length.first("abc") { try $0.int64(0) } == 3)
    }

    @Test func `limits on SQL and on the number of values hold`() throws {
        #expect(connection.limit(.bindings, to: 2) == 2)
        #expect(throws: SQLiteError.self) { try connection.prepare("SELECT ?, ?, ?") }
        #expect(connection.limit(.sqlBytes, to: 100) == 100)
        #expect(throws: SQLiteError.self) { try connection.prepare("SELECT 1" + String(repeating: " ", count: 100)) }
        #expect(connection.limit(.valueBytes, to: Int(Int32.max)) < Int(Int32.max))
    }
}
