import Foundation
import Platform
import Support
import Synchronization
import Testing

/// What a watch tells of, on real folders.
struct FolderWatchTests {
    private let folder: TemporaryFolder
    private let heard = Heard()

    init() throws { folder = try TemporaryFolder() }

    /// Collects events; a test waits for the one that it expects.
    private final class Heard: Sendable {
        private let events = Mutex<[FolderWatch.Event]>([])

        func add(_ more: [FolderWatch.Event]) { events.withLock { $0 += more } }

        var all: [FolderWatch.Event] { events.withLock { $0 } }

        func has(_ kind: FolderWatch.Event.Kind, _ path: String) async -> Bool {
            while !Task.isCancelled {
                if all.contains(FolderWatch.Event(kind: kind, path: path)) { return true }
                await Task.yield()
            }
            return false
        }
    }

    private func watching(
        _ names: Set<String>? = nil, _ body: (FolderWatch) async throws -> Void
    ) async throws {
        let watch = try FolderWatch { [heard] in heard.add($0) }
        watch.start()
        defer { watch.stop() }
        #expect(watch.watch([FolderWatch.Folder(path: folder.path, names: names)]) == [])
        try await body(watch)
    }

    @Test func `a new file is told as made, written and closed`() async throws {
        try await watching { _ in
            try Data("one".utf8).write(to: URL(filePath: folder.file("a.yaml")), options: .withoutOverwriting)
            #expect(await heard.has(.closed, folder.file("a.yaml")))
            let kinds = heard.all.map(\.kind)
            #expect(kinds.firstIndex(of: .made)! < kinds.firstIndex(of: .written)!)
            #expect(kinds.firstIndex(of: .written)! < kinds.firstIndex(of: .closed)!)
        }
    }

    @Test func `of a folder in which only names count no writing is told, unless another path to it wants it`()
        async throws
    {
        let link = folder.path + "-link"
        #expect(RawFiles.link(link, to: folder.path))
        defer { _ = RawFiles.remove(link) }
        let quiet = FolderWatch.Folder(path: folder.path, names: ["a"], tellsWrites: false)
        try await watching { watch in
            #expect(watch.watch([quiet]) == [])
            try Data("x".utf8).write(to: URL(filePath: folder.file("a")))
            #expect(await heard.has(.closed, folder.file("a")))
            #expect(!heard.all.contains { $0.kind == .written })
            for folders in [[quiet, FolderWatch.Folder(path: link)], [FolderWatch.Folder(path: link), quiet]] {
                #expect(watch.watch(folders) == [])
                let before = heard.all.count
                try Data("y".utf8).write(to: URL(filePath: folder.file("a")))
                #expect(await heard.has(.closed, folder.file("a")))
                while !heard.all[before...].contains(where: { $0.kind == .closed && $0.path == link + "/a" }) {
                    await Task.yield()
                }
                #expect(heard.all[before...].contains { $0.kind == .written && $0.path == link + "/a" })
                #expect(!heard.all.contains { $0.kind == .written && $0.path == folder.file("a") })
            }
        }
    }

    @Test func `a rename over a file, and a file's end, are changes`() async throws {
        try Data("one".utf8).write(to: URL(filePath: folder.file("new")))
        try await watching(["a.yaml"]) { _ in
            #expect(RawFiles.rename(folder.file("new"), over: folder.file("a.yaml")))
            #expect(await heard.has(.changed, folder.file("a.yaml")))
            let before = heard.all.count
            #expect(RawFiles.remove(folder.file("a.yaml")))
            while heard.all.count == before { await Task.yield() }
            #expect(heard.all.last == FolderWatch.Event(kind: .changed, path: folder.file("a.yaml")))
        }
    }

    @Test func `names that nobody asked for are not told, but for links that swap a mounted volume`() async throws {
        try await watching(["a.yaml"]) { _ in
            try Data("x".utf8).write(to: URL(filePath: folder.file("b.yaml")))
            #expect(RawFiles.link(folder.file("..data"), to: "elsewhere"))
            #expect(await heard.has(.made, folder.file("..data")))
            #expect(!heard.all.contains { $0.path == folder.file("b.yaml") })
        }
    }

    @Test func `a folder that goes away is said to be lost, and one that is not there is not watched`() async throws {
        let inner = folder.file("inner")
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
        try await watching { watch in
            let missing = FolderWatch.Folder(path: folder.file("missing"))
            #expect(watch.watch([FolderWatch.Folder(path: inner), missing]) == [missing])
            #expect(RawFiles.removeFolder(inner))
            #expect(await heard.has(.lost, inner))
        }
    }

    @Test func `two names of one folder are both told`() async throws {
        let link = folder.path + "-link"
        #expect(RawFiles.link(link, to: folder.path))
        defer { _ = RawFiles.remove(link) }
        try await watching { watch in
            #expect(watch.watch([FolderWatch.Folder(path: folder.path), FolderWatch.Folder(path: link)]) == [])
            try Data("x".utf8).write(to: URL(filePath: folder.file("a")))
            #expect(await heard.has(.closed, folder.file("a")))
            #expect(await heard.has(.closed, link + "/a"))
        }
    }

    /// A backup or a wrong clock leaves such a file, and what reads it must not end with it.
    @Test(arguments: [10_413_792_000, -3_000_000_000])
    func `a file of another century has a signature`(seconds: Int) throws {
        let path = folder.file("a")
        try Data("one".utf8).write(to: URL(filePath: path))
        let before = try #require(FileSignature(of: path))
        #expect(RawFiles.setModified(path, seconds: seconds))
        #expect(FileSignature(of: path) != before)
    }

    @Test func `a signature is another after any change of a file, and after none it is the same`() throws {
        let path = folder.file("a")
        #expect(FileSignature(of: path) == nil)
        try Data("one".utf8).write(to: URL(filePath: path))
        let first = try #require(FileSignature(of: path))
        #expect(FileSignature(of: path) == first)
        #expect(RawFiles.setMode(path, 0o600))
        #expect(FileSignature(of: path) != first)
        try Data("one".utf8).write(to: URL(filePath: folder.file("b")))
        #expect(RawFiles.rename(folder.file("b"), over: path))
        #expect(FileSignature(of: path) != first)
    }
}
