import YAML

/// A key of a section whose keys the admin chooses, with its value.
package struct SettingsMember {
    package let name: String
    /// Its path ends with the name, or with the member's place where the name is too long to be shown.
    package let value: SettingsValue
    private let namePosition: SettingsPosition

    init(name: String, value: SettingsValue, namePosition: SettingsPosition) {
        self.name = name
        self.value = value
        self.namePosition = namePosition
    }

    /// A problem at the key rather than at its value.
    package func nameProblem(_ text: String) { value.problems.add(namePosition.problem(text)) }
}

extension SettingsReader {
    /// Reads every key with its value, in the order of the file; nil if there are more or fewer, one is without a value, or
    /// the closure returned nil for any. All of the section's keys count as asked for.
    package func members<Value>(count: ClosedRange<Int>, _ body: (SettingsMember) -> Value?) -> [Value]? {
        if let shape = shape?.memberValue(count: count) {
            _ = body(SettingsMember(name: "x-name", value: described(shape), namePosition: position))
            return nil
        }
        asked.formUnion(entries.map(\.name))
        guard count.contains(entries.count) else {
            problem("expected \(count.lowerBound) to \(count.upperBound) keys, found \(entries.count)")
            return nil
        }
        let values = entries.enumerated().map { index, entry in member(entry, at: index).flatMap(body) }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
    }

    private func member(_ entry: Node.Entry, at index: Int) -> SettingsMember? {
        let path = isShown(entry.name) ? path(of: entry.name) : "\(position.path)[\(index)]"
        let name = SettingsPosition(file: source.file, node: entry.key, path: path)
        guard !entry.value.isNull else {
            problems.add(name.sentence("\(path) has no value"))
            return nil
        }
        let value = SettingsValue(
            node: entry.value,
            position: SettingsPosition(file: source.file, node: entry.value, path: path),
            sectionNode: entry.key,
            source: source,
            problems: problems
        )
        return SettingsMember(name: entry.name, value: value, namePosition: name)
    }

    /// Whether a name may stand in a path: short, and without anything that could be taken for more than a name.
    func isShown(_ name: String) -> Bool {
        !name.isEmpty && quoted(name) == "\"\(name)\"" && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
