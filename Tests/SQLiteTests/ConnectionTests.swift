import SQLite
import Synchronization
import Testing

struct ConnectionTests {
    private let file: TemporaryDatabase

    init() throws { file = try TemporaryDatabase() }

    @Test func `the library tells its version`() throws {
        let parts = Connection.libraryVersion.split(separator: ".")
        #expect(parts.count == 3)
        #expect(parts.first == "3")
    }

    @Test func `a file that is missing is created, but not by a reader`() throws {
        let error = #expect(throws: SQLiteError.self) { try file.open(.readOnly) }
        #expect(error?.code == .cantOpen)
        #expect(!file.exists())
        let connection = try file.open()
        try connection.execute("CREATE TABLE t(a)")
        #expect(file.exists())
    }

    @Test func `a folder that is missing is told by its path`() {
        let path = file.path + "/absent/test.db"
        let error = #expect(throws: SQLiteError.self) { try Connection(path: path, mode: .readWriteCreate) }
        #expect(error?.code == .cantOpen)
        #expect(error?.message == "\(path): unable to open database file")
    }

    @Test func `a path with a NUL byte is refused whole`() {
        let error = #expect(throws: SQLiteError.self) {
            try Connection(path: file.path + "\0.db", mode: .readWriteCreate)
        }
        #expect(error?.code == .cantOpen)
        #expect(!file.exists())
    }

    @Test func `a reader cannot write`() throws {
        try file.open().execute("CREATE TABLE t(a)")
        let error = #expect(throws: SQLiteError.self) { try file.open(.readOnly).execute("INSERT INTO t VALUES (1)") }
        #expect(error?.code == .readOnly)
        #expect(error?.sql == "INSERT INTO t VALUES (1)")
    }

    @Test func `a file that is no database is corrupt`() throws {
        try file.write(Array(repeating: 0x41, count: 4096))
        let connection = try file.open()
        let error = #expect(throws: SQLiteError.self) { try connection.execute("CREATE TABLE t(a)") }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "file is not a database")
    }

    @Test func `a second connection is told that the file is busy, and not once it is free`() throws {
        let first = try file.open()
        try first.execute("CREATE TABLE t(a); BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)")
        let second = try file.open()
        let error = #expect(throws: SQLiteError.self) { try second.execute("INSERT INTO t VALUES (2)") }
        #expect(error?.code == .busy)
        try first.execute("COMMIT")
        try second.execute("INSERT INTO t VALUES (2)")
        #expect(second.changes == 1)
    }

    @Test func `the busy timeout is SQLite's`() throws {
        let connection = try Connection(path: file.path, mode: .readWriteCreate, busyTimeoutMs: 1234)
        let pragma = try connection.prepare("PRAGMA busy_timeout")
        #expect(try pragma.first { try $0.int64(0) } == 1234)
        try connection.setBusyTimeout(ms: 5)
        #expect(try pragma.first { try $0.int64(0) } == 5)
        #expect(connection.busyTimeoutMs == 5)
    }

    @Test func `a full database says so and keeps what it has`() throws {
        let connection = try file.open()
        try connection.execute("CREATE TABLE t(a BLOB); PRAGMA max_page_count = 8")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        try insert.run(.bytes([1, 2, 3]))
        let error = #expect(throws: SQLiteError.self) { try insert.run(.bytes([UInt8](repeating: 7, count: 100_000))) }
        #expect(error?.code == .full)
        #expect(error?.message == "database or disk is full")
        try insert.run(.bytes([4]))
        let rows = try connection.prepare("SELECT a FROM t").all { try $0.bytes(0) }
        #expect(rows == [[1, 2, 3], [4]])
    }

    @Test func `several statements run in order, and the first mistake ends them`() throws {
        let connection = try file.open()
        let sql = "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); NONSENSE; INSERT INTO t VALUES (3)"
        let error = #expect(throws: SQLiteError.self) { try connection.execute(sql) }
        #expect(error?.code == .other)
        #expect(error?.sql == sql)
        #expect(error?.message == "near \"NONSENSE\": syntax error")
        #expect(try connection.prepare("SELECT count(*) FROM t").first { try $0.int64(0) } == 2)
    }

    @Test func `SQL with a NUL byte is refused before any of it runs`() throws {
        let connection = try file.open()
        #expect(throws: SQLiteError.self) { try connection.execute("CREATE TABLE t(a); \0 nonsense") }
        #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (1)") }
    }

    @Test func `changes, the last rowid and the transaction are known`() throws {
        let connection = try file.open()
        try connection.execute("CREATE TABLE t(a)")
        #expect(connection.lastInsertRowID == 0)
        try connection.execute("INSERT INTO t VALUES (1), (2), (3)")
        #expect(connection.changes == 3)
        #expect(connection.lastInsertRowID == 3)
        #expect(!connection.isInTransaction)
        try connection.execute("BEGIN; DELETE FROM t WHERE a > 1")
        #expect(connection.isInTransaction)
        #expect(connection.changes == 2)
        try connection.execute("ROLLBACK")
        #expect(!connection.isInTransaction)
    }

    @Test func `the schema cannot be rewritten by hand, nor is it trusted`() throws {
        let connection = try file.open()
        try connection.execute("CREATE TABLE t(a); PRAGMA writable_schema = ON")
        #expect(throws: SQLiteError.self) { try connection.execute("UPDATE sqlite_schema SET sql = ''") }
        #expect(try connection.prepare("PRAGMA trusted_schema").first { try $0.int64(0) } == 0)
    }

    @Test func `a name in double quotes is never taken for a text`() throws {
        let connection = try file.open()
        #expect(throws: SQLiteError.self) { try connection.execute("SELECT \"no such column\"") }
        #expect(throws: SQLiteError.self) { try connection.execute("CREATE TABLE t(a CHECK (a <> \"b\"))") }
    }

    @Test func `a connection may move to another thread inside a lock`() async throws {
        let shared = Mutex(try Connection(path: file.path, mode: .readWriteCreate))
        let count = try await Task {
            try shared.withLock { connection in
                try connection.execute("CREATE TABLE t(a); INSERT INTO t VALUES (7)")
                return try connection.prepare("SELECT a FROM t").first { try $0.int64(0) }
            }
        }.value
        #expect(count == 7)
    }
}

struct ConnectionLogTests {
    private let file: TemporaryDatabase
    private let connection: Connection

    init() throws {
        file = try TemporaryDatabase()
        connection = try file.open()
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(a)")
        try connection.execute("INSERT INTO t VALUES (1)")
    }

    @Test func `a checkpoint tells how much of the log it copied`() throws {
        let (log, checkpointed) = try connection.checkpoint(.passive)
        #expect(log > 0)
        #expect(checkpointed == log)
    }

    @Test func `truncate empties the log`() throws {
        let (log, checkpointed) = try connection.checkpoint(.truncate)
        #expect(log == 0)
        #expect(checkpointed == 0)
    }

    @Test func `a reader in the way makes a full checkpoint busy, a passive one copy less`() throws {
        let reader = try file.open(.readOnly)
        let query = try reader.prepare("SELECT a FROM t")
        #expect(try query.step())
        try connection.execute("INSERT INTO t VALUES (2)")
        let error = #expect(throws: SQLiteError.self) { try connection.checkpoint(.restart) }
        #expect(error?.code == .busy)
        let (log, checkpointed) = try connection.checkpoint(.passive)
        #expect(checkpointed < log)
        try query.reset()
        let after = try connection.checkpoint(.restart)
        #expect(after.checkpointed == after.log)
    }

    @Test func `outside WAL mode there is no log`() throws {
        try connection.execute("PRAGMA journal_mode = DELETE")
        let (log, checkpointed) = try connection.checkpoint(.passive)
        #expect(log == -1)
        #expect(checkpointed == -1)
    }
}

struct ConnectionClosingTests {
    private let file: TemporaryDatabase

    init() throws { file = try TemporaryDatabase() }

    /// The last connection to close removes the log, so the log shows what is still open.
    @Test func `the file is closed when connection and statements are gone, in whatever order`() throws {
        var connection: Connection? = try file.open()
        try connection?.execute("PRAGMA journal_mode = WAL; CREATE TABLE t(a)")
        var first = try connection?.prepare("INSERT INTO t VALUES (?)")
        var second = try connection?.prepare("SELECT a FROM t")
        try first?.run(7)
        #expect(try second?.step() == true)
        connection = nil
        #expect(file.exists("-wal"))
        #expect(try second?.int64(0) == 7)
        second = nil
        #expect(file.exists("-wal"))
        try first?.run(8)
        first = nil
        #expect(!file.exists("-wal"))
        #expect(try file.open().prepare("SELECT count(*) FROM t").first { try $0.int64(0) } == 2)
    }

    @Test func `an open transaction is rolled back by closing`() throws {
        var connection: Connection? = try file.open()
        try connection?.execute("CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES (1)")
        connection = nil
        #expect(try file.open().prepare("SELECT count(*) FROM t").first { try $0.int64(0) } == 0)
    }
}
