import Settings

/// What the tenants' files are read with, as far as `payrelay.yaml` tells it, whatever else is wrong with that file.
struct TenantsPlace {
    static let folderDefault = "tenants"

    let path: String
    /// As problems name it.
    let shownAs: String
    /// Where the file names the folder, or its beginning.
    let position: SettingsPosition
    /// Without a slash at the end; nil when the file does not give a good one.
    let publicURL: String?

    /// The default folder, for a file that cannot be read.
    init(of file: ConfigFile) {
        self.init(of: file, named: TenantsPlace.folderDefault, position: nil, publicURL: nil)
    }

    static func read(_ root: SettingsReader, of file: ConfigFile) -> TenantsPlace {
        let tenants = root.optional("tenants", default: .text(folderDefault))
        return TenantsPlace(
            of: file, named: tenants?.string() ?? folderDefault, position: tenants?.position,
            publicURL: root.required("public_url").flatMap(PublicURLSetting.read)
        )
    }

    /// What the file says, whatever is wrong with it; nothing is reported.
    static func look(at file: ConfigFile, _ environment: @escaping @Sendable (String) -> String?) -> TenantsPlace {
        var place = TenantsPlace(of: file)
        let source = SettingsSource(file: file.path, folder: file.folder, environment: environment)
        _ = SettingsReader.readFile(at: file.path, from: source, into: ProblemList()) { root -> Bool? in
            place = read(root, of: file)
            return true
        }
        return place
    }

    private init(of file: ConfigFile, named name: String, position: SettingsPosition?, publicURL: String?) {
        var name = name
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        path = file.resolve(name)
        shownAs = file.shown(name)
        self.position = position ?? SettingsPosition(file: file.path, path: "tenants")
        self.publicURL = publicURL
    }
}
