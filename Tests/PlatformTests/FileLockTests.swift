import Foundation
import Platform
import Testing

struct FileLockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a second holder is refused and told why`() throws {
        let path = folder.file("lock")
        let first = try FileLock(path: path)
        let error = #expect(throws: FileLockError.self) { try FileLock(path: path) }
        #expect(error?.code == .held)
        #expect(error?.description == "\(path) is locked: another process is using it")
        withExtendedLifetime(first) {}
    }

    @Test func `another process is refused while the lock is held, and not after`() throws {
        var lock: FileLock? = try FileLock(path: folder.file("lock"))
        #expect(try flock(folder.file("lock")) == 1)
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(try flock(folder.file("lock")) == 0)
    }

    @Test func `a lock let go of can be taken again`() throws {
        _ = try FileLock(path: folder.file("lock"))
        _ = try FileLock(path: folder.file("lock"))
    }

    @Test func `the file is its owner's alone`() throws {
        let lock = try FileLock(path: folder.file("lock"))
        #expect(try folder.mode("lock") == 0o600)
        withExtendedLifetime(lock) {}
    }

    @Test func `a folder that is missing is named with the system's reason`() {
        let path = folder.file("absent/lock")
        let error = #expect(throws: FileLockError.self) { try FileLock(path: path) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.description == "\(path) cannot be opened for locking: No such file or directory")
    }

    @Test func `a symbolic link is refused`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("lock"), withDestinationPath: folder.file("elsewhere"))
        let error = #expect(throws: FileLockError.self) { try FileLock(path: folder.file("lock")) }
        #expect(error?.code == .cannotOpen)
        #expect(!FileManager.default.fileExists(atPath: folder.file("elsewhere")))
    }

    /// What util-linux's flock(1) says: 0 when it could take the lock, 1 when it is held.
    private func flock(_ path: String) throws -> Int32 {
        let command = Process()
        command.executableURL = URL(filePath: "/usr/bin/flock")
        command.arguments = ["--nonblock", path, "true"]
        try command.run()
        command.waitUntilExit()
        return command.terminationStatus
    }
}
