import Diagnostics
import Payments
import Storage
import Support

/// A folder with one database in it.
struct SQLitePlace {
    let folder: TemporaryFolder
    let metrics = Metrics()

    init() throws { folder = try TemporaryFolder() }

    var path: String { folder.file("test.db") }

    /// - Parameter path: another one than ``path``.
    func open(
        _ path: String? = nil, _ change: (inout SQLiteStoreSettings) -> Void = { _ in }
    ) throws(StoreError) -> SQLiteStore {
        var settings = SQLiteStoreSettings()
        change(&settings)
        return try SQLiteStore(
            path: path ?? self.path, settings: settings, logger: .none, metrics: metrics, clock: ManualClock())
    }
}
