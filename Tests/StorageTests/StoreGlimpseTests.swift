import Foundation
import Payments
import Storage
import Support
import Testing

/// A look from beside leaves the folder as it was.
struct StoreGlimpseTests {
    private let place: SQLitePlace
    private let use = KeyUseRecord(
        key: KeyName(tenant: "shop", kind: .apiKey, fingerprint: "0123456789ab"), count: 4, lastUsedAtMs: 1000)

    init() throws { place = try SQLitePlace() }

    private func seen(_ path: String? = nil) -> [KeyUseRecord]? {
        StoreGlimpse.read(path ?? place.path) { reader throws(StoreError) in try reader.keyUses(after: nil, limit: 10) }
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.folder.path).sorted()
    }

    private func store(_ body: (SQLiteStore) throws -> Void = { _ in }) async throws {
        let store = try place.open()
        let use = use
        try await store.write { transaction throws(StoreError) in try transaction.add([use]) }
        try body(store)
        await store.close()
    }

    @Test func `beside a service that runs, what is committed is seen`() async throws {
        try await store { _ in
            let before = try files()
            #expect(before.contains("test.db-wal"))
            #expect(seen() == [use])
            #expect(try files() == before)
        }
    }

    @Test func `without one, nothing is made beside the file`() async throws {
        try await store()
        let before = try files()
        #expect(!before.contains("test.db-wal") && !before.contains("test.db-shm"))
        #expect(seen() == [use])
        #expect(try files() == before)
    }

    @Test func `what a killed service left is seen, and stays for the next one`() async throws {
        let copies = ["", "-wal", "-shm"].map { place.path + $0 }
        try await store { _ in
            for path in copies {
                try FileManager.default.copyItem(
                    atPath: path, toPath: path.replacing("test.db", with: "killed.db"))
            }
        }
        let path = place.folder.file("killed.db")
        let before = try files()
        #expect(seen(path) == [use])
        #expect(try files() == before)
        // Without its index the log could not be read unless one was made.
        try FileManager.default.removeItem(atPath: path + "-shm")
        #expect(seen(path) == nil)
        #expect(try !files().contains("killed.db-shm"))
    }

    @Test func `a file that is not there is not made, and one that is no store says nothing`() throws {
        #expect(seen() == nil)
        #expect(try files() == [])
        #expect(FileManager.default.createFile(atPath: place.path, contents: Data("no database".utf8)))
        #expect(seen() == nil)
        #expect(try files() == ["test.db"])
    }

    @Test(arguments: ["odd?mode=memory", "a#b", "100%41"])
    func `a path is taken as it is`(_ name: String) async throws {
        let path = place.folder.file(name)
        let store = try place.open(path)
        await store.close()
        let before = try files()
        #expect(seen(path) == [])
        #expect(try files() == before)
    }
}
