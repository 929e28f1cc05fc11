import HTTP
import HTTPClient
import Testing

struct NameCacheTests {
    @Test func `it holds so many hosts, and forgets the one that was looked up the longest ago`() {
        var cache = NameCache()
        for number in 0...4_096 {
            _ = cache.keep(.success([.loopback]), of: "shop\(number).test", nowMs: Int64(number))
        }
        #expect(cache.count == 4_096)
        #expect(cache.staleAddresses(of: "shop0.test", nowMs: 4_096) == nil)
        #expect(cache.staleAddresses(of: "shop1.test", nowMs: 4_096) == [IPAddress.loopback])
    }

    @Test func `a clock that is set back makes answers old, not young`() {
        var cache = NameCache()
        _ = cache.keep(.success([.loopback]), of: "shop.test", nowMs: 1_000)
        #expect(cache.answer(for: "shop.test", nowMs: 1_000) == NameCache.Answer.success([.loopback]))
        #expect(cache.answer(for: "shop.test", nowMs: 999) == nil)
        #expect(cache.staleAddresses(of: "shop.test", nowMs: 999) == nil)
    }
}
