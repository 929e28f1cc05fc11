package import Diagnostics
import Synchronization

/// Keeps every log line, for tests to count.
package final class RecordedLog: LogSink {
    package let level = Logger.Level.debug
    private let kept = Mutex<[LogLine]>([])

    package init() {}

    package func write(_ line: LogLine) { kept.withLock { $0.append(line) } }
    package var lines: [LogLine] { kept.withLock { $0 } }
    package func messages(_ level: Logger.Level) -> [String] { lines.filter { $0.level == level }.map(\.message) }
}
