/// Writes one line per fact: a fixed message and keys.
///
/// A logger is a value: `with` adds fields that every later line of the copy carries (request id, tenant).
package struct Logger: Sendable {
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        /// A step.
        case debug
        /// A change of status.
        case info
        /// What an operator may want to act on.
        case warning
        /// What an operator must act on.
        case error

        package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }
    }

    /// What stands behind a key.
    package enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
        ExpressibleByStringInterpolation
    {
        case text(String)
        case number(Int64)
        case flag(Bool)

        package init(stringLiteral value: String) { self = .text(value) }
        package init(integerLiteral value: Int64) { self = .number(value) }
    }

    package typealias Fields = KeyValuePairs<String, Value>

    private let sink: any LogSink
    private let fields: [(String, Value)]

    package init(sink: any LogSink) {
        self.sink = sink
        fields = []
    }

    private init(sink: any LogSink, fields: [(String, Value)]) {
        self.sink = sink
        self.fields = fields
    }

    /// A logger whose lines carry `more` as well.
    package func with(_ more: Fields) -> Logger {
        Logger(sink: sink, fields: joined(more))
    }

    /// Each name once: the later value in the place of the earlier one.
    private func joined(_ more: Fields) -> [(String, Value)] {
        var all = fields
        all.reserveCapacity(fields.count + more.count)
        for (name, value) in more {
            if let index = fields.firstIndex(where: { $0.0 == name }) {
                all[index].1 = value
            } else {
                all.append((name, value))
            }
        }
        return all
    }

    package func debug(_ message: StaticString, _ more: @autoclosure () -> Fields = [:]) {
        write(.debug, message, more)
    }
    package func info(_ message: StaticString, _ more: @autoclosure () -> Fields = [:]) { write(.info, message, more) }
    package func warning(_ message: StaticString, _ more: @autoclosure () -> Fields = [:]) {
        write(.warning, message, more)
    }
    package func error(_ message: StaticString, _ more: @autoclosure () -> Fields = [:]) {
        write(.error, message, more)
    }

    /// A logger that drops every line.
    package static let none = Logger(sink: NoLog())

    private func write(_ level: Level, _ message: StaticString, _ more: () -> Fields) {
        guard level >= sink.level else { return }
        sink.write(LogLine(level: level, message: message.description, fields: joined(more())))
    }
}

package struct LogLine: Sendable {
    package let level: Logger.Level
    package let message: String
    package let fields: [(String, Logger.Value)]

    package init(level: Logger.Level, message: String, fields: [(String, Logger.Value)]) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// Where log lines go.
package protocol LogSink: Sendable {
    /// Lines below this level are not even built.
    var level: Logger.Level { get }
    func write(_ line: LogLine)
}

private struct NoLog: LogSink {
    let level = Logger.Level.error
    func write(_ line: LogLine) {}
}
