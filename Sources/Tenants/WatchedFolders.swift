import Platform

/// Which folders have to be watched so that a change of any of these files is heard of.
enum WatchedFolders {
    /// With more names than these a folder is watched for everything.
    private static let namesMax = 200

    /// - Parameters:
    ///   - folder: the tenants' own, of which everything is of interest.
    ///   - files: what else is read, and where links lead.
    static func all(_ folder: String, files: some Sequence<String>) -> [FolderWatch.Folder] {
        var names: [String: Set<String>] = [:]
        for file in files { add(file, to: &names) }
        let withFiles = Set(names.keys)
        add(folder, to: &names)
        names[folder] = nil
        let others = names.map { path, names in
            FolderWatch.Folder(
                path: path, names: names.count > namesMax ? nil : names, tellsWrites: withFiles.contains(path))
        }
        return [FolderWatch.Folder(path: folder)] + others.sorted { $0.path < $1.path }
    }

    /// The file's folder; where there is none, the first one above it that is there.
    private static func add(_ file: String, to names: inout [String: Set<String>]) {
        var file = file
        while true {
            let (folder, name) = split(file)
            guard !name.isEmpty else { return }
            // One that is known is there.
            if names[folder] != nil || PathKind.isFolder(folder) {
                names[folder, default: []].insert(name)
                return
            }
            file = folder
        }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path == "." ? "" : path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }
}
