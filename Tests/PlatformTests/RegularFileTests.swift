import Foundation
import Glibc
import Platform
import Testing

struct RegularFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ bytes: [UInt8], to name: String = "file") -> String {
        let path = folder.file(name)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        return path
    }

    @Test(arguments: [0, 1, 4095, 4096, 65_536])
    func `a file is read whole, up to the limit and at it`(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let path = write(bytes)
        #expect(try RegularFile.read(path, bytesMax: count) == bytes)
        #expect(try RegularFile.read(path, bytesMax: count + 1) == bytes)
    }

    @Test func `one byte more than the limit is too large`() {
        let path = write([1, 2, 3])
        #expect(throws: RegularFile.Fault.tooLarge) { try RegularFile.read(path, bytesMax: 2) }
    }

    @Test func `what the system makes while it is read has no size, and is read whole`() throws {
        let bytes = try RegularFile.read("/proc/self/status", bytesMax: 65_536)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("Name:"))
        #expect(throws: RegularFile.Fault.tooLarge) { try RegularFile.read("/proc/self/status", bytesMax: 10) }
    }

    @Test func `a link is followed, and one that leads nowhere or in a circle is no file`() throws {
        let path = write([5])
        for (name, target) in [("link", path), ("lost", folder.file("absent")), ("circle", folder.file("circle"))] {
            #expect(unsafe symlink(target, folder.file(name)) == 0)
        }
        #expect(try RegularFile.read(folder.file("link"), bytesMax: 9) == [5])
        for name in ["lost", "circle"] {
            #expect(throws: RegularFile.Fault.brokenLink) { try RegularFile.read(folder.file(name), bytesMax: 9) }
        }
    }

    @Test func `a pipe that nobody writes to is refused, and not waited for`() {
        #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
        for path in [folder.file("pipe"), "/dev/zero"] {
            #expect(throws: RegularFile.Fault.notRegular) { try RegularFile.read(path, bytesMax: 9) }
        }
    }

    @Test(arguments: [
        ("absent", RegularFile.Fault.missing), ("absent/file", .missing), (".", .folder),
        ("file/below", .unreadable),
    ])
    func `what cannot be read says why`(_ name: String, _ fault: RegularFile.Fault) {
        _ = write([1])
        #expect(throws: fault) { try RegularFile.read(folder.file(name), bytesMax: 9) }
    }
}
