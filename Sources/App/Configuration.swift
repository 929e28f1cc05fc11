package import Diagnostics
import Payments
import Platform
package import Settings
package import Tenants

/// Everything that an admin edits, read once.
package struct Configuration: Sendable {
    package let service: ServiceSettings
    package let tenants: TenantSnapshot
    /// What keeps them in step with their files from here on.
    package let loader: TenantLoader
    /// Where the uses of all tenants' keys are counted.
    package let keyUses: KeyUses
    /// All of all files, sorted.
    package let problems: [Problem]

    package var errorCount: Int { problems.count { $0.severity == .error } }

    /// What could be read, and every problem of every file. Without a usable `payrelay.yaml` and a tenants folder there is
    /// no configuration.
    package struct Loaded: Sendable {
        package let configuration: Configuration?
        /// Also where `payrelay.yaml` is bad; nil without a folder to read.
        package let tenants: TenantSnapshot?
        package let problems: [Problem]
        /// Of the files that could be read, by the name that problems give them; none unless they were asked for.
        package var texts: [String: SourceText] = [:]
        /// Where the tenants' files are, and the folder's name in problems.
        package let tenantsFolder: (path: String, shownAs: String)

        package var errorCount: Int { problems.count { $0.severity == .error } }
        package var hasErrors: Bool { errorCount > 0 }

        /// The same as for a service that starts: of two files that claim the same the one that was served before is the good
        /// one, and none names another partner than its open payments were made with.
        ///
        /// - Parameter isBound: whether something of the tenant is open at Alipay.
        func settled(
            by latest: [TenantChange], nowMs: Int64, isBound: @escaping @Sendable (_ tenant: String) -> Bool
        ) -> Loaded {
            guard let configuration else { return self }
            var loader = configuration.loader
            loader.isBound = isBound
            guard loader.learn(of: latest) else { return self }
            let ofTenants = Set(configuration.tenants.problems)
            let tenants = loader.settle(by: latest, nowMs: nowMs).snapshot
            let problems = (problems.filter { !ofTenants.contains($0) } + tenants.problems).sorted()
            return Loaded(
                configuration: Configuration(
                    service: configuration.service, tenants: tenants, loader: loader, keyUses: configuration.keyUses,
                    problems: problems),
                tenants: tenants, problems: problems, texts: texts, tenantsFolder: tenantsFolder)
        }
    }

    /// - Parameters:
    ///   - path: of `payrelay.yaml`; problems name it as it is given.
    ///   - keepsTexts: whether the files' texts are kept, to show the lines of the problems.
    ///   - environment: looks up `env:` references.
    ///   - clock: the one that the service will have: keys lapse by it.
    package static func load(
        path: String, keepsTexts: Bool = false,
        environment: @escaping @Sendable (String) -> String? = { Platform.environment($0) },
        clock: any Clock = SystemClock()
    ) -> Loaded {
        let problems = ProblemList(keepsTexts: keepsTexts)
        let (service, place) = readService(ConfigFile(path), environment, clock, into: problems)
        // The tenants are checked whatever is wrong with the service, so that one run shows everything.
        let foundPlace = place ?? TenantsPlace(of: ConfigFile(path))
        let keyUses = KeyUses()
        let tenants = loadTenants(foundPlace, environment, clock, keyUses, isNamed: place != nil, into: problems)
        let sorted = problems.sorted
        var configuration: Configuration?
        if let service, let tenants {
            configuration = Configuration(
                service: service, tenants: tenants.snapshot, loader: tenants.loader, keyUses: keyUses,
                problems: sorted)
        }
        return Loaded(
            configuration: configuration, tenants: tenants?.snapshot, problems: sorted,
            texts: problems.texts.merging(tenants?.loader.texts ?? [:]) { first, _ in first },
            tenantsFolder: (foundPlace.path, foundPlace.shownAs))
    }

    /// What `payrelay.yaml` says of the service, without a look at the tenants; nil if it cannot be used.
    ///
    /// - Parameter path: of `payrelay.yaml`.
    package static func service(path: String) -> ServiceSettings? {
        readService(ConfigFile(path), { Platform.environment($0) }, SystemClock(), into: ProblemList()).service
    }

    /// - Returns: no place if the file could not be read.
    private static func readService(
        _ file: ConfigFile, _ environment: @escaping @Sendable (String) -> String?, _ clock: any Clock,
        into problems: ProblemList
    ) -> (service: ServiceSettings?, tenants: TenantsPlace?) {
        let path = file.path
        let source = SettingsSource(
            file: path, folder: file.folder, environment: environment, clock: clock,
            readFile: { wanted, bytesMax throws(FileProblem) in
                do throws(FileProblem) { return try SettingsFiles.read(wanted, bytesMax: bytesMax) } catch {
                    throw wanted == path ? FileProblem(reason: error.reason + "; --config FILE names another") : error
                }
            }
        )
        var place: TenantsPlace?
        let service = SettingsReader.readFile(at: path, from: source, into: problems) { root in
            let tenants = TenantsPlace.read(root, of: file)
            place = tenants
            return ServiceSettings.read(root, tenants, of: file)
        }
        return (service, place)
    }

    /// - Parameter isNamed: whether `payrelay.yaml` could be read; if not, it says nothing of a folder, and none is missed.
    private static func loadTenants(
        _ place: TenantsPlace, _ environment: @escaping @Sendable (String) -> String?, _ clock: any Clock,
        _ keyUses: KeyUses, isNamed: Bool, into problems: ProblemList
    ) -> (snapshot: TenantSnapshot, loader: TenantLoader)? {
        let folder = TenantFolder(
            path: place.path, shownAs: place.shownAs, publicURL: place.publicURL ?? "", environment: environment,
            clock: clock, keyUses: keyUses
        )
        do {
            var loader = TenantLoader(folder, keepsTexts: problems.keepsTexts)
            let outcome = try loader.look(nowMs: clock.nowMs)
            let tenants = outcome.snapshot
            for problem in outcome.problems { problems.add(problem) }
            if isNamed, tenants.count == 0, tenants.broken.isEmpty {
                let command = "payrelay tenant new ID --folder \(place.shownAs)"
                let text = "no tenants in the folder \(place.shownAs); `\(command)` writes one"
                problems.add(place.position.problem(text, severity: .warning))
            }
            return (tenants, loader)
        } catch {
            if isNamed { problems.add(place.position.problem(error.reason)) }
            return nil
        }
    }
}
