import FoundationEssentials

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
        let attributes = try attributes(of: path)
        switch attributes[.type] as? FileAttributeType {
        case .typeRegular?: break
        case .typeDirectory?: throw FileProblem(reason: "Is a directory")
        case .typeSymbolicLink?: throw FileProblem(reason: "A symbolic link that leads nowhere")
        default: throw FileProblem(reason: "Not a regular file")
        }
        let tooLarge = FileProblem(reason: "Larger than \(bytesMax) bytes")
        let size = number(attributes[.size])
        if let size, size > bytesMax { throw tooLarge }
        // Foundation of Swift 6.3 leaks 4 KiB whenever it reads an empty file.
        if size == 0 { return [] }
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch { throw FileProblem(error) }
        guard data.count <= bytesMax else { throw tooLarge }
        return Array(data)
    }

    /// Whether users other than the owner and the group may read it; false when it cannot be looked at.
    package static func othersCanRead(_ path: String) -> Bool {
        guard let mode = number((try? attributes(of: path))?[.posixPermissions]) else { return false }
        return mode & 0o004 != 0
    }

    /// Whether its owner alone may do anything with it; true when it cannot be looked at.
    package static func isOwnersAlone(_ path: String) -> Bool {
        guard let mode = number((try? attributes(of: path))?[.posixPermissions]) else { return true }
        return mode & 0o077 == 0
    }

    /// An attribute's number: an integer from FoundationEssentials alone, an NSNumber once Foundation is in the process.
    private static func number(_ attribute: Any?) -> Int? {
        if let integer = attribute as? any BinaryInteger { return Int(clamping: integer) }
        return attribute as? Int
    }

    private static func attributes(of path: String) throws(FileProblem) -> [FileAttributeKey: Any] {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            // Hardly a file is a link, and resolving one costs as much as reading it.
            guard attributes[.type] as? FileAttributeType == .typeSymbolicLink else { return attributes }
            return try FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        } catch {
            throw FileProblem(error)
        }
    }
}

extension FileProblem {
    fileprivate init(_ error: any Error) {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile?, .fileNoSuchFile?: self.init(reason: "No such file")
        case .fileReadNoPermission?: self.init(reason: "Permission denied")
        default: self.init(reason: "It cannot be opened")
        }
    }
}
