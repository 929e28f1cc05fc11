import Foundation
import Platform
import Testing

struct FilePermissionsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [
        (0o600, false), (0o640, false), (0o660, false), (0o601, false), (0o644, true), (0o604, true), (0o444, true),
    ])
    func `others can read what has mode bit 0004`(_ mode: Int, _ expected: Bool) throws {
        let path = folder.file("secret")
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(FilePermissions.othersCanRead(path) == expected)
    }

    @Test(arguments: [(0o600, true), (0o400, true), (0o700, true), (0o640, false), (0o604, false), (0o610, false)])
    func `its owner's alone is what has no bit for anybody else`(_ mode: Int, _ expected: Bool) throws {
        let path = folder.file("secret")
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(FilePermissions.isOwnersAlone(path) == expected)
    }

    @Test func `a symbolic link is judged by its target`() throws {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        #expect(FileManager.default.createFile(atPath: folder.file("secret"), contents: nil, attributes: attributes))
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("secret"))
        #expect(FilePermissions.othersCanRead(folder.file("link")) == false)
    }

    @Test func `of a file that is not there nothing is said`() {
        #expect(FilePermissions.othersCanRead(folder.file("absent")) == nil)
        #expect(FilePermissions.isOwnersAlone(folder.file("absent")) == nil)
    }
}
