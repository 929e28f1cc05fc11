/// What was learnt so far of the keys of one section. Used by one task.
final class ShapeSection {
    let path: String
    private(set) var keys: [String: ShapeValue] = [:]
    private var order: [String] = []
    private var about: [String: String] = [:]
    /// The keys that each run of the section's reader wanted.
    private var wanted: [Set<String>] = []
    private var member: (value: ShapeValue, count: ClosedRange<Int>)?
    private let run: ShapeRun

    init(path: String, run: ShapeRun) {
        self.path = path
        self.run = run
    }

    func value(_ key: String) -> ShapeValue {
        if let value = keys[key] { return value }
        let value = ShapeValue(path: path.isEmpty ? key : "\(path).\(key)", run: run)
        keys[key] = value
        order.append(key)
        return value
    }

    /// The value of the keys that are the admin's own.
    func memberValue(count: ClosedRange<Int>) -> ShapeValue {
        let value = member?.value ?? ShapeValue(path: path + ".*", run: run)
        member = (value, count)
        return value
    }

    func has(_ key: String) -> Bool { run.answer(value(key).path) }

    func explain(_ sentences: [String: String]) { about.merge(sentences) { first, _ in first } }

    func begin() { wanted.append([]) }
    func want(_ key: String) { wanted[wanted.count - 1].insert(key) }

    var form: SettingsShape.Form {
        member.map { .members($0.value.shape, count: $0.count) } ?? .section(shape)
    }

    /// Keys that are only refused have no form, and are none of the file's.
    var shape: SettingsShape {
        let known = order.compactMap { name -> SettingsShape.Key? in
            guard var value = keys[name]?.shape, !value.forms.isEmpty else { return nil }
            value.about = about[name]
            return SettingsShape.Key(name: name, value: value)
        }
        let required = wanted.dropFirst().reduce(wanted.first ?? []) { $0.intersection($1) }
        var choices: [Set<String>] = []
        for set in wanted.map({ $0.subtracting(required) }) where !choices.contains(set) { choices.append(set) }
        let least = choices.filter { set in !choices.contains { $0.isStrictSubset(of: set) } }
        return SettingsShape(keys: known, required: required, alternatives: least.contains([]) ? [] : least)
    }
}

/// What was learnt so far of one value.
final class ShapeValue {
    let path: String
    let run: ShapeRun
    private var forms: [SettingsShape.Form] = []
    private var item: (value: ShapeValue, count: ClosedRange<Int>)?
    private var section: ShapeSection?
    private var fallback: SettingsShape.Fallback?

    init(path: String, run: ShapeRun) {
        self.path = path
        self.run = run
    }

    /// Notes a form of the value, and gives none.
    @discardableResult
    func take<Read>(_ form: SettingsShape.Form) -> Read? {
        if !forms.contains(form) { forms.append(form) }
        return nil
    }

    func take<Read>(_ units: [SettingsValue.Unit], limits: String) -> Read? {
        take(.amount(units: units.map(\.name), limits: limits))
    }

    func choose(among names: [String]) -> String {
        let _: Never? = take(.choice(names))
        return run.choose(among: names)
    }

    var isList: Bool { run.answer(path + "[]") }

    func fallBack(to fallback: SettingsShape.Fallback) { self.fallback = fallback }

    func listItem(count: ClosedRange<Int>) -> ShapeValue {
        let value = item?.value ?? ShapeValue(path: path + "[]", run: run)
        item = (value, count)
        return value
    }

    func innerSection() -> ShapeSection {
        let inner = section ?? ShapeSection(path: path, run: run)
        section = inner
        return inner
    }

    var shape: SettingsShape.Value {
        var all = forms
        if let item { all.append(.list(item.value.shape, count: item.count)) }
        if let section { all.append(section.form) }
        return SettingsShape.Value(forms: all, fallback: fallback)
    }
}
