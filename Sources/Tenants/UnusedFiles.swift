import FoundationEssentials
package import Settings

/// Files beside the tenants' files that nothing reads: what an old key, a backup copy or a slip of the pen leaves.
package enum UnusedFiles {
    /// Below the tenants folder, where their secrets usually are.
    static let secretsFolder = "secrets"

    /// A warning for each; none when a tenant's file could not be read, for that may name any of them.
    ///
    /// - Parameters:
    ///   - texts: of all files of the configuration, by the name that problems give them.
    package static func warnings(
        in folder: (path: String, shownAs: String), texts: [String: SourceText]
    ) -> [Problem] {
        let names = files(in: folder.path)
        let tenants = names.filter { $0.hasSuffix(TenantFolder.fileSuffix) }
        guard tenants.allSatisfy({ texts["\(folder.shownAs)/\($0)"] != nil }) else { return [] }
        // The doctor looks for the public half beside a private key.
        let written = texts.values.flatMap(\.namedFiles)
        let named = Set((written + written.flatMap(PublicHalfFile.names)).map(resolved))
        let others = names.filter { !$0.hasSuffix(TenantFolder.fileSuffix) && !TenantFolder.isLookAlike($0) }
        let secrets = files(in: "\(folder.path)/\(secretsFolder)").map { "\(secretsFolder)/\($0)" }
        return (others + secrets).filter { !named.contains(resolved("\(folder.path)/\($0)")) }.map { name in
            Problem(file: "\(folder.shownAs)/\(name)", severity: .warning, message: message(name))
        }
    }

    private static func message(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.contains(".yaml") || lower.contains(".yml")
            ? "not read: a tenant's file ends with .yaml; move this copy elsewhere, or delete it"
            : "no configuration names this file; name it with file:, or delete it"
    }

    /// The names of a folder's files; without those that begin with a dot, and those that explain the folder to people.
    private static func files(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            var isFolder = false
            let isThere = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            return isThere && !isFolder && !name.hasPrefix(".") && !isForPeople(name.lowercased())
        }.sorted()
    }

    private static func isForPeople(_ lower: String) -> Bool { lower.hasPrefix("readme") || lower.hasSuffix(".md") }

    /// One name for one file, by whatever path it is reached.
    private static func resolved(_ path: String) -> String {
        URL(filePath: path).standardized.resolvingSymlinksInPath().path
    }
}
