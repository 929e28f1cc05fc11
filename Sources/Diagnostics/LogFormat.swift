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
        let time = RFC3339.text(unixMs: clock.nowMs)
        var text: String
        switch format {
        case .json:
            text =
                "{\"time\":\"\(time)\",\"level\":\"\(line.level.name)\",\"message\":\(LogFormat.quoted(line.message))"
            for (key, value) in line.fields {
                text += ",\(LogFormat.quoted(key)):"
                switch value {
                case .text(let string): text += LogFormat.quoted(string)
                case .number(let number): text += String(number)
                case .flag(let flag): text += String(flag)
                }
            }
            text += "}\n"
        case .text:
            text = "\(time) \(line.level.name.uppercased()) \(line.message)"
            for (key, value) in line.fields {
                switch value {
                case .text(let string): text += " \(key)=\(LogFormat.plainIfShort(string))"
                case .number(let number): text += " \(key)=\(number)"
                case .flag(let flag): text += " \(key)=\(flag)"
                }
            }
            text += "\n"
        }
        output(Array(text.utf8))
    }
}

extension LogFormat {
    /// A JSON string literal (RFC 8259 §7). No control character reaches a log, so no line can be forged.
    fileprivate static func quoted(_ string: String) -> String {
        var out = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where breaksLine(scalar):
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    fileprivate static func plainIfShort(_ string: String) -> String {
        let plain =
            !string.isEmpty
            && string.unicodeScalars.allSatisfy { scalar in
                scalar != "\"" && scalar != "=" && !scalar.properties.isWhitespace && !breaksLine(scalar)
            }
        return plain ? string : quoted(string)
    }

    /// A control character (C0, DEL, C1), or Unicode's own ends of a line and a paragraph.
    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
