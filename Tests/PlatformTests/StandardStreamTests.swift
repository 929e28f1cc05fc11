import Foundation
import Platform
import Synchronization
import Testing

struct StandardStreamTests {
    @Test func `a mebibyte arrives whole and in order through a pipe that holds 64 KiB`() {
        let pipe = Pipe()
        let sent = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let received = Mutex([UInt8]())
        let reader = OwnThread.start(name: "reader") {
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            received.withLock { $0 = [UInt8](data) }
        }
        let stream = StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(stream.write(sent))
        try? pipe.fileHandleForWriting.close()
        reader.join()
        let same = received.withLock { $0 == sent }
        #expect(same)
    }

    @Test func `nothing to write is written`() {
        let pipe = Pipe()
        #expect(StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor).write([]))
    }

    @Test func `a reader that has gone makes a write false and does not end the process`() throws {
        ignoreSIGPIPE()
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        #expect(!StandardStream(descriptor: pipe.fileHandleForWriting.fileDescriptor).write([1, 2, 3]))
    }

    @Test func `a full disk makes a write false`() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        #expect(!StandardStream(descriptor: full.fileDescriptor).write([1]))
    }

    @Test func `a pipe is no terminal`() {
        #expect(!StandardStream(descriptor: Pipe().fileHandleForWriting.fileDescriptor).isTerminal)
    }

    @Test func `a pseudo-terminal is one`() throws {
        let terminal = try #require(FileHandle(forUpdatingAtPath: "/dev/ptmx"))
        #expect(StandardStream(descriptor: terminal.fileDescriptor).isTerminal)
    }
}
