import Platform
package import Settings
import Tenants

/// Everything that an admin edits, read once.
package struct Configuration: Sendable {
    let service: ServiceSettings
    let tenants: TenantSnapshot
    /// All of all files, sorted.
    package let problems: [Problem]

    package var errorCount: Int { problems.count { $0.severity == .error } }

    /// What could be read, and every problem of every file. Without a usable `payrelay.yaml` there is no configuration.
    package struct Loaded: Sendable {
        package let configuration: Configuration?
        package let problems: [Problem]

        package var hasErrors: Bool { problems.contains { $0.severity == .error } }
    }

    /// - Parameters:
    ///   - path: of `payrelay.yaml`; problems name it as it is given.
    ///   - environment: looks up `env:` references.
    package static func load(
        path: String, environment: @escaping @Sendable (String) -> String? = { Platform.environment($0) }
    ) -> Loaded {
        let problems = ProblemList()
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) } ?? "."
        let shownFolder = slash.map { String(path[...$0]) } ?? ""
        let source = SettingsSource(file: path, folder: folder, environment: environment)
        let service = SettingsReader.readFile(at: path, from: source, into: problems) {
            ServiceSettings.read($0, folder: folder, shownFolder: shownFolder)
        }
        guard let service else {
            // The tenants are checked all the same, so that one run shows everything.
            _ = try? TenantFolder(
                path: "\(folder)/tenants", shownAs: shownFolder + "tenants", publicURL: "", environment: environment
            ).load(into: problems)
            return Loaded(configuration: nil, problems: problems.sorted)
        }
        let tenantFolder = TenantFolder(
            path: service.tenants.path, shownAs: service.tenants.shownAs, publicURL: service.publicURL, environment: environment
        )
        var tenants = TenantSnapshot([])
        do { tenants = try tenantFolder.load(into: problems) } catch {
            let problem = service.tenants.position?.problem(error.reason)
            problems.add(problem ?? Problem(file: path, line: 1, column: 1, message: "tenants: \(error.reason)"))
        }
        let configuration = Configuration(service: service, tenants: tenants, problems: problems.sorted)
        return Loaded(configuration: configuration, problems: problems.sorted)
    }
}
