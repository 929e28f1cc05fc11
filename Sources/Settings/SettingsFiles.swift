import Platform

/// Why a file could not be read, in words that follow `cannot read <path>: `.
package struct FileProblem: Error, Hashable, CustomStringConvertible {
    package let reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// Reading small regular files, links followed.
package enum SettingsFiles {
    /// The whole file; a pipe or a device is refused, since reading one may never end.
    package static func read(_ path: String, bytesMax: Int) throws(FileProblem) -> [UInt8] {
        do throws(RegularFile.Fault) { return try RegularFile.read(path, bytesMax: bytesMax) } catch {
            throw FileProblem(reason: reason(error, bytesMax: bytesMax))
        }
    }

    /// Whether users other than the owner and the group may read it; false when it cannot be looked at.
    package static func othersCanRead(_ path: String) -> Bool { FilePermissions.othersCanRead(path) ?? false }

    /// Whether its owner alone may do anything with it; true when it cannot be looked at.
    package static func isOwnersAlone(_ path: String) -> Bool { FilePermissions.isOwnersAlone(path) ?? true }

    private static func reason(_ fault: RegularFile.Fault, bytesMax: Int) -> String {
        switch fault {
        case .missing: "No such file"
        case .brokenLink: "A symbolic link that leads nowhere"
        case .noPermission: "Permission denied"
        case .folder: "Is a directory"
        case .notRegular: "Not a regular file"
        case .tooLarge: "Larger than \(bytesMax) bytes"
        case .unreadable: "It cannot be opened"
        }
    }
}
