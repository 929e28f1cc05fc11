/// What an operator or a test may choose about an SQLite store.
package struct SQLiteStoreSettings: Sendable {
    /// How long a write waits while another process holds the database, 0 to 600,000 ms.
    package var busyTimeoutMs = 5000
    /// The log is copied into the database file each time it has grown by this much.
    package var checkpointBytes = 32 << 20
    /// From here on the writer finishes the copying itself, so that the log does not grow without end: to twice as much and one
    /// commit at most, but for a reader that holds on to it.
    package var logBytesMax = 128 << 20
    /// The database file grows no further; nil for as far as the disk goes.
    package var fileBytesMax: Int?
    /// Reads and writes that may wait, each on its own count; one more is refused with `unavailable`.
    package var waitingMax = 8192
    /// Bodies in one commit.
    package var batchMax = 512
    /// 1 to 16.
    package var readers = 2

    package init() {}
}
