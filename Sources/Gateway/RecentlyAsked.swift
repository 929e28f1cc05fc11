import Synchronization

/// Which payments were asked about because their buyer came back: each at most once in ten seconds.
final class RecentlyAsked: Sendable {
    static let everyMs: Int64 = 10_000
    /// Payments remembered; beyond it nobody is asked about until the oldest are forgotten.
    static let rememberedMax = 10_000

    private let askedAtMs = Mutex<[String: Int64]>([:])

    func mayAsk(_ payment: String, nowMs: Int64) -> Bool {
        askedAtMs.withLock { asked in
            if let atMs = asked[payment], !RecentlyAsked.isOver(atMs, nowMs) { return false }
            if asked.count >= RecentlyAsked.rememberedMax {
                asked = asked.filter { !RecentlyAsked.isOver($0.value, nowMs) }
                guard asked.count < RecentlyAsked.rememberedMax else { return false }
            }
            asked[payment] = nowMs
            return true
        }
    }

    /// Also when the clock was set back.
    private static func isOver(_ atMs: Int64, _ nowMs: Int64) -> Bool { nowMs - atMs >= everyMs || nowMs < atMs }
}
