import Platform
import Settings

/// Colours of a terminal (ECMA-48, SGR), or none.
enum Paint {
    case plain
    case colored

    func bold(_ text: String) -> String { paint(text, "1") }
    func warning(_ text: String) -> String { paint(text, "1;35") }

    func mark(_ text: String, _ severity: Problem.Severity) -> String {
        paint(text, severity == .error ? "1;31" : "1;35")
    }

    private func paint(_ text: String, _ code: String) -> String {
        self == .colored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension CommandRunner.Console {
    /// Whether colours are welcome: on a terminal that knows them, unless NO_COLOR is set (no-color.org).
    var isColored: Bool {
        isTerminal && (Platform.environment("NO_COLOR") ?? "").isEmpty && Platform.environment("TERM") != "dumb"
    }
}
