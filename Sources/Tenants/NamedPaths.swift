/// The paths that tenants' files name besides themselves: files, where links lead, and the folders above them.
struct NamedPaths: Sendable {
    /// The files, and where links lead.
    private(set) var files: Set<String> = []
    private var all: Set<String> = []

    init(_ versions: some Sequence<FileVersion>, in folder: TenantFolder) {
        for version in versions {
            for source in version.sources {
                if !folder.isOfTenant(source.path) { files.insert(source.path) }
                if let target = source.target { files.insert(target) }
            }
        }
        for file in files {
            var path = file[...]
            while !path.isEmpty, all.insert(String(path)).inserted {
                path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            }
        }
    }

    init() {}

    /// Whether a change at the path may be one of a file that a tenant's file names.
    func contains(_ path: String) -> Bool { all.contains(path) }
}
