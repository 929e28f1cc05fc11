/// How a log line looks.
package enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line.
    case json
    /// `time LEVEL message key=value`, for a terminal.
    case text
}

/// Formats lines and gives their bytes, newline included, to `output` one whole line a call.
package struct FormattedLog: LogSink {
    package let level: Logger.Level
    private let format: LogFormat
    private let clock: any Clock
    private let output: @Sendable ([UInt8]) -> Void

    package init(
        level: Logger.Level, format: LogFormat, clock: any Clock, output: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.level = level
        self.format = format
        self.clock = clock
        self.output = output
    }

    package func write(_ line: LogLine) {
        var out: [UInt8] = []
        out.reserveCapacity(FormattedLog.lineBytesUsual)
        switch format {
        case .json: writeJSON(line, to: &out)
        case .text: writeText(line, to: &out)
        }
        out.append(UInt8(ascii: "\n"))
        output(out)
    }

    /// Nearly every line has room in it.
    private static let lineBytesUsual = 512

    private func writeJSON(_ line: LogLine, to out: inout [UInt8]) {
        out.append(contentsOf: "{\"time\":\"".utf8)
        RFC3339.append(unixMs: clock.nowMs, to: &out)
        out.append(contentsOf: "\",\"level\":\"".utf8)
        out.append(contentsOf: line.level.name.utf8)
        out.append(contentsOf: "\",\"message\":".utf8)
        LogText.quote(line.message, to: &out)
        for (key, value) in line.fields {
            out.append(UInt8(ascii: ","))
            LogText.quote(key, to: &out)
            out.append(UInt8(ascii: ":"))
            switch value {
            case .text(let string): LogText.quote(string, to: &out)
            case .number(let number): out.append(contentsOf: String(number).utf8)
            case .flag(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
            }
        }
        out.append(UInt8(ascii: "}"))
    }

    private func writeText(_ line: LogLine, to out: inout [UInt8]) {
        RFC3339.append(unixMs: clock.nowMs, to: &out)
        out.append(contentsOf: " \(line.level.name.uppercased()) \(line.message)".utf8)
        for (key, value) in line.fields {
            out.append(contentsOf: " \(key)=".utf8)
            switch value {
            case .text(let string): LogText.quoteIfNeeded(string, to: &out)
            case .number(let number): out.append(contentsOf: String(number).utf8)
            case .flag(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
            }
        }
    }
}
