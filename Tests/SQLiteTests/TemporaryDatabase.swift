import FoundationEssentials
import SQLite

/// A folder for one database file, gone when the test is.
final class TemporaryDatabase {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "payrelay-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "test.db").path }

    func open(_ mode: Connection.Mode = .readWriteCreate) throws -> Connection {
        try Connection(path: path, mode: mode)
    }

    func exists(_ suffix: String = "") -> Bool { FileManager.default.fileExists(atPath: path + suffix) }

    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: path)) }
}
