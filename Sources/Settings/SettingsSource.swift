package import Diagnostics

/// What a settings file is read with: its names, the two ways out of it, and the time.
package struct SettingsSource: Sendable {
    /// As problems name it, such as `tenants/bookshop.yaml`.
    package let file: String
    /// The path of the file's folder; relative paths in the file begin there.
    package let folder: String
    /// The value of an environment variable, nil when it is not set.
    package let environment: @Sendable (String) -> String?
    /// For what has an end.
    package let clock: any Clock
    /// The file's own path when it is read from one; then secrets that other users can read are warned of.
    var path: String?
    /// Reads a whole file of at most so many bytes.
    package let readFile: @Sendable (_ path: String, _ bytesMax: Int) throws(FileProblem) -> [UInt8]

    package init(
        file: String,
        folder: String,
        environment: @escaping @Sendable (String) -> String?,
        clock: any Clock = SystemClock(),
        readFile: @escaping @Sendable (String, Int) throws(FileProblem) -> [UInt8] = SettingsFiles.read
    ) {
        self.file = file
        self.folder = folder
        self.environment = environment
        self.clock = clock
        self.readFile = readFile
    }

    /// A path written in the file, from the file's folder on.
    package func resolve(_ path: String) -> String {
        path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
    }
}
