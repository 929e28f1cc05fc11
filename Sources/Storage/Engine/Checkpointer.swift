import Diagnostics
import Payments
import SQLite

/// The thread that copies the log into the database file, beside the writer.
struct Checkpointer: Sendable {
    let path: String
    let settings: SQLiteStoreSettings
    let log: LogKeeping
    let logger: Logger

    /// Runs until the calls are closed.
    func run(opened: (StoreError?) -> Void) {
        let connection: Connection
        do { connection = try Opening.checkpointer(path, settings) } catch { return opened(error) }
        opened(nil)
        while !log.calls.take(max: 1).isEmpty { pass(connection) }
    }

    private func pass(_ connection: Connection) {
        guard log.passBegins() else { return }
        do {
            log.passEnded(found: try connection.checkpoint(.passive).log)
        } catch {
            log.passEnded(found: nil)
            logger.warning("the store's log cannot be copied", ["error": .text("\(error)")])
            if error.isFailedSync {
                log.syncFailed(error)
            }
        }
    }
}
