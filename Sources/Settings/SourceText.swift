import YAML

/// The text of a file that was read, to show the lines that its problems are about.
package struct SourceText: Sendable {
    let lines: YAMLLines
    /// Nil when the file is no YAML.
    let root: Node?
    /// Keys and values in the order of the file; nil when the file is no YAML, so that nothing is known of its text.
    let scalars: [Scalar]?
    /// The path of each `file:PATH` in it, from the file's folder on; in a file that is no YAML, what looks like one.
    package let namedFiles: [String]

    struct Scalar {
        let node: Node
        /// Whether it is no secret and may be shown.
        let isPlain: Bool
    }

    /// - Parameter plain: where the values begin that were read as something else than a secret.
    init(_ bytes: [UInt8], _ root: Node, plain: Set<Mark>, in settings: SettingsSource) {
        lines = YAMLLines(YAMLSource(bytes))
        self.root = root
        var scalars: [Scalar] = []
        SourceText.collect(root, plain, into: &scalars)
        self.scalars = scalars
        namedFiles = scalars.compactMap { scalar in
            guard case .scalar(let text, _) = scalar.node.content else { return nil }
            return SourceText.path(in: text).map(settings.resolve)
        }
    }

    /// Of a file that is no YAML.
    init(unreadable bytes: [UInt8], in settings: SettingsSource) {
        lines = YAMLLines(YAMLSource(bytes))
        root = nil
        scalars = nil
        let text = String(decoding: bytes, as: UTF8.self)
        namedFiles = text.split(whereSeparator: { $0.isWhitespace || "[]{},\"'#".contains($0) })
            .compactMap { SourceText.path(in: $0).map(settings.resolve) }
    }

    private static func path(in text: some StringProtocol) -> String? {
        let prefix = "file:"
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func collect(_ node: Node, _ plain: Set<Mark>, into scalars: inout [Scalar]) {
        switch node.content {
        case .scalar: scalars.append(Scalar(node: node, isPlain: plain.contains(node.mark)))
        case .sequence(let items):
            for item in items { collect(item, plain, into: &scalars) }
        case .mapping(let entries):
            for entry in entries {
                scalars.append(Scalar(node: entry.key, isPlain: true))
                collect(entry.value, plain, into: &scalars)
            }
        }
    }
}
