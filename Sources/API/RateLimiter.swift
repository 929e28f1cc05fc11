import Synchronization

/// A token bucket for each tenant: as many requests a second as its file says, as many at once.
final class RateLimiter: Sendable {
    private struct Bucket {
        /// Thousandths of a request.
        var milliTokens: Int64
        var atMs: Int64
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes one request; answers in how many seconds to come back when there is none left.
    func take(_ tenant: String, perSecond: Int, nowMs: Int64) -> Int? {
        buckets.withLock { buckets in
            let full = Int64(perSecond) * 1000
            var bucket = buckets[tenant] ?? Bucket(milliTokens: full, atMs: nowMs)
            let passedMs = max(nowMs - bucket.atMs, 0)
            bucket.milliTokens = min(full, bucket.milliTokens + min(passedMs, 1000) * Int64(perSecond))
            bucket.atMs = nowMs
            let allowed = bucket.milliTokens >= 1000
            if allowed { bucket.milliTokens -= 1000 }
            buckets[tenant] = bucket
            return allowed ? nil : 1
        }
    }
}
