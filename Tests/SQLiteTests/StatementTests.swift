import SQLite
import Testing

struct StatementTests {
    private let file: TemporaryDatabase
    private let connection: Connection

    init() throws {
        file = try TemporaryDatabase()
        connection = try file.open()
    }

    @Test(arguments: ["", "  ", "-- only a comment", ";"])
    func `a text without a statement is refused`(_ sql: String) {
        let error = #expect(throws: SQLiteError.self) { try connection.prepare(sql) }
        #expect(error?.message == "there is no statement in the text")
    }

    @Test(arguments: ["SELECT 1; SELECT 2", "SELECT 1; x", "SELECT 1;\0"])
    func `a text with something behind its statement is refused`(_ sql: String) {
        let error = #expect(throws: SQLiteError.self) { try connection.prepare(sql) }
        #expect(error?.message == "there is more than one statement in the text")
    }

    @Test func `a semicolon and line ends behind the statement are fine`() throws {
        #expect(try connection.prepare("SELECT 1;\r\n\t ; ").first { try $0.int64(0) } == 1)
    }

    @Test func `a mistake is told with the statement's text`() {
        let error = #expect(throws: SQLiteError.self) { try connection.prepare("SELEC 1") }
        #expect(error?.code == .other)
        #expect(error?.description == "SQLite: near \"SELEC\": syntax error (code 1), in: SELEC 1")
    }

    @Test func `a row that is there already is a unique violation, by key or index`() throws {
        try connection.execute("CREATE TABLE t(a TEXT PRIMARY KEY, b INTEGER UNIQUE NOT NULL)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
        try insert.run("one", 1)
        let byKey = #expect(throws: SQLiteError.self) { try insert.run("one", 2) }
        #expect(byKey?.code == .constraint)
        #expect(byKey?.isUniqueViolation == true)
        let byIndex = #expect(throws: SQLiteError.self) { try insert.run("two", 1) }
        #expect(byIndex?.code == .constraint)
        #expect(byIndex?.isUniqueViolation == true)
        #expect(byIndex?.message == "UNIQUE constraint failed: t.b")
        #expect(byIndex?.sql == "INSERT INTO t VALUES (?, ?)")
    }

    @Test func `a rowid that is there already is a unique violation`() throws {
        try connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
        let error = #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (1)") }
        #expect(error?.isUniqueViolation == true)
    }

    @Test func `other constraints are no unique violation`() throws {
        try connection.execute("CREATE TABLE t(a NOT NULL CHECK (a > 0))")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        for value in [nil, 0] as [Value] {
            let error = #expect(throws: SQLiteError.self) { try insert.run(value) }
            #expect(error?.code == .constraint)
            #expect(error?.isUniqueViolation == false)
        }
    }

    @Test func `a statement works again after an error`() throws {
        try connection.execute("CREATE TABLE t(a UNIQUE)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        try insert.run(1)
        #expect(throws: SQLiteError.self) { try insert.run(1) }
        try insert.run(2)
        #expect(throws: SQLiteError.self) { try insert.run(2) }
        #expect(try connection.prepare("SELECT a FROM t ORDER BY a").all { try $0.int64(0) } == [1, 2])
    }

    @Test func `a position that is not there is refused, and the values before it are forgotten`() throws {
        let query = try connection.prepare("SELECT ?")
        #expect(query.parameterCount == 1)
        try query.bind(1, "kept by mistake")
        for position in [0, 2, -1, Int.max] {
            #expect(throws: SQLiteError.self) { try query.bind(position, 1) }
        }
        #expect(try query.step())
        #expect(query.isNull(0))
    }

    @Test func `values of one round are gone in the next`() throws {
        let query = try connection.prepare("SELECT ?1, ?2")
        #expect(try query.first("a", "b") { [try $0.text(0), try $0.text(1)] } == ["a", "b"])
        try query.bind(2, "c")
        #expect(try query.step())
        #expect(query.isNull(0))
        #expect(try query.text(1) == "c")
    }

    @Test func `a statement in the middle of its rows takes no values, and is ready again afterwards`() throws {
        let query = try connection.prepare("SELECT ?")
        try query.bind(1, 1)
        #expect(try query.step())
        #expect(throws: SQLiteError.self) { try query.bind(1, 2) }
        #expect(try query.first(3) { try $0.int64(0) } == 3)
    }

    @Test func `rows come in order, then none, then from the start`() throws {
        let query = try connection.prepare("SELECT value FROM (SELECT 1 AS value UNION SELECT 2) ORDER BY value")
        for _ in 0..<2 {
            #expect(try query.step())
            #expect(try query.int64(0) == 1)
            #expect(try query.step())
            #expect(try query.int64(0) == 2)
            #expect(try !query.step())
        }
    }

    @Test func `first of nothing is nil, all of nothing is empty`() throws {
        let query = try connection.prepare("SELECT 1 WHERE ?")
        #expect(try query.first(0) { try $0.int64(0) } == nil)
        #expect(try query.all(0) { try $0.int64(0) } == [])
    }

    @Test func `a reader that throws ends the round and lets go of the lock`() throws {
        try connection.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
        let query = try connection.prepare("SELECT a FROM t")
        let refusal = SQLiteError(code: .corrupt, message: "no such status")
        #expect(throws: refusal) { try query.first { _ in throw refusal } }
        #expect(throws: refusal) { try query.all { _ in throw refusal } }
        try file.open().execute("BEGIN EXCLUSIVE; COMMIT")
        #expect(try query.all { try $0.int64(0) } == [1, 2])
    }

    @Test func `another error of a reader's comes out as text`() throws {
        struct Odd: Error {}
        let error = #expect(throws: SQLiteError.self) { try connection.prepare("SELECT 1").first { _ in throw Odd() } }
        #expect(error?.code == .other)
        #expect(error?.message == "reading a row failed: Odd()")
    }

    @Test func `first ends its round, so that others can write`() throws {
        try connection.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
        #expect(try connection.prepare("SELECT a FROM t").first { try $0.int64(0) } == 1)
        try file.open().execute("INSERT INTO t VALUES (3)")
    }

    @Test func `an insert that returns its row is committed once that row is read`() throws {
        try connection.execute("CREATE TABLE t(a)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?), (6) RETURNING a")
        #expect(try insert.first(5) { try $0.int64(0) } == 5)
        let elsewhere = try file.open()
        #expect(try elsewhere.prepare("SELECT a FROM t").all { try $0.int64(0) } == [5, 6])
    }

    @Test func `a commit that fails behind a returned row is thrown`() throws {
        try connection.execute(
            """
            PRAGMA foreign_keys = ON;
            CREATE TABLE p(id INTEGER PRIMARY KEY);
            CREATE TABLE c(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED);
            """)
        let insert = try connection.prepare("INSERT INTO c VALUES (?) RETURNING p")
        let error = #expect(throws: SQLiteError.self) { try insert.first(99) { try $0.int64(0) } }
        #expect(error?.code == .constraint)
        #expect(try connection.prepare("SELECT count(*) FROM c").first { try $0.int64(0) } == 0)
        try connection.execute("INSERT INTO p VALUES (99)")
        #expect(try insert.first(99) { try $0.int64(0) } == 99)
    }
}
