import YAML

extension SettingsReader {
    /// What the files may hold that this closure reads; it runs many times, over no file.
    package static func describe<Value>(_ body: (SettingsReader) -> Value?) -> SettingsShape {
        let run = ShapeRun()
        let root = ShapeSection(path: "", run: run)
        run.explore { _ = body(SettingsReader(describing: root)) }
        return root.shape
    }

    /// A reader of no file. What it would report goes nowhere.
    convenience init(describing section: ShapeSection) {
        section.begin()
        self.init(
            entries: [], position: SettingsPosition(file: "", path: section.path),
            source: SettingsSource(file: "", folder: "", environment: { _ in nil }), problems: ProblemList(),
            describing: section)
    }

    /// Says what each key of this section is for, a sentence each, for those who write the file.
    package func explain(_ sentences: @autoclosure () -> [String: String]) { shape?.explain(sentences()) }

    func described(_ shape: ShapeValue) -> SettingsValue {
        SettingsValue(describing: shape, source: source, problems: problems)
    }
}

extension SettingsValue {
    /// A value of no file.
    fileprivate init(describing shape: ShapeValue, source: SettingsSource, problems: ProblemList) {
        let start = Mark(line: 1, column: 1)
        let nothing = Node(.scalar("", .plain), at: start, to: start)
        self.init(
            node: nothing, position: SettingsPosition(file: "", path: shape.path), sectionNode: nothing, source: source,
            problems: problems, shape: shape)
    }

    func described(_ shape: ShapeValue) -> SettingsValue {
        SettingsValue(describing: shape, source: source, problems: problems)
    }
}
