import Foundation

/// The project's files, as they lie on this disk.
struct Project {
    /// The folder that holds `Package.swift`.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        .path()

    static func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }

    /// The names in a folder, sorted; build products and what belongs to git or Python left out.
    static func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + folder)
            .filter { !$0.hasPrefix(".build") && $0 != ".git" && $0 != "__pycache__" }.sorted()
    }

    /// All files below a folder, as paths from the root, sorted.
    static func files(in folder: String = "", suffix: String = "") throws -> [String] {
        let inside = folder.isEmpty ? "" : folder + "/"
        return try names(in: folder).flatMap { name in
            let path = inside + name
            return isFolder(path) ? try files(in: path, suffix: suffix) : name.hasSuffix(suffix) ? [path] : []
        }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + path) }

    static func isFolder(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: root + path)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
    }

    /// The lines of a file that have one of the words in them, as `path:line: text`.
    static func lines(of path: String, with words: [String]) throws -> [String] {
        // A fixture may be in GBK, and is read for its ASCII here.
        let text = String(decoding: try Data(contentsOf: URL(filePath: root + path)), as: UTF8.self)
        // Few files have one at all, and this is much faster than line by line.
        guard words.contains(where: { text.contains($0) }) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            words.contains { line.contains($0) } ? "\(path):\(number + 1): \(line)" : nil
        }
    }
}

/// A folder of a test's own, gone with it.
final class ScratchFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "payrelay-tidy-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file that only its owner can read, and the folders it lies in.
    func write(_ name: String, _ text: String) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path())
    }
}
