import YAML

/// Finding a setting in a file that was read.
extension SourceText {
    /// Where the value of a key stands, for a problem that shows only once the file is read; of one that the file does not
    /// have, the section that it would be in.
    ///
    /// - Parameters:
    ///   - path: as problems have it, such as `alipay.keys[0]`.
    ///   - file: as problems name it.
    package func position(of path: String, in file: String) -> SettingsPosition {
        guard var node = root else { return SettingsPosition(file: file, path: path) }
        for step in path.split(whereSeparator: { ".[".contains($0) }) {
            guard let next = SourceText.child(String(step), of: node) else { break }
            node = next
        }
        return SettingsPosition(file: file, node: node, path: path)
    }

    /// - Parameter step: a key, or an index and its bracket.
    private static func child(_ step: String, of node: Node) -> Node? {
        switch node.content {
        case .mapping(let entries): return entries.first { $0.name == step }?.value
        case .sequence(let items):
            guard step.hasSuffix("]"), let index = Int(step.dropLast()) else { return nil }
            return items.indices.contains(index) ? items[index] : nil
        case .scalar: return nil
        }
    }
}
