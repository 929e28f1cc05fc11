import Foundation
import Platform
import Testing

struct NewFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [0o600, 0o400])
    func `a new file has the bytes and the mode`(mode: Int) throws {
        try NewFile.write(Array("kept\n".utf8), to: folder.file("new"), mode: UInt32(mode))
        #expect(try String(contentsOfFile: folder.file("new"), encoding: .utf8) == "kept\n")
        #expect(try folder.mode("new") == mode)
    }

    @Test func `a file that is there stays as it is`() throws {
        try NewFile.write([1], to: folder.file("new"), mode: 0o600)
        let error = #expect(throws: NewFileError.self) {
            try NewFile.write([2], to: folder.file("new"), mode: 0o600)
        }
        #expect(error?.isTaken == true)
        #expect(error?.description == "cannot write \(folder.file("new")): File exists")
        #expect(FileManager.default.contents(atPath: folder.file("new")) == Data([1]))
    }

    @Test func `a link that leads nowhere is not followed`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("elsewhere"))
        #expect(throws: NewFileError.self) { try NewFile.write([1], to: folder.file("link"), mode: 0o600) }
        #expect(!FileManager.default.fileExists(atPath: folder.file("elsewhere")))
    }

    @Test func `a folder that is not there is named with the reason`() {
        let error = #expect(throws: NewFileError.self) {
            try NewFile.write([1], to: folder.file("no/new"), mode: 0o600)
        }
        #expect(error?.isTaken == false)
        #expect(error?.description == "cannot write \(folder.file("no/new")): No such file or directory")
    }
}
