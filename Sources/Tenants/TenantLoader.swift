package import Payments
import Platform
package import Settings

/// Keeps the tenants of a folder in step with its files: each file is applied whole or not at all, and a broken one leaves
/// the last good version of its tenant in force.
///
/// Used by one thread.
package struct TenantLoader: Sendable {
    /// What a look at the folder came to.
    package struct Outcome: Sendable {
        package let snapshot: TenantSnapshot
        /// What was applied now.
        package let changes: [TenantChange]
        /// Of all files, as they are now; sorted.
        package let problems: [Problem]
        /// Whether something was passed over because it is being written, or has only just gone.
        package let isUnsettled: Bool
    }

    private struct Restless: Sendable {
        let signatures: [FileSignature?]
        let sinceMs: Int64
    }

    /// A file that is gone for so long is gone for good; editors take one away and put another in its place.
    package static let missingMsMax: Int64 = 500

    /// How often a file is read that changes while it is read.
    private static let readsMax = 3

    package let folder: TenantFolder
    private let keepsTexts: Bool
    /// The newest version that was read, by file name.
    private var versions: [String: FileVersion] = [:]
    private var fieldPaths = FieldPaths()
    /// Files that are other than they were read, by name.
    private var restless: [String: Restless] = [:]
    /// Since when a file is gone, by file name.
    private var missingSinceMs: [String: Int64] = [:]
    /// By tenant.
    private var inForce: [String: TenantInForce] = [:]
    /// Why a version without mistakes of its own is not in force, by file name.
    private var clashes: [String: [Problem]] = [:]
    private var folderProblems: [Problem] = []

    /// - Parameter keepsTexts: whether the files' texts are kept, to show the lines of the problems.
    package init(_ folder: TenantFolder, keepsTexts: Bool = false) {
        self.folder = folder
        self.keepsTexts = keepsTexts
    }

    /// By the name that problems give the files; empty unless they are kept.
    package var texts: [String: SourceText] {
        versions.values.reduce(into: [:]) { texts, version in texts.merge(version.texts) { first, _ in first } }
    }

    // MARK: - Looking

    /// Reads what is new or another version than before.
    ///
    /// - Parameters:
    ///   - rereads: whether all files are read, whatever their signatures say.
    ///   - settleMs: how long a file has to stay as it is before it is read, unless all are.
    ///   - isBeingWritten: whether somebody has that path open and is writing, as is known at the moment of the call; what
    ///     the file says is for later then. It is asked before and after a file is read.
    /// - Throws: when the folder itself cannot be read; everything is then as before.
    package mutating func look(
        nowMs: Int64, rereads: Bool = false, settleMs: Int64 = 0, isBeingWritten: (String) -> Bool = { _ in false }
    ) throws(TenantFolder.Unreadable) -> Outcome {
        let problems = ProblemList()
        let names = try folder.fileNames(problems)
        folderProblems = problems.sorted
        var isUnsettled = false
        for name in names {
            missingSinceMs[name] = nil
            guard rereads || !isCurrent(name) else { continue }
            let isReady = rereads || hasSettled(name, settleMs, nowMs)
            guard isReady, !isOpen(name, versions[name], isBeingWritten), read(name, isBeingWritten) else {
                isUnsettled = true
                continue
            }
            restless[name] = nil
        }
        if noteMissing(Set(names), nowMs) { isUnsettled = true }
        let changes = apply(nowMs)
        return outcome(changes, isUnsettled: isUnsettled)
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

    /// Whether the file was read, and not while it was written to. Of a file that is not known yet what was read is better
    /// than nothing, unless somebody is known to be writing it.
    private mutating func read(_ name: String, _ isBeingWritten: (String) -> Bool) -> Bool {
        for _ in 0..<TenantLoader.readsMax {
            let version = folder.read(name, keepsTexts: keepsTexts, &fieldPaths)
            // What was begun before it was read is told of by now.
            if isOpen(name, version, isBeingWritten) || hasGone(name) { return false }
            if version.isWhole || versions[name] == nil { versions[name] = version }
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

    /// Whether a file has gone so lately that it may come back.
    private mutating func noteMissing(_ names: Set<String>, _ nowMs: Int64) -> Bool {
        var isOpen = false
        for name in versions.keys where !names.contains(name) {
            let sinceMs = missingSinceMs[name] ?? nowMs
            if nowMs - sinceMs >= TenantLoader.missingMsMax || nowMs < sinceMs {
                versions[name] = nil
                restless[name] = nil
                missingSinceMs[name] = nil
            } else {
                missingSinceMs[name] = sinceMs
                isOpen = true
            }
        }
        return isOpen
    }

    // MARK: - Applying

    /// Brings what is in force in step with the versions.
    private mutating func apply(_ nowMs: Int64, first: Set<String> = []) -> [TenantChange] {
        var changes = letGo(nowMs)
        for version in accept(first) {
            guard let tenant = version.file.tenant else { continue }
            let old = inForce[version.id]
            if let old, !old.tenant.isDraining, version.saysTheSame(as: old) { continue }
            let kind: TenantChange.Kind = old.map { $0.tenant.isDraining ? .restored : .changed } ?? .added
            changes.append(
                TenantChange(
                    tenant: version.id, kind: kind, fileDigest: version.digest,
                    fields: fieldPaths.differing(old?.fields ?? [], version.fields), atMs: nowMs))
            inForce[version.id] = TenantInForce(tenant, version, appliedAtMs: nowMs)
        }
        return changes
    }

    /// Tenants whose files are gone drain from now on.
    private mutating func letGo(_ nowMs: Int64) -> [TenantChange] {
        let gone = inForce.filter { id, held in
            !held.tenant.isDraining && versions[TenantLoader.name(of: id)] == nil
        }
        return gone.keys.sorted().map { id in
            inForce[id]?.tenant.isDraining = true
            return TenantChange(tenant: id, kind: .removed, fileDigest: "", fields: [], atMs: nowMs)
        }
    }

    /// The versions that may be in force: without mistakes, and claiming nothing that somebody else holds.
    ///
    /// Who is in force holds what it claims, until its own file says something else; among those that are new the first by
    /// name does, or the one that is among `first`. Whoever is refused goes on with what it had, which may refuse others.
    private mutating func accept(_ first: Set<String>) -> [FileVersion] {
        let good = versions.filter { $0.value.file.tenant != nil }
        let order = good.keys.sorted { left, right in
            let (a, b) = (first.contains(good[left]?.id ?? ""), first.contains(good[right]?.id ?? ""))
            return a == b ? left < right : a
        }
        clashes = [:]
        while true {
            let new = order.filter { name in clashes[name] == nil && good[name].map { !isHeld($0) } ?? false }
            var register = ClaimRegister(capacity: inForce.count + good.count)
            hold(except: Set(new.compactMap { good[$0]?.id }), in: &register)
            // One that has to go on with what it had holds that again.
            let fellBack = new.contains { !enter($0, in: &register) && inForce[good[$0]?.id ?? ""] != nil }
            if fellBack { continue }
            // Whatever else is wrong with a file, what it clashes with shows too.
            for name in versions.keys.sorted() where good[name] == nil { _ = enter(name, in: &register) }
            return order.filter { clashes[$0] == nil }.compactMap { good[$0] }
        }
    }

    private func isHeld(_ version: FileVersion) -> Bool {
        inForce[version.id].map { !$0.tenant.isDraining && version.saysTheSame(as: $0) } ?? false
    }

    private func hold(except new: Set<String>, in register: inout ClaimRegister) {
        for id in inForce.keys.sorted() where !new.contains(id) {
            guard let tenant = inForce[id] else { continue }
            register.enter(tenant.claims, isDraining: tenant.tenant.isDraining)
        }
    }

    /// Whether nobody holds what the version claims.
    private mutating func enter(_ name: String, in register: inout ClaimRegister) -> Bool {
        guard let version = versions[name] else { return true }
        let problems = register.clashes(version.file.claims)
        // What a refused one claims besides is nobody else's either.
        register.enter(version.file.claims)
        if !problems.isEmpty { clashes[name] = problems }
        return problems.isEmpty
    }

    static func name(of id: String) -> String { id + TenantFolder.fileSuffix }

    // MARK: - What else happens

    /// Which of two files that claim the same is served is settled anew: those whose digest is the one that was last applied
    /// were first. For the first look of a process alone.
    package mutating func settle(by latest: [TenantChange], nowMs: Int64) -> Outcome {
        let applied = Dictionary(latest.map { ($0.tenant, $0.fileDigest) }) { first, _ in first }
        let known = versions.values.filter { applied[$0.id] == $0.digest && !$0.digest.isEmpty }.map(\.id)
        inForce = [:]
        let changes = apply(nowMs, first: Set(known))
        return outcome(changes, isUnsettled: false)
    }

    /// Ends a tenant whose file is gone; nil if it is not draining.
    package mutating func drop(_ id: String, nowMs: Int64) -> Outcome? {
        guard inForce[id]?.tenant.isDraining == true else { return nil }
        inForce[id] = nil
        let dropped = TenantChange(tenant: id, kind: .dropped, fileDigest: "", fields: [], atMs: nowMs)
        // Somebody else may have waited for what it held.
        let changes = [dropped] + apply(nowMs)
        return outcome(changes, isUnsettled: false)
    }

    /// The digest of the version that is in force, by tenant; of those that are draining none.
    package var digests: [String: String] {
        inForce.filter { !$0.value.tenant.isDraining }.mapValues(\.digest)
    }

    package var hasClashes: Bool { !clashes.isEmpty }

    /// The files that were read, and where links lead.
    var sourcePaths: [String] {
        versions.values.flatMap { version in version.sources.flatMap { [$0.path, $0.target].compactMap(\.self) } }
    }

    /// Of all files, as they are now; sorted.
    package var problems: [Problem] {
        (folderProblems + versions.keys.flatMap { problems(of: $0) }).sorted()
    }

    private func problems(of name: String) -> [Problem] { (versions[name]?.problems ?? []) + (clashes[name] ?? []) }

    // MARK: - The outcome

    private func outcome(_ changes: [TenantChange], isUnsettled: Bool) -> Outcome {
        var broken: Set<String> = []
        var stale: Set<String> = []
        var brokenKeys: Set<[UInt8]> = []
        for (name, version) in versions where version.file.tenant == nil || clashes[name] != nil {
            if inForce[version.id] != nil {
                stale.insert(version.id)
            } else {
                broken.insert(version.id)
                brokenKeys.formUnion(version.file.claims.keyDigests)
            }
        }
        let problems = problems
        let snapshot = TenantSnapshot(
            inForce.values.map(\.tenant), broken: broken, stale: stale, brokenKeys: brokenKeys,
            versions: inForce.mapValues { TenantVersion(fileDigest: $0.digest, appliedAtMs: $0.appliedAtMs) },
            problems: problems, problemsOf: problemsByID)
        return Outcome(snapshot: snapshot, changes: changes, problems: problems, isUnsettled: isUnsettled)
    }

    private var problemsByID: [String: [Problem]] {
        var found: [String: [Problem]] = [:]
        for (name, version) in versions {
            let problems = problems(of: name)
            if !problems.isEmpty { found[version.id] = problems.sorted() }
        }
        return found
    }
}
