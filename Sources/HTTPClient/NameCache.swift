package import HTTP

/// What the last lookup of each host found, and the last good answer.
///
/// An answer is repeated for 30 s, a failure for 5 s. For an hour a good answer may stand in for one that does not come
/// (RFC 8767), unless a lookup found meanwhile that the name has no address any more.
package struct NameCache: Sendable {
    package typealias Answer = Result<[IPAddress], SendError>

    package static let positiveMs: Int64 = 30_000
    package static let negativeMs: Int64 = 5_000
    package static let staleMs: Int64 = 3_600_000
    package static let cachedHostsMax = 4_096

    private struct Good {
        let addresses: [IPAddress]
        let foundAtMs: Int64
    }

    private struct Entry {
        /// The last lookup's.
        let answer: Answer
        let endedAtMs: Int64
        let lastGood: Good?
    }

    private var entries: [String: Entry] = [:]

    package init() {}

    package var count: Int { entries.count }

    /// What a caller is told without a lookup; nil if there has to be one.
    package func answer(for host: String, nowMs: Int64) -> Answer? {
        guard let entry = entries[host] else { return nil }
        let lifeMs: Int64
        switch entry.answer {
        case .success: lifeMs = NameCache.positiveMs
        case .failure: lifeMs = NameCache.negativeMs
        }
        return NameCache.isYounger(than: lifeMs, entry.endedAtMs, nowMs: nowMs) ? told(entry, nowMs: nowMs) : nil
    }

    /// The last good answer, to be told if no lookup brings a newer one in time.
    package func staleAddresses(of host: String, nowMs: Int64) -> [IPAddress]? {
        guard let good = entries[host]?.lastGood,
            NameCache.isYounger(than: NameCache.staleMs, good.foundAtMs, nowMs: nowMs)
        else { return nil }
        return good.addresses
    }

    /// Takes what a lookup found.
    ///
    /// - Returns: what those who wait for it are told.
    package mutating func keep(
        _ found: Result<[IPAddress], LookupFailure>, of host: String, nowMs: Int64
    ) -> Answer {
        if entries[host] == nil { makeRoom() }
        let entry: Entry
        switch found {
        case .success(let addresses):
            let good = Good(addresses: addresses, foundAtMs: nowMs)
            entry = Entry(answer: .success(addresses), endedAtMs: nowMs, lastGood: good)
        case .failure(let failure):
            let good = failure.isDefinite ? nil : entries[host]?.lastGood
            entry = Entry(answer: .failure(failure.error), endedAtMs: nowMs, lastGood: good)
        }
        entries[host] = entry
        return told(entry, nowMs: nowMs)
    }

    /// The last lookup's answer; in place of a failure that is not definite, the good answer before it.
    private func told(_ entry: Entry, nowMs: Int64) -> Answer {
        guard case .failure = entry.answer, let good = entry.lastGood,
            NameCache.isYounger(than: NameCache.staleMs, good.foundAtMs, nowMs: nowMs)
        else { return entry.answer }
        return .success(good.addresses)
    }

    /// Lets go of the host that was looked up the longest ago.
    private mutating func makeRoom() {
        guard entries.count >= NameCache.cachedHostsMax else { return }
        let oldest = entries.min { $0.value.endedAtMs < $1.value.endedAtMs }
        if let oldest { entries[oldest.key] = nil }
    }

    /// A wall clock that was set back makes an answer old, not young.
    private static func isYounger(than lifeMs: Int64, _ atMs: Int64, nowMs: Int64) -> Bool {
        (0..<lifeMs).contains(nowMs - atMs)
    }
}
