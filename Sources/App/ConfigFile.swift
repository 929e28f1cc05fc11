/// `payrelay.yaml`, as the admin names it, and where the paths in it begin.
package struct ConfigFile {
    package static let pathDefault = "payrelay.yaml"

    /// As given; problems name it so.
    package let path: String
    /// Its folder, without a slash at the end unless it is the root.
    package let folder: String
    /// What stands before a path in it when a problem names it: `../shop/`, or nothing for the current folder.
    private let shownPrefix: String

    package init(_ path: String) {
        self.path = path
        guard let slash = path.lastIndex(of: "/") else {
            (folder, shownPrefix) = (".", "")
            return
        }
        folder = slash == path.startIndex ? "/" : String(path[..<slash])
        shownPrefix = String(path[...slash])
    }

    /// A path written in the file, from the file's folder on.
    package func resolve(_ written: String) -> String {
        if written.hasPrefix("/") { return written }
        return folder == "/" ? "/" + written : "\(folder)/\(written)"
    }

    /// The same as problems name it.
    package func shown(_ written: String) -> String { written.hasPrefix("/") ? written : shownPrefix + written }
}
