import Crypto
package import Diagnostics
import FoundationEssentials
package import Settings

/// The tenants folder: every `*.yaml` in it is one tenant.
package struct TenantFolder: Sendable {
    package static let notifyURLBytesMax = 190
    static let fileSuffix = ".yaml"

    /// The folder's path.
    let path: String
    /// As problems name it: `tenants`.
    let shownAs: String
    let publicURL: String
    let environment: @Sendable (String) -> String?
    let clock: any Clock
    let keyUses: KeyUses

    /// - Parameters:
    ///   - publicURL: without a slash at the end; every notify URL begins with it.
    ///   - clock: tells when a key has lapsed, now and for as long as the tenants are there.
    ///   - keyUses: where the uses of all keys are counted.
    package init(
        path: String, shownAs: String, publicURL: String, environment: @escaping @Sendable (String) -> String?,
        clock: any Clock = SystemClock(), keyUses: KeyUses = KeyUses()
    ) {
        self.path = path
        self.shownAs = shownAs
        self.publicURL = publicURL
        self.environment = environment
        self.clock = clock
        self.keyUses = keyUses
    }

    package struct Unreadable: Error, Sendable {
        /// To stand after `tenants: `; it does not repeat the path, since anything may have been pasted there.
        package let reason: String
    }

    /// Reads all files; the good ones become tenants, the ids of the others are kept apart.
    ///
    /// Of two files that have one partner, one private key or one API key, the first keeps it; a file with mistakes of its own takes
    /// nothing from a good one.
    ///
    /// - Throws: when the folder itself cannot be read.
    package func load(into problems: ProblemList) throws(Unreadable) -> TenantSnapshot {
        var loader = TenantLoader(self, keepsTexts: problems.keepsTexts)
        let outcome = try loader.look(nowMs: 0)
        for problem in outcome.problems { problems.add(problem) }
        problems.keep(loader.texts)
        return outcome.snapshot
    }

    /// The names of all tenants' files without their endings, sorted, whether or not the files can be used.
    package func ids() throws(Unreadable) -> [String] {
        try contents().filter { !$0.hasPrefix(".") && $0.hasSuffix(TenantFolder.fileSuffix) }.sorted()
            .map(TenantFolder.id)
    }

    /// Reads one file.
    ///
    /// - Parameter fieldPaths: shared by all files of a folder.
    func read(_ name: String, keepsTexts: Bool, _ fieldPaths: FieldPaths) -> FileVersion {
        let problems = ProblemList(keepsTexts: keepsTexts)
        let shown = "\(shownAs)/\(name)"
        var file = TenantFile(id: TenantFolder.id(of: name))
        if let text = problemOfName(file.id) {
            problems.add(Problem(file: shown, message: text))
        }
        let record = ReadRecord()
        let source = SettingsSource(
            file: shown, folder: path, environment: environment, clock: clock,
            readFile: { path, bytesMax throws(FileProblem) in try record.read(path, bytesMax: bytesMax) })
        var fields: [FieldDigest] = []
        let tenant = SettingsReader.readFile(at: filePath(name), from: source, into: problems) { root in
            let tenant = file.read(root)
            fields = root.fields.map { digest($0, record, source, fieldPaths) }
            return tenant
        }
        if !problems.hasErrors { file.tenant = tenant.map(keyUses.counting) }
        return FileVersion(
            file: file, digest: record.digest(of: filePath(name)).map(Hex.encode) ?? "", record: record,
            fields: fields, problems: problems)
    }

    private func digest(
        _ field: SettingsField, _ record: ReadRecord, _ source: SettingsSource, _ paths: FieldPaths
    ) -> FieldDigest {
        var hasher = Hasher()
        hasher.combine(field.text)
        if field.text.hasPrefix("file:") {
            hasher.combine(record.digest(of: source.resolve(String(field.text.dropFirst(5)))))
        }
        return FieldDigest(path: paths.number(of: field.path), hash: hasher.finalize())
    }

    /// The tenant whose file has that name.
    static func id(of name: String) -> String { String(name.dropLast(fileSuffix.count)) }

    /// The name of the tenant's file.
    package static func fileName(of id: String) -> String { id + fileSuffix }

    func filePath(_ name: String) -> String { "\(path)/\(name)" }

    private func problemOfName(_ id: String) -> String? {
        guard TenantFolder.isID(id) else {
            let meant = String(id.lowercased().map { $0 == "_" || $0 == "." || $0 == " " ? "-" : $0 })
            let other = TenantFolder.isID(meant) ? " to \(meant)\(TenantFolder.fileSuffix)" : ""
            return "the file's name is the tenant's id, 2 to 39 of a-z 0-9 -, beginning with a letter or digit; "
                + "rename it\(other)"
        }
        let notifyURL = "\(publicURL)/notify/\(id)"
        guard notifyURL.utf8.count > TenantFolder.notifyURLBytesMax else { return nil }
        return "the notify URL \(notifyURL) has \(notifyURL.utf8.count) bytes and Alipay takes "
            + "\(TenantFolder.notifyURLBytesMax); shorten public_url or the file's name"
    }

    /// The tenants' files by name; others that were probably meant as one are warned of.
    func fileNames(_ problems: ProblemList) throws(Unreadable) -> [String] {
        let visible = try contents().filter { !$0.hasPrefix(".") }.sorted()
        for name in visible where !name.hasSuffix(TenantFolder.fileSuffix) {
            guard TenantFolder.isLookAlike(name) else { continue }
            let stem = name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
            problems.add(
                Problem(
                    file: "\(shownAs)/\(name)", severity: .warning,
                    message: "not read: a tenant's file ends with .yaml; rename it to \(stem).yaml"
                )
            )
        }
        return visible.filter { $0.hasSuffix(TenantFolder.fileSuffix) }
    }

    /// The names of the tenants' files that changes at these paths can have a part in; nil when those may be any.
    func names(_ changed: Set<String>, beside named: NamedPaths) -> Set<String>? {
        var names: Set<String> = []
        for changed in changed {
            guard let name = name(ofFileAt: changed), !name.hasPrefix(".."), !named.contains(changed),
                !TenantFolder.isLookAlike(name)
            else { return nil }
            // What editors leave beside it for a moment is nobody's.
            if isOfTenant(changed) { names.insert(name) }
        }
        return names
    }

    /// Whether a tenant's file would be at that path.
    func isOfTenant(_ file: String) -> Bool {
        guard let name = name(ofFileAt: file) else { return false }
        return name.hasSuffix(TenantFolder.fileSuffix) && !name.hasPrefix(".")
    }

    /// Nil if it is not in the folder itself.
    private func name(ofFileAt file: String) -> String? {
        guard file.utf8.count > path.utf8.count + 1, file.utf8.starts(with: path.utf8) else { return nil }
        let rest = file.utf8.dropFirst(path.utf8.count)
        guard rest.first == UInt8(ascii: "/"), !rest.dropFirst().contains(UInt8(ascii: "/")) else { return nil }
        return String(Substring(rest.dropFirst()))
    }

    /// Whether its ending was probably meant to be that of a tenant's file.
    static func isLookAlike(_ name: String) -> Bool {
        let lower = name.lowercased()
        return !name.hasSuffix(fileSuffix) && (lower.hasSuffix(".yml") || lower.hasSuffix(".yaml"))
    }

    private func contents() throws(Unreadable) -> [String] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Unreadable(reason: "there is no such folder; make it, or name the one with the tenants' files")
        }
        guard isFolder else { throw Unreadable(reason: "it is not a folder; name the one with the tenants' files") }
        do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw Unreadable(reason: "the folder cannot be read; this user needs read and search permission on it")
        }
    }

    /// `[a-z0-9][a-z0-9-]{1,38}`
    package static func isID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        return (2...39).contains(bytes.count) && isPlain && bytes[0] != 0x2D
    }
}
