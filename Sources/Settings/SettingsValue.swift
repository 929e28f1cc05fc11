import YAML

/// One value of a file, to be read as the type that the caller wants; what it is not becomes a problem at its place.
package struct SettingsValue {
    let node: Node
    /// Keep it for problems that show later, such as two files with one key.
    package let position: SettingsPosition
    /// What a section with this value points at when it misses a key.
    let sectionNode: Node
    let source: SettingsSource
    let problems: ProblemList
    /// Set when no file is read, but what one may hold is learnt.
    var shape: ShapeValue?

    /// A problem at the value; its path and a colon are put in front of the text.
    ///
    /// - Parameter suggestion: what was probably meant, to be written in the value's place.
    package func problem(_ text: String, severity: Problem.Severity = .error, suggestion: String? = nil) {
        problems.add(position.problem(text, severity: severity, suggestion: suggestion))
    }

    package func warning(_ text: String) { problem(text, severity: .warning) }

    /// A problem at the value, for a value that the contract names and this version lacks.
    package func notYet(_ text: String? = nil) {
        problem("not in this version yet" + (text.map { "; " + $0 } ?? ""))
    }

    /// Text, in quotes or not: `2088101122136241` without quotes is its digits, exactly. Never empty.
    package func string() -> String? {
        if let shape { return shape.take(.text) }
        guard case .scalar(let text, _) = node.content, !node.isNull else { return mismatch("text") }
        problems.notePlain(node)
        guard !text.isEmpty else {
            problem("it is empty")
            return nil
        }
        return text
    }

    /// A file's path, resolved from the folder of the file that names it.
    package func filePath() -> String? { string().map(source.resolve) }

    /// Exactly `true` or `false`, without quotes.
    package func bool() -> Bool? {
        if let shape { return shape.take(.bool) }
        guard case .scalar(let text, let style) = node.content, !node.isNull else { return mismatch("true or false") }
        problems.notePlain(node)
        if style == .plain, text == "true" || text == "false" { return text == "true" }
        let meant: String? =
            switch text.lowercased() {
            case "true", "yes", "on", "y", "1": "true"
            case "false", "no", "off", "n", "0": "false"
            default: nil
            }
        problem(
            "expected true or false, found \(quoted(text))" + (meant.map { "; write \($0)" } ?? ""), suggestion: meant)
        return nil
    }

    /// One of the type's cases, by raw value.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type = Choice.self) -> Choice? {
        choice(among: Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    /// One of the names.
    package func choice(among names: [String]) -> String? {
        if let shape { return shape.choose(among: names) }
        guard case .scalar(let text, _) = node.content, !node.isNull else { return mismatch(oneOf(names)) }
        problems.notePlain(node)
        guard !names.contains(text) else { return text }
        let near = suggestion(for: text, among: names)
        problem("expected \(oneOf(names)), found \(quoted(text))" + didYouMean(near), suggestion: near)
        return nil
    }

    /// Whether it is a list, for a key that takes a word or a list.
    package var isList: Bool {
        if let shape { return shape.isList }
        return if case .sequence = node.content { true } else { false }
    }

    /// The list's entries, each with its own place and a path such as `alipay.keys[0]`.
    package func list(count: ClosedRange<Int>) -> [SettingsValue]? {
        if let shape { return [described(shape.listItem(count: count))] }
        guard case .sequence(let nodes) = node.content else { return mismatch("a list") }
        guard count.contains(nodes.count) else {
            let wanted = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            problem("expected \(wanted) entries, found \(nodes.count)")
            return nil
        }
        return nodes.enumerated().map { index, node in
            let place = SettingsPosition(file: source.file, node: node, path: "\(position.path)[\(index)]")
            return SettingsValue(
                node: node, position: place, sectionNode: node, source: source, problems: problems)
        }
    }

    /// A list of texts; nil when the list or any entry is wrong.
    package func strings(count: ClosedRange<Int>) -> [String]? { readList(count: count) { $0.string() } }

    /// A list of sections; nil when the list is wrong or the closure returned nil for any entry.
    package func sections<Value>(count: ClosedRange<Int>, _ body: (SettingsReader) -> Value?) -> [Value]? {
        readList(count: count) { $0.section(body) }
    }

    /// Reads the value as a section, and reports its unknown keys after the closure.
    package func section<Value>(_ body: (SettingsReader) -> Value?) -> Value? {
        if let shape { return body(SettingsReader(describing: shape.innerSection())) }
        guard case .mapping(let entries) = node.content else { return mismatch("keys with values") }
        let place = SettingsPosition(file: source.file, node: sectionNode, path: position.path)
        let reader = SettingsReader(entries: entries, position: place, source: source, problems: problems)
        let value = body(reader)
        reader.finish()
        return value
    }

    /// Reads every entry, so that all problems show, and is nil when any one is.
    func readList<Value>(count: ClosedRange<Int>, _ read: (SettingsValue) -> Value?) -> [Value]? {
        guard let values = list(count: count)?.map(read), !values.contains(where: { $0 == nil }) else { return nil }
        return values.compactMap { $0 }
    }

    /// Reports another kind of value than the wanted one; a text is not repeated.
    func mismatch<Value>(_ wanted: String) -> Value? {
        let found =
            switch node.content {
            case .scalar: node.isNull ? "nothing" : "text"
            case .sequence: "a list"
            case .mapping: "keys with values"
            }
        problem("expected \(wanted), found \(found)")
        return nil
    }
}
