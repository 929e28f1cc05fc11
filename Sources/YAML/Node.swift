/// One value of a YAML file and where it begins.
package struct Node: Sendable, Hashable {
    package enum Style: Sendable, Hashable {
        /// Without quotes: it may be a number, a truth value or nothing at all.
        case plain
        /// In quotes, a block (`|`, `>`) or tagged `!!str`: text, whatever it looks like.
        case quoted
    }

    package struct Entry: Sendable, Hashable {
        /// Always a scalar.
        package let key: Node
        package let value: Node

        /// The key's text.
        package let name: String
    }

    package enum Content: Sendable, Hashable {
        case scalar(String, Style)
        case sequence([Node])
        /// In the file's order; a key that stands twice is here twice.
        case mapping([Entry])
    }

    package let content: Content
    /// A value that was left out (`key:`) is marked right after the colon.
    package let mark: Mark
    /// Right behind it; that of a block, or of lines under one another, may be on a later line.
    package let end: Mark

    package init(_ content: Content, at mark: Mark, to end: Mark) {
        self.content = content
        self.mark = mark
        self.end = end
    }

    package var line: Int { mark.line }
    package var column: Int { mark.column }

    /// Nothing, `~` or `null`, without quotes.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
