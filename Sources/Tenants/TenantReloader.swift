package import Diagnostics
import Dispatch
package import Payments
import Platform
package import Settings
import Synchronization

/// Watches the tenants' files and puts in force what changed, on a thread of its own.
///
/// What is heard from the system (inotify) is looked at as soon as it is quiet; a look from time to time finds what was not
/// heard. A file that somebody is writing is left alone until it is closed.
package final class TenantReloader: Sendable {
    /// What a look that was asked for came to.
    package struct Report: Sendable {
        package let changes: [TenantChange]
        package let problems: [Problem]
        /// Why the folder could not be looked at; nothing was changed then.
        package let failure: String?
    }

    /// Between two looks that nobody asked for; network file systems tell nothing.
    package static let lookEveryMs: Int64 = 5000
    /// The same where the system does not tell.
    package static let lookEveryUntoldMs: Int64 = 1000
    /// After a look that passed something over.
    private static let lookAgainMs: Int64 = 30
    /// How long a file has to stay as it is before it is read: a file system tells that a file was cut off a moment after it
    /// shows it.
    private static let settleMs: Int64 = 30

    private struct Asked {
        var isLook = false
        /// Whether at everything, whatever was heard.
        var isFull = false
        var rereads = false
        var drops: [(id: String, then: @Sendable (Bool) -> Void)] = []
        var reports: [@Sendable (Report) -> Void] = []
        var isStopping = false
    }

    private struct Heard {
        var writes = OpenWrites()
        var moment = QuietMoment()
        /// Since the last look; nil when events were lost.
        var paths: Set<String>? = []

        mutating func note(_ event: FolderWatch.Event, nowMs: Int64) {
            writes.heard(event, nowMs: nowMs)
            if event.kind == .lost { paths = nil } else { paths?.insert(event.path) }
        }

        mutating func takePaths() -> Set<String>? {
            defer { paths = [] }
            return paths
        }
    }

    /// Used by the thread alone.
    private struct Work {
        var loader: TenantLoader
        /// As they were logged.
        var problems: [Problem]
        /// When everything is to be looked at again.
        var fullLookAtMs: Int64 = 0
        /// The tenants whose files cannot be used as they are.
        var bad: Set<String>
        /// The files that those of the tenants name, when the folders were watched.
        var named: Set<String> = []
        var watched: [FolderWatch.Folder] = []
        /// Whether the system tells of every change of what is watched.
        var isWatched = false
        var failure: String?

        /// A clock that was set back tells nothing of when that is.
        func isFullLookDue(nowMs: Int64) -> Bool {
            nowMs >= fullLookAtMs || fullLookAtMs - nowMs > TenantReloader.lookEveryMs
        }
    }

    private let directory: TenantDirectory
    private let clock: any Clock
    private let logger: Logger
    private let meters: ReloadMetrics
    private let applied: @Sendable ([TenantChange]) -> Void
    private let bell = DispatchSemaphore(value: 0)
    private let asked = Mutex(Asked())
    private let heard = Mutex(Heard())
    private let work: Mutex<Work>
    private let soon: OwedCall
    private let later: OwedCall
    private let thread = Mutex<OwnThread?>(nil)
    private let watch = Mutex<FolderWatch?>(nil)

    /// - Parameters:
    ///   - loader: as it is after the look that `directory` came from; the problems of that are logged already.
    ///   - applied: called on the reloader's thread after what changed is in force; it must not block for long.
    package init(
        _ loader: TenantLoader, directory: TenantDirectory, clock: any Clock, logger: Logger, metrics: Metrics,
        applied: @escaping @Sendable ([TenantChange]) -> Void
    ) {
        self.directory = directory
        self.clock = clock
        self.logger = logger
        self.applied = applied
        meters = ReloadMetrics(metrics)
        let snapshot = directory.current
        let bad = snapshot.broken.union(snapshot.stale)
        meters.note([], bad: bad, good: [])
        work = Mutex(Work(loader: loader, problems: snapshot.problems, bad: bad))
        soon = OwedCall(clock)
        later = OwedCall(clock)
    }

    package func start() {
        do throws(FolderWatchError) {
            let watch = try FolderWatch { [weak self] in self?.hear($0) }
            watch.start()
            self.watch.withLock { $0 = watch }
        } catch {
            logger.warning(
                "the tenants folder cannot be watched; it is looked at every second",
                ["error": .text(error.description)])
        }
        // What is written from now on is heard before it is looked at.
        work.withLock { _ = watchAll(&$0) }
        thread.withLock { $0 = OwnThread.start(name: "tenants") { [self] in run() } }
        // What changed between the first look and the first watch.
        ask { $0.isFull = true }
    }

    /// Ends the thread and waits for it.
    package func stop() {
        soon.stop()
        later.stop()
        ask { $0.isStopping = true }
        thread.withLock { $0 }?.join()
        // Nobody asks it anything any more.
        watch.withLock { $0 }?.stop()
    }

    /// Reads all files again, whatever the system told of them.
    ///
    /// - Parameter then: called on the reloader's thread.
    package func reload(then: @escaping @Sendable (Report) -> Void) {
        let isTaken = ask { asked in
            asked.isFull = true
            asked.rereads = true
            asked.reports.append(then)
        }
        if !isTaken { then(TenantReloader.stopping) }
    }

    /// Ends a tenant whose file is gone, whatever is open of it.
    ///
    /// - Parameter then: called on the reloader's thread with whether there was such a tenant.
    package func drop(_ id: String, then: @escaping @Sendable (Bool) -> Void) {
        if !ask({ $0.drops.append((id, then)) }) { then(false) }
    }

    private static let stopping = Report(changes: [], problems: [], failure: "the service is stopping")

    // MARK: - What is heard

    private func hear(_ events: [FolderWatch.Event]) {
        let nowMs = clock.nowMs
        let delayMs = heard.withLock { heard in
            for event in events { heard.note(event, nowMs: nowMs) }
            return heard.moment.heard(nowMs: nowMs)
        }
        soon.make(inMs: delayMs) { [weak self] in self?.ask { $0.isLook = true } }
    }

    /// False, and nothing is done, once it is stopping.
    @discardableResult
    private func ask(_ change: (inout Asked) -> Void) -> Bool {
        let isTaken = asked.withLock { asked in
            if asked.isStopping { return false }
            change(&asked)
            return true
        }
        if isTaken { bell.signal() }
        return isTaken
    }

    // MARK: - The thread

    private func run() {
        examine(directory.current, directory.current.all.map(\.id))
        while true {
            bell.wait()
            let asked = asked.withLock { asked in
                defer { asked = Asked(isStopping: asked.isStopping) }
                return asked
            }
            if asked.isStopping {
                for report in asked.reports { report(TenantReloader.stopping) }
                for drop in asked.drops { drop.then(false) }
                return
            }
            for drop in asked.drops { drop.then(self.drop(drop.id)) }
            guard asked.isLook || asked.isFull else { continue }
            let report = look(isFull: asked.isFull, rereads: asked.rereads)
            for then in asked.reports { then(report) }
        }
    }

    private func look(isFull: Bool, rereads: Bool) -> Report {
        let nowMs = clock.nowMs
        let paths = heard.withLock { heard in
            heard.moment.looked()
            heard.writes.forget(nowMs: nowMs)
            return heard.takePaths()
        }
        let watch = watch.withLock { $0 }
        return work.withLock { work in
            do throws(TenantFolder.Unreadable) {
                let isFull = isFull || work.isFullLookDue(nowMs: nowMs)
                let outcome = try work.loader.look(
                    nowMs: nowMs, rereads: rereads, settleMs: TenantReloader.settleMs, heard: isFull ? nil : paths,
                    isBeingWritten: { path in
                        watch?.catchUp()
                        return heard.withLock { $0.writes.contains(path, nowMs: nowMs) }
                    })
                if work.failure != nil {
                    work.failure = nil
                    logger.info("the tenants folder can be read again")
                }
                settle(outcome, &work)
                lookLater(after: outcome, isFull: isFull, nowMs: nowMs, &work)
                return Report(changes: outcome.changes, problems: outcome.problems, failure: nil)
            } catch {
                if work.failure != error.reason {
                    work.failure = error.reason
                    logger.error(
                        "the tenants folder cannot be read; all tenants are served as before",
                        ["reason": .text(error.reason)])
                }
                meters.failed()
                lookLater(after: nil, isFull: true, nowMs: nowMs, &work)
                return Report(changes: [], problems: [], failure: error.reason)
            }
        }
    }

    private func drop(_ id: String) -> Bool {
        work.withLock { work in
            guard let outcome = work.loader.drop(id, nowMs: clock.nowMs) else { return false }
            settle(outcome, &work)
            return true
        }
    }

    /// Puts in force what changed, and says what became of the files.
    private func settle(_ outcome: TenantLoader.Outcome, _ work: inout Work) {
        let isNews = outcome.problems != work.problems
        if isNews || !outcome.changes.isEmpty { directory.replace(with: outcome.snapshot) }
        for change in outcome.changes { note(change) }
        if isNews { note(outcome.problems, after: work.problems) }
        work.problems = outcome.problems
        let bad = outcome.snapshot.broken.union(outcome.snapshot.stale)
        meters.note(outcome.changes, bad: bad, good: work.bad.subtracting(bad))
        work.bad = bad
        if !outcome.changes.isEmpty { applied(outcome.changes) }
        examine(outcome.snapshot, outcome.changes.filter { !$0.fileDigest.isEmpty }.map(\.tenant))
    }

    /// Says what the doctor finds in files that are in force.
    private func examine(_ tenants: TenantSnapshot, _ ids: [String]) {
        for id in ids {
            for finding in tenants.findings(of: id) where finding.severity != .hint {
                logger.warning(
                    "the doctor found something; payrelay doctor tells more",
                    [
                        "tenant": .text(id), "code": .text(finding.code),
                        "finding": .text("\(finding.subject): \(finding.sentence)"), "cure": .text(finding.cure),
                    ])
            }
        }
    }

    private func note(_ change: TenantChange) {
        let (tenant, digest) = (Logger.Value.text(change.tenant), Logger.Value.text(change.fileDigest))
        switch change.kind {
        case .added: logger.info("tenant added", ["tenant": tenant, "file_sha256": digest])
        case .restored: logger.info("tenant restored", ["tenant": tenant, "file_sha256": digest])
        case .changed:
            let fields = change.fields.joined(separator: " ")
            logger.info("tenant changed", ["tenant": tenant, "fields": .text(fields), "file_sha256": digest])
        case .removed:
            logger.warning(
                "tenant's file is gone; no new payments, what is open goes on until it has ended", ["tenant": tenant])
        case .dropped: logger.info("tenant dropped", ["tenant": tenant])
        }
    }

    private func note(_ problems: [Problem], after before: [Problem]) {
        let known = Set(before)
        for problem in problems where !known.contains(problem) { note(problem) }
        for file in Set(before.map(\.file)).subtracting(problems.map(\.file)).sorted() {
            logger.info("configuration is in order again", ["file": .text(file)])
        }
    }

    private func note(_ problem: Problem) {
        let fields: Logger.Fields = ["problem": .text(problem.description)]
        switch problem.severity {
        case .error: logger.error("configuration error", fields)
        case .warning: logger.warning("configuration warning", fields)
        }
    }

    /// Sees to it that all is watched, and that there is a next look.
    ///
    /// - Parameter outcome: of this look; nil when the folder could not be read.
    private func lookLater(after outcome: TenantLoader.Outcome?, isFull: Bool, nowMs: Int64, _ work: inout Work) {
        // What is not there yet can be watched later.
        if isFull || work.loader.namedPaths.files != work.named { work.isWatched = watchAll(&work) }
        if isFull {
            work.fullLookAtMs =
                nowMs + (work.isWatched ? TenantReloader.lookEveryMs : TenantReloader.lookEveryUntoldMs)
        }
        let isUnsettled = outcome?.isUnsettled ?? false
        let delayMs = isUnsettled ? TenantReloader.lookAgainMs : max(0, work.fullLookAtMs - nowMs)
        later.make(inMs: delayMs) { [weak self] in self?.ask { $0.isLook = true } }
    }

    /// Whether the system tells of every change.
    @discardableResult
    private func watchAll(_ work: inout Work) -> Bool {
        guard let watch = watch.withLock({ $0 }) else { return false }
        work.named = work.loader.namedPaths.files
        let wanted = WatchedFolders.all(work.loader.folder.path, files: work.named)
        let unwatched = watch.watch(wanted)
        if work.watched != wanted, !unwatched.isEmpty {
            logger.warning(
                "folders cannot be watched; they are looked at from time to time",
                ["folders": .text(unwatched.map(\.path).joined(separator: " "))])
        }
        work.watched = wanted
        return unwatched.isEmpty
    }
}

/// What became of looks, and how the tenants' files stand.
private struct ReloadMetrics: Sendable {
    private let looks: CounterFamily
    private let files: GaugeFamily

    init(_ metrics: Metrics) {
        looks = metrics.counter(
            "payrelay_tenant_changes_total", help: "Changes of the tenants' files, by what became of them.")
        files = metrics.gauge(
            "payrelay_tenant_file_bad", help: "1 while a tenant's file cannot be used as it is, by tenant.")
        for result in ["added", "changed", "restored", "removed", "dropped", "folder_unreadable"] {
            _ = looks.with([("result", result)])
        }
    }

    func failed() { looks.with([("result", "folder_unreadable")]).increment() }

    func note(_ changes: [TenantChange], bad: Set<String>, good: Set<String>) {
        for change in changes { looks.with([("result", change.kind.rawValue)]).increment() }
        for tenant in bad { files.with([("tenant", tenant)]).set(1) }
        for tenant in good { files.with([("tenant", tenant)]).set(0) }
    }
}
