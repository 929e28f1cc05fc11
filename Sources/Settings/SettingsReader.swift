import YAML

/// Reads the keys of one mapping (a file's root, or a section), and knows which keys were asked for.
///
/// Every problem goes to the list and reading goes on, so that one run reports all. What is wrong reads as nil or as
/// the default. Keys that nobody asked for are unknown: they are reported when the section's closure returns.
///
/// ```swift
/// let settings = SettingsReader.read(bytes, from: source, into: problems) { root in
///     let name = root.string("name")
///     let timeout = root.section("webhook") { $0.duration("timeout", default: .seconds(15), in: .seconds(1)...(.seconds(60))) }
///     guard let name, let timeout else { return nil }
///     return Settings(name: name, timeout: timeout)
/// }
/// ```
package final class SettingsReader {
    /// Where the section stands: at its key, or at its first key for a file's root and for an entry of a list.
    package let position: SettingsPosition
    let source: SettingsSource
    let problems: ProblemList
    let entries: [Node.Entry]
    var asked: Set<String> = []
    /// Set when no file is read, but what one may hold is learnt.
    let shape: ShapeSection?

    init(
        entries: [Node.Entry], position: SettingsPosition, source: SettingsSource, problems: ProblemList,
        describing shape: ShapeSection? = nil
    ) {
        self.shape = shape
        self.entries = entries
        self.position = position
        self.source = source
        self.problems = problems
    }

    /// The key's value; a missing key, or one without a value, is a problem.
    package func required(_ key: String) -> SettingsValue? {
        if let shape {
            shape.want(key)
            return described(shape.value(key))
        }
        guard let entry = entry(key) else {
            problems.add(position.with(path: path(of: key)).sentence("\(path(of: key)) is missing"))
            return nil
        }
        return value(of: entry)
    }

    /// The key's value; nil without a problem when the key is not there.
    ///
    /// A key that is there without a value is a problem: what stood behind it may be commented out, and a limit that
    /// an admin believes in would silently be none.
    package func optional(_ key: String) -> SettingsValue? {
        if let shape { return described(shape.value(key)) }
        return entry(key).flatMap(value(of:))
    }

    /// Whether the key is there; it counts as asked for.
    package func has(_ key: String) -> Bool {
        if let shape { return shape.has(key) }
        return entry(key) != nil
    }

    /// A problem at the key, for a key that does not go with what else the section says. Nothing when it is not there.
    package func refuse(_ key: String, _ text: String, severity: Problem.Severity = .error) {
        guard let entry = entry(key) else { return }
        problems.add(place(of: entry.key, key: key).problem(text, severity: severity))
    }

    /// A problem at the key for what the contract names and this version lacks. Nothing when it is not there.
    package func notYet(_ key: String, _ text: String? = nil) {
        refuse(key, "not in this version yet" + (text.map { "; " + $0 } ?? ""))
    }

    /// A problem of the section as a whole.
    package func problem(_ text: String, severity: Problem.Severity = .error) {
        problems.add(position.problem(text, severity: severity))
    }

    /// Reports every key that nobody asked for.
    func finish() {
        let known = asked.sorted()
        for (index, entry) in entries.filter({ !asked.contains($0.name) }).enumerated() {
            // Of more, none is shown.
            let near = index < ProblemList.perFileMax ? suggestion(for: entry.name, among: known) : nil
            problems.add(
                SettingsPosition(
                    file: source.file, node: entry.key,
                    path: isShown(entry.name) ? path(of: entry.name) : position.path
                ).sentence("unknown key \(quoted(key: entry.name))\(didYouMean(near))", suggestion: near))
        }
    }

    private func entry(_ key: String) -> Node.Entry? {
        asked.insert(key)
        return entries.first { $0.name == key }
    }

    private func value(of entry: Node.Entry) -> SettingsValue? {
        guard !entry.value.isNull else {
            let text = "\(path(of: entry.name)) has no value"
            problems.add(place(of: entry.key, key: entry.name).sentence(text))
            return nil
        }
        return SettingsValue(
            node: entry.value,
            position: place(of: entry.value, key: entry.name),
            sectionNode: entry.key,
            source: source,
            problems: problems
        )
    }

    func path(of key: String) -> String { position.path.isEmpty ? key : position.path + "." + key }

    private func place(of node: Node, key: String) -> SettingsPosition {
        SettingsPosition(file: source.file, node: node, path: path(of: key))
    }
}
