import Synchronization
import Tenants

/// A token bucket for each tenant: as many requests a second as its file says, and so many at once.
final class RateLimiter: Sendable {
    private struct Bucket {
        /// Thousandths of a request.
        var milliTokens: Int64
        var atMs: Int64
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes one request; answers in how many seconds to come back when there is none left. Without a limit there always is.
    func take(_ tenant: String, _ limits: TenantLimits, nowMs: Int64) -> Int? {
        guard let perSecond = limits.requestsPerSecond, let burst = limits.burst else { return nil }
        return buckets.withLock { buckets in
            // A thousandth of a request comes each millisecond for every request per second.
            let (full, perMs) = (Int64(burst) * 1000, Int64(perSecond))
            var bucket = buckets[tenant] ?? Bucket(milliTokens: full, atMs: nowMs)
            let passedMs = min(max(nowMs - bucket.atMs, 0), full / perMs + 1)
            bucket.milliTokens = min(full, bucket.milliTokens + passedMs * perMs)
            bucket.atMs = nowMs
            defer { buckets[tenant] = bucket }
            guard bucket.milliTokens < 1000 else {
                bucket.milliTokens -= 1000
                return nil
            }
            let waitMs = (1000 - bucket.milliTokens + perMs - 1) / perMs
            return Int((waitMs + 999) / 1000)
        }
    }
}
