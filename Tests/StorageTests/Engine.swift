import Diagnostics
import Payments
import Storage
import Support
import Testing

/// A database that a store can stand on. Every test of the contract runs on each of them.
struct Engine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Opens the store that lives in a folder, made anew if there is none.
    let open: @Sendable (TemporaryFolder) async throws -> OpenStore

    static let all: [Engine] = [.sqlite]

    /// With the store that other modules' tests stand on, which forgets everything and has no foreign keys.
    static let allAndMemory = all + [.memory]

    static let sqlite = Engine(testDescription: "SQLite") { folder in
        let store = try SQLiteStore(
            path: folder.file("test.db"), logger: .none, metrics: Metrics(), clock: ManualClock())
        return OpenStore(store: store) { await store.close() }
    }

    static let memory = Engine(testDescription: "memory") { _ in OpenStore(store: MemoryStore()) {} }

    /// Runs a test on an empty store and closes it.
    func withStore(_ test: (any Store) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await withStore(in: folder, test)
    }

    func withStore(in folder: TemporaryFolder, _ test: (any Store) async throws -> Void) async throws {
        let opened = try await open(folder)
        do {
            try await test(opened.store)
        } catch {
            await opened.close()
            throw error
        }
        await opened.close()
    }
}

struct OpenStore: Sendable {
    let store: any Store
    let close: @Sendable () async -> Void
}
