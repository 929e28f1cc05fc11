package import Payments
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
        /// Whether something was passed over because it is being written, or has only just gone.
        package let isUnsettled: Bool

        /// Of all files, as they are now; sorted.
        package var problems: [Problem] { snapshot.problems }
    }

    /// A file that is gone for so long is gone for good; editors take one away and put another in its place.
    package static let missingMsMax: Int64 = 500

    private var files: FileVersions
    private var inForce = TenantsInForce()
    /// Why a version without mistakes of its own is not in force, by file name.
    private var clashes: [String: [Problem]] = [:]
    /// Whether a version waits for what is open of its tenant to end.
    private var isOneHeldBack = false
    /// With which partner a tenant was served that no file is in force for; as an earlier process wrote it down.
    private var partnersBefore: [String: String] = [:]
    /// Whether something of the tenant is not over at Alipay, which knows it by the partner of that time only.
    package var isBound: @Sendable (_ tenant: String) -> Bool = { _ in false }

    /// - Parameter keepsTexts: whether the files' texts are kept, to show the lines of the problems.
    package init(_ folder: TenantFolder, keepsTexts: Bool = false) {
        files = FileVersions(folder, keepsTexts: keepsTexts)
    }

    package var folder: TenantFolder { files.folder }
    var namedPaths: NamedPaths { files.namedPaths }

    /// By the name that problems give the files; empty unless they are kept.
    package var texts: [String: SourceText] {
        files.all.reduce(into: [:]) { texts, version in texts.merge(version.texts) { first, _ in first } }
    }

    // MARK: - Looking

    /// Reads what is new or another version than before.
    ///
    /// - Parameters:
    ///   - rereads: whether all files are read, whatever their signatures say.
    ///   - settleMs: how long a file has to stay as it is before it is read, unless all are.
    ///   - heard: the paths that may have changed; nil when it is not known, and everything is looked at. What the last look
    ///     passed over is looked at in any case.
    ///   - isBeingWritten: whether somebody has that path open and is writing, as is known at the moment of the call; what
    ///     the file says is for later then. It is asked before and after a file is read.
    /// - Throws: when the folder itself cannot be read; everything is then as before.
    package mutating func look(
        nowMs: Int64, rereads: Bool = false, settleMs: Int64 = 0, heard: Set<String>? = nil,
        isBeingWritten: (String) -> Bool = { _ in false }
    ) throws(TenantFolder.Unreadable) -> Outcome {
        try files.look(
            nowMs: nowMs, rereads: rereads, settleMs: settleMs, heard: heard, isBeingWritten: isBeingWritten)
        guard !files.news.isEmpty || files.hasOtherProblems || isOneHeldBack else { return outcome([]) }
        let changes = apply(nowMs)
        return outcome(changes)
    }

    // MARK: - Applying

    /// Brings what is in force in step with the versions.
    private mutating func apply(_ nowMs: Int64, first: Set<String> = []) -> [TenantChange] {
        var changes = letGo(nowMs)
        let accepted = accept(first)
        for version in accepted {
            let old = inForce[version.id]
            let isBack = inForce.isDraining(version.id) || inForce.snapshot.missing.contains(version.id)
            let kind: TenantChange.Kind = isBack ? .restored : old == nil ? .added : .changed
            changes.append(
                TenantChange(
                    tenant: version.id, kind: kind, fileDigest: version.digest,
                    fields: files.fieldPaths.differing(old?.fields ?? [], version.fields), atMs: nowMs,
                    partner: version.partner))
        }
        inForce.serve(accepted, appliedAtMs: nowMs)
        files.news = []
        if files.hasOtherProblems { tellProblems() }
        return changes
    }

    /// Tenants whose files are gone drain from now on.
    private mutating func letGo(_ nowMs: Int64) -> [TenantChange] {
        let gone = files.news.filter { files[$0] == nil }.map(TenantFolder.id).sorted()
        return gone.filter { inForce[$0] != nil && !inForce.isDraining($0) }.map { id in
            inForce.drain(id)
            return TenantChange(
                tenant: id, kind: .removed, fileDigest: "", fields: [], atMs: nowMs,
                partner: inForce[id]?.partner ?? "")
        }
    }

    /// The versions that come into force now: without mistakes, and claiming nothing that somebody else holds.
    ///
    /// Who is in force holds what it claims, until its own file says something else; among those that are new the first by
    /// name does, or the one that is among `first`. Whoever is refused goes on with what it had, which may refuse others.
    private mutating func accept(_ first: Set<String>) -> [FileVersion] {
        // One that was refused may find free what it claims.
        let found = files.news.union(clashes.keys).sorted().compactMap { files[$0] }
            .filter { $0.isGood && !inForce.isServed(by: $0) }
        let moved = found.filter { move(of: $0) != nil && isBound($0.id) }
        let movedIDs = Set(moved.map(\.id))
        isOneHeldBack = !moved.isEmpty
        let good = found.filter { !movedIDs.contains($0.id) }
        let new = good.filter { first.contains($0.id) } + good.filter { !first.contains($0.id) }
        let broken = files.flawed.sorted().compactMap { files[$0] }.filter { !$0.isGood }
        let clashesBefore = clashes
        defer { if clashes != clashesBefore { files.hasOtherProblems = true } }
        clashes = [:]
        var fellBack: Set<String> = []
        while true {
            let candidates = new.filter { !fellBack.contains($0.id) }
            var register = inForce.claims
            for version in candidates { if let held = inForce[version.id] { register.leave(held.file.claims) } }
            // One that has to go on with what it had holds that again.
            if let refused = candidates.first(where: { !enter($0, in: &register) && inForce[$0.id] != nil }) {
                fellBack.insert(refused.id)
                continue
            }
            // Whatever else is wrong with a file, what it clashes with shows too.
            for version in broken + moved { _ = enter(version, in: &register) }
            for version in moved {
                if let problem = move(of: version) { clashes[version.fileName, default: []].append(problem) }
            }
            return candidates.filter { clashes[$0.fileName] == nil }
        }
    }

    /// Says that the version is of another contract than the one that the tenant is served with, or was last; nil if it is not.
    private func move(of version: FileVersion) -> Problem? {
        guard let now = version.file.claims.partner,
            let before = inForce[version.id]?.partner ?? partnersBefore[version.id],
            !before.isEmpty, before != now.text
        else { return nil }
        return now.position.problem(
            "payments or refunds of this tenant are open that Alipay knows by partner \(before); a new contract needs a file of its own"
        )
    }

    /// Whether nobody holds what the version claims.
    private mutating func enter(_ version: FileVersion, in register: inout ClaimRegister) -> Bool {
        let problems = register.clashes(version.file.claims)
        // What a refused one claims besides is nobody else's either.
        register.enter(version.file.claims)
        clashes[version.fileName] = problems.isEmpty ? nil : problems
        return problems.isEmpty
    }

    private mutating func tellProblems() {
        files.hasOtherProblems = false
        var unusable: [FileVersion] = []
        var problems: [String: [Problem]] = [:]
        for name in files.flawed.union(clashes.keys) {
            guard let version = files[name] else { continue }
            if !version.isGood || clashes[name] != nil { unusable.append(version) }
            let found = version.problems + (clashes[name] ?? [])
            if !found.isEmpty { problems[version.id] = found.sorted() }
        }
        inForce.note(unusable: unusable, problems: problems, ofFolder: files.folderProblems)
    }

    // MARK: - What else happens

    /// What earlier processes applied last of each tenant's files; asked for once, at the start of one.
    ///
    /// - Returns: whether that makes a difference, so that it has to be settled which files are in force.
    package mutating func learn(of latest: [TenantChange]) -> Bool {
        for change in latest where change.kind != .dropped { partnersBefore[change.tenant] = change.partner }
        return !clashes.isEmpty
            || files.all.contains { version in
                version.isGood && partnersBefore[version.id].map { !$0.isEmpty && $0 != version.partner } == true
            }
    }

    /// Which of two files that claim the same is served is settled anew: those whose digest is the one that was last applied
    /// were first. And whether a tenant whose file names another partner than before may be served with it. For the first
    /// look of a process alone.
    package mutating func settle(by latest: [TenantChange], nowMs: Int64) -> Outcome {
        let applied = Dictionary(latest.map { ($0.tenant, $0.fileDigest) }) { first, _ in first }
        let known = files.all.filter { applied[$0.id] == $0.digest && !$0.digest.isEmpty }.map(\.id)
        inForce = TenantsInForce()
        files.hasOtherProblems = true
        files.news = Set(files.names)
        let changes = apply(nowMs, first: Set(known))
        return outcome(changes)
    }

    /// Notes the tenants that have no file and of which something is open: Alipay and buyers are asked to come again, until
    /// the file is back or an admin drops the tenant. For the start of a process.
    package mutating func note(missing ids: Set<String>) -> TenantSnapshot {
        inForce.note(missing: ids)
        return inForce.snapshot
    }

    /// Ends a tenant whose file is gone; nil if there is none such.
    package mutating func drop(_ id: String, nowMs: Int64) -> Outcome? {
        guard inForce.isDraining(id) || inForce.snapshot.missing.contains(id) else { return nil }
        inForce.drop(id)
        partnersBefore[id] = nil
        files.hasOtherProblems = true
        let dropped = TenantChange(tenant: id, kind: .dropped, fileDigest: "", fields: [], atMs: nowMs)
        // Somebody else may have waited for what it held.
        let changes = [dropped] + apply(nowMs)
        return outcome(changes)
    }

    /// The digest of the version that is in force, by tenant; of those that are draining none.
    package var digests: [String: String] { inForce.digests }

    /// The partner of the version that is in force, by tenant.
    package var partners: [String: String] { inForce.partners }

    private func outcome(_ changes: [TenantChange]) -> Outcome {
        Outcome(
            snapshot: inForce.snapshot, changes: changes, isUnsettled: files.isUnsettled)
    }
}
