/// The string literals of a Swift source, each as the texts between its interpolations.
enum SwiftLiterals {
    static func all(in source: String) -> [[String]] {
        var scanner = Scanner(Array(source))
        return scanner.literals()
    }

    private struct Scanner {
        private let text: [Character]
        private var index = 0

        init(_ text: [Character]) { self.text = text }

        mutating func literals() -> [[String]] {
            var found: [[String]] = []
            while index < text.count {
                if starts(with: "//") {
                    skip { $0 != "\n" }
                } else if starts(with: "\"\"\"") {
                    index += 3
                    while index < text.count, !starts(with: "\"\"\"") { index += 1 }
                    index += 3
                } else if text[index] == "\"" {
                    found.append(literal())
                } else {
                    index += 1
                }
            }
            return found
        }

        /// From its first quote to behind its last.
        private mutating func literal() -> [String] {
            var pieces = [""]
            index += 1
            while index < text.count, text[index] != "\"" {
                if starts(with: "\\(") {
                    skipInterpolation()
                    pieces.append("")
                } else if text[index] == "\\" {
                    index += 1
                    pieces[pieces.count - 1].append(text[index])
                    index += 1
                } else {
                    pieces[pieces.count - 1].append(text[index])
                    index += 1
                }
            }
            index += 1
            return pieces
        }

        private mutating func skipInterpolation() {
            index += 2
            var depth = 1
            while index < text.count, depth > 0 {
                switch text[index] {
                case "\"": _ = literal()
                case "(":
                    depth += 1
                    index += 1
                case ")":
                    depth -= 1
                    index += 1
                default: index += 1
                }
            }
        }

        private func starts(with prefix: String) -> Bool { text[index...].starts(with: prefix) }

        private mutating func skip(while isSkipped: (Character) -> Bool) {
            while index < text.count, isSkipped(text[index]) { index += 1 }
        }
    }
}
