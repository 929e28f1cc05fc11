import Platform

/// Which files somebody is writing: what stands in them now may be half of what is meant.
struct OpenWrites {
    /// Nobody has written for so long: whoever has the file open has forgotten it.
    static let forgottenAfterMs: Int64 = 10_000
    /// A new file has had no byte for so long: it is meant to be empty, or a second name of another.
    static let emptyAfterMs: Int64 = 1000

    /// Until when each is waited for, unless it is closed or written to before.
    private var untilMs: [String: Int64] = [:]

    mutating func heard(_ event: FolderWatch.Event, nowMs: Int64) {
        switch event.kind {
        // A link is whole as soon as it is there.
        case .made: untilMs[event.path] = PathKind.isLink(event.path) ? nil : nowMs + OpenWrites.emptyAfterMs
        case .written: untilMs[event.path] = nowMs + OpenWrites.forgottenAfterMs
        case .closed, .changed: untilMs[event.path] = nil
        case .lost: untilMs = [:]
        }
    }

    func contains(_ path: String, nowMs: Int64) -> Bool { untilMs[path].map { nowMs < $0 } ?? false }

    /// When the first of them is waited for no more; nil without any.
    var nextMs: Int64? { untilMs.values.min() }

    mutating func forget(nowMs: Int64) { untilMs = untilMs.filter { nowMs < $0.value } }
}

/// When to look after something was heard: as soon as it is quiet, and in good time in any case.
struct QuietMoment {
    /// An editor's last step follows within a few milliseconds.
    static let quietMs: Int64 = 30
    static let latestMs: Int64 = 300

    private var firstMs: Int64?

    /// How long to wait from now on.
    mutating func heard(nowMs: Int64) -> Int64 {
        let first = min(firstMs ?? nowMs, nowMs)
        firstMs = first
        return max(0, min(QuietMoment.quietMs, first + QuietMoment.latestMs - nowMs))
    }

    mutating func looked() { firstMs = nil }
}
