/// How many attempts of the last minute failed; a minute is counted in eight parts, the current one included.
struct RecentResults: Sendable {
    static let spanMs: Int64 = 60_000
    static let countMin: UInt32 = 20
    private static let partMs = spanMs / 8

    private var counts = SIMD8<UInt32>.zero
    private var failures = SIMD8<UInt32>.zero
    private var part: Int64 = 0
    /// How far the clock was set back since the first one; parts are counted as if it had not been.
    private var setBackMs: Int64 = 0

    var count: Int { Int(counts.wrappedSum()) }
    var failureCount: Int { Int(failures.wrappedSum()) }
    /// At least half of at least `countMin` failed.
    var isBad: Bool {
        let count = counts.wrappedSum()
        return count >= RecentResults.countMin && failures.wrappedSum() * 2 >= count
    }

    mutating func add(failed: Bool, nowMs: Int64) {
        roll(to: (nowMs + setBackMs) / RecentResults.partMs)
        let index = Int(part & 7)
        counts[index] &+= 1
        if failed { failures[index] &+= 1 }
    }

    mutating func clockWasSetBack(byMs ms: Int64) { setBackMs += ms }

    private mutating func roll(to now: Int64) {
        guard now > part else { return }
        if now - part >= 8 {
            counts = .zero
            failures = .zero
        } else {
            for old in (part + 1)...now {
                counts[Int(old & 7)] = 0
                failures[Int(old & 7)] = 0
            }
        }
        part = now
    }
}
