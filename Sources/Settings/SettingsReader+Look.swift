import YAML

/// Looking at a value that is read elsewhere.
extension SettingsReader {
    /// The text at the end of a path of keys, such as `["alipay", "partner"]`, and its place. It counts as read by nobody
    /// and no problem comes of it: this is for what several files are compared by, whatever else is wrong with one.
    package func look(at keys: [String]) -> (text: String, position: SettingsPosition)? {
        var entries = entries
        for (depth, key) in keys.enumerated() {
            guard let value = entries.first(where: { $0.name == key })?.value else { return nil }
            switch value.content {
            case .mapping(let inner): entries = inner
            case .scalar(let text, _) where depth == keys.count - 1 && !value.isNull && !text.isEmpty:
                let path = keys.joined(separator: ".")
                return (text, SettingsPosition(file: source.file, node: value, path: path))
            case .scalar, .sequence: return nil
            }
        }
        return nil
    }
}
