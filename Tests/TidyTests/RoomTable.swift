import RegexBuilder

/// Who may import whom: the lines of `Package.swift`, read as text.
struct RoomTable {
    /// A room and the modules it may import.
    let imports: [String: Set<String>]
    /// The C libraries of the system.
    let systemModules: Set<String>

    init() throws {
        let manifest = try Project.text("Package.swift")
        var imports: [String: Set<String>] = [:]
        for match in manifest.matches(of: /room\(\s*"(\w+)"(?:,\s*imports:\s*\[([^\]]*)\])?\s*\)/) {
            imports[String(match.1)] = RoomTable.names(match.2 ?? "")
        }
        for match in manifest.matches(of: /executableTarget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/) {
            imports[String(match.1)] = RoomTable.names(match.2)
        }
        self.imports = imports
        systemModules = Set(manifest.matches(of: /system(?:Library)?\((?:name: )?"(\w+)"/).map { String($0.1) })
    }

    private static func names(_ list: Substring) -> Set<String> {
        Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
    }

    /// Every pointer of the project lives in these.
    static let bindings: Set = ["Platform", "SQLite", "YAML", "Crypto", "Text", "HTTPServer", "HTTPClient"]
}

/// What the `import` lines of a Swift file name.
func importedModules(in text: String) -> [String] {
    let access = /(?:public|package|internal|fileprivate|private)\s+/
    let kind = /(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+/
    let attribute = /@\w+(?:\([^)]*\))?\s+/
    let line = Regex {
        Anchor.startOfLine
        /\s*/
        ZeroOrMore { attribute }
        Optionally { access }
        /import\s+/
        Optionally { kind }
        Capture { /\w+/ }
    }
    return text.split(separator: "\n").filter { $0.contains("import ") }.compactMap { candidate in
        candidate.prefixMatch(of: line).map { String($0.1) }
    }
}
