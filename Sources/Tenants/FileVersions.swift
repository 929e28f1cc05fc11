import Dispatch
import Platform
import Settings
import Synchronization

/// The tenants' files of a folder, each in the newest version that could be read whole.
struct FileVersions: Sendable {
    private struct Restless: Sendable {
        let signatures: [FileSignature?]
        let sinceMs: Int64
    }

    /// How often a file is read that changes while it is read.
    private static let readsMax = 3
    /// Of so many files and more, several are read at a time.
    private static let readAloneMax = 32

    let folder: TenantFolder
    private let keepsTexts: Bool
    let fieldPaths = FieldPaths()
    private var versions: [String: FileVersion] = [:]
    /// Files that are other than they were read, by name.
    private var restless: [String: Restless] = [:]
    /// The names of the files that the last look passed over.
    private var passedOver: Set<String> = []
    /// Since when a file is gone, by file name.
    private var missingSinceMs: [String: Int64] = [:]

    /// Of the folder, and of files that are no tenant's.
    private(set) var folderProblems: [Problem] = []
    /// Names of files with anything to say of them: broken, or with warnings.
    private(set) var flawed: Set<String> = []
    private(set) var namedPaths = NamedPaths()
    /// Names of files with another newest version than when this was emptied.
    var news: Set<String> = []
    /// Whether what is to be said of the files may be something else than when this was reset.
    var hasOtherProblems = true

    init(_ folder: TenantFolder, keepsTexts: Bool) {
        self.folder = folder
        self.keepsTexts = keepsTexts
    }

    /// Nil where there is no such file, and where it was never read.
    subscript(name: String) -> FileVersion? { versions[name] }

    var all: some Collection<FileVersion> { versions.values }
    var names: some Collection<String> { versions.keys }

    /// Whether something was passed over because it is being written, or has only just gone.
    var isUnsettled: Bool { !passedOver.isEmpty || !missingSinceMs.isEmpty }

    /// Reads what is new or another version than before; see ``TenantLoader/look(nowMs:rereads:settleMs:heard:isBeingWritten:)``.
    mutating func look(
        nowMs: Int64, rereads: Bool, settleMs: Int64, heard: Set<String>?, isBeingWritten: (String) -> Bool
    ) throws(TenantFolder.Unreadable) {
        let problemsBefore = folderProblems
        let (names, areAll) = try names(heard)
        passedOver = []
        let changed = names.filter { name in
            missingSinceMs[name] = nil
            guard rereads || !isCurrent(name) else {
                restless[name] = nil
                return false
            }
            let isReady = rereads || hasSettled(name, settleMs, nowMs)
            guard isReady, !isOpen(name, versions[name], isBeingWritten) else {
                passedOver.insert(name)
                return false
            }
            return true
        }
        var ahead = readAhead(changed)
        for name in changed {
            if take(name, ahead.removeValue(forKey: name), isBeingWritten) {
                restless[name] = nil
            } else {
                passedOver.insert(name)
            }
        }
        if areAll { noteMissing(Set(names), nowMs) }
        if folderProblems != problemsBefore { hasOtherProblems = true }
        if !news.isEmpty { namedPaths = NamedPaths(versions.values, in: folder) }
    }

    /// The names of the files to look at, and whether those are all that there are.
    private mutating func names(
        _ heard: Set<String>?
    ) throws(TenantFolder.Unreadable) -> (names: [String], areAll: Bool) {
        if let heard, missingSinceMs.isEmpty, let names = folder.names(heard, beside: namedPaths)?.union(passedOver) {
            // With one that is gone the folder may be gone.
            if !names.contains(where: hasGone) { return (names.sorted(), false) }
        }
        let problems = ProblemList()
        let names = try folder.fileNames(problems)
        folderProblems = problems.sorted
        return (names, true)
    }

    /// Whether the file has been as it is now for so long.
    private mutating func hasSettled(_ name: String, _ settleMs: Int64, _ nowMs: Int64) -> Bool {
        if settleMs == 0 { return true }
        let paths = versions[name]?.sources.map(\.path) ?? [folder.filePath(name)]
        let signatures = paths.map { FileSignature(of: $0) }
        guard let seen = restless[name], seen.signatures == signatures, seen.sinceMs <= nowMs else {
            restless[name] = Restless(signatures: signatures, sinceMs: nowMs)
            return false
        }
        return nowMs - seen.sinceMs >= settleMs
    }

    /// A first reading of the files, where they are so many that it pays to read on several threads; by name.
    private func readAhead(_ names: [String]) -> [String: FileVersion] {
        guard names.count > FileVersions.readAloneMax else { return [:] }
        let share = FileVersions.readAloneMax
        let read = Mutex<[String: FileVersion]>([:])
        DispatchQueue.concurrentPerform(iterations: (names.count + share - 1) / share) { index in
            let part = names[(index * share)..<min((index + 1) * share, names.count)]
            let versions = part.map { ($0, folder.read($0, keepsTexts: keepsTexts, fieldPaths)) }
            read.withLock { read in for (name, version) in versions { read[name] = version } }
        }
        return read.withLock { $0 }
    }

    /// Whether the file was read, and not while it was written to. Of a file that is not known yet what was read is better
    /// than nothing, unless somebody is known to be writing it.
    ///
    /// - Parameter ahead: what was read of it just now.
    private mutating func take(
        _ name: String, _ ahead: FileVersion?, _ isBeingWritten: (String) -> Bool
    ) -> Bool {
        var ahead = ahead
        for _ in 0..<FileVersions.readsMax {
            let version = ahead ?? folder.read(name, keepsTexts: keepsTexts, fieldPaths)
            ahead = nil
            // What was begun before it was read is told of by now.
            if isOpen(name, version, isBeingWritten) || hasGone(name) { return false }
            if version.isWhole || versions[name] == nil { set(version, of: name) }
            if version.isWhole { return true }
        }
        return false
    }

    /// Whether there is nothing any more, not even a link that leads nowhere: gone since the folder was listed.
    private func hasGone(_ name: String) -> Bool {
        let path = folder.filePath(name)
        return FileSignature(of: path) == nil && !PathKind.isLink(path)
    }

    private func isCurrent(_ name: String) -> Bool { versions[name]?.sources.allSatisfy(\.isAsBefore) ?? false }

    private func isOpen(_ name: String, _ version: FileVersion?, _ isBeingWritten: (String) -> Bool) -> Bool {
        isBeingWritten(folder.filePath(name))
            || version?.sources.contains { isBeingWritten($0.path) || $0.target.map(isBeingWritten) ?? false } ?? false
    }

    /// Forgets the files that are gone for good; those that may come back are passed over.
    private mutating func noteMissing(_ names: Set<String>, _ nowMs: Int64) {
        for name in versions.keys where !names.contains(name) {
            let sinceMs = missingSinceMs[name] ?? nowMs
            if nowMs - sinceMs >= TenantLoader.missingMsMax || nowMs < sinceMs {
                set(nil, of: name)
                restless[name] = nil
                missingSinceMs[name] = nil
            } else {
                missingSinceMs[name] = sinceMs
            }
        }
    }

    private mutating func set(_ version: FileVersion?, of name: String) {
        let before = versions[name]
        if version?.problems != before?.problems || version?.isGood != before?.isGood { hasOtherProblems = true }
        versions[name] = version
        news.insert(name)
        if let version, !version.isGood || !version.problems.isEmpty {
            flawed.insert(name)
        } else {
            flawed.remove(name)
        }
    }
}
