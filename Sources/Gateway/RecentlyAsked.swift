import Synchronization

/// What was asked about because somebody outside brought it up, a buyer's return or a notification: each thing at most once
/// in ten seconds.
final class RecentlyAsked: Sendable {
    static let everyMs: Int64 = 10_000
    /// Things remembered of one tenant; beyond it nothing of it is asked about until the oldest are forgotten.
    static let rememberedMax = 1000

    private let askedAtMs = Mutex<[String: [String: Int64]]>([:])

    func mayAsk(_ payment: String, tenant: String, nowMs: Int64) -> Bool {
        askedAtMs.withLock { tenants in
            var asked = tenants[tenant] ?? [:]
            defer { tenants[tenant] = asked }
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
