import YAML

/// One value of a file with its place in it, for whoever compares two versions of a file.
package struct SettingsField {
    /// Dotted, such as `alipay.keys[0]`.
    package let path: String
    /// As it stands in the file; it may be a secret.
    package let text: String
}

extension SettingsReader {
    /// Every scalar of the section, in the order of the file; an empty list or section is one with an empty text.
    package var fields: [SettingsField] {
        var found: [SettingsField] = []
        for entry in entries { SettingsReader.collect(entry.value, path(of: entry.name), into: &found) }
        return found
    }

    private static func collect(_ node: Node, _ path: String, into found: inout [SettingsField]) {
        switch node.content {
        case .scalar(let text, _): found.append(SettingsField(path: path, text: text))
        case .sequence(let nodes):
            if nodes.isEmpty { found.append(SettingsField(path: path, text: "")) }
            for (index, node) in nodes.enumerated() { collect(node, "\(path)[\(index)]", into: &found) }
        case .mapping(let entries):
            if entries.isEmpty { found.append(SettingsField(path: path, text: "")) }
            for entry in entries { collect(entry.value, "\(path).\(entry.name)", into: &found) }
        }
    }
}
