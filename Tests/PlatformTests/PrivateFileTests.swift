import Foundation
import Platform
import Testing

struct PrivateFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a new file is its owner's alone`() throws {
        #expect(PrivateFile.make(folder.file("new")) == nil)
        #expect(try folder.mode("new") == 0o600)
    }

    @Test func `a file that is there stays as it is`() throws {
        try Data("kept".utf8).write(to: URL(filePath: folder.file("old")))
        #expect(PrivateFile.make(folder.file("old")) == nil)
        #expect(try String(contentsOfFile: folder.file("old"), encoding: .utf8) == "kept")
    }

    @Test func `a folder that is missing is told in the system's words`() {
        #expect(PrivateFile.make(folder.file("absent/new")) == "No such file or directory")
    }
}
