import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

struct RateLimitTests {
    @Test func `as many at once as in a second, then 429 until time has passed`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 2)), .teashop])
        #expect(await statuses(desk, 3) == [200, 200, 429])
        let refused = await desk.call(.get, "/v1/payments", id: "req_4")
        #expect(refused.headers["Retry-After"] == "1")
        #expect(
            refused.text == """
                {"type":"https://payrelay.dev/errors/rate_limited","title":"Rate limited","status":429,\
                "code":"rate_limited","detail":"more than 2 requests a second","errors":[],"retryable":true,\
                "outcome":"known","request_id":"req_4"}
                """)
        desk.clock.advance(byMs: 499)
        #expect(await statuses(desk, 1) == [429])
        desk.clock.advance(byMs: 1)
        #expect(await statuses(desk, 2) == [200, 429])
        desk.clock.advance(byMs: 3_600_000)
        #expect(await statuses(desk, 3) == [200, 200, 429])
    }

    @Test func `after a quiet time as many at once as the burst says, and no more than the rate from then on`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 2, burst: 5))])
        #expect(await statuses(desk, 6) == [200, 200, 200, 200, 200, 429])
        desk.clock.advance(byMs: 499)
        #expect(await statuses(desk, 1) == [429])
        desk.clock.advance(byMs: 1)
        #expect(await statuses(desk, 2) == [200, 429])
        // Two and a half seconds make five, and an hour no more than that.
        desk.clock.advance(byMs: 2_499)
        #expect(await statuses(desk, 5) == [200, 200, 200, 200, 429])
        desk.clock.advance(byMs: 3_600_000)
        #expect(await statuses(desk, 6) == [200, 200, 200, 200, 200, 429])
    }

    @Test func `a burst smaller than the rate is the most at once`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 1_000, burst: 1))])
        #expect(await statuses(desk, 2) == [200, 429])
        desk.clock.advance(byMs: 1)
        #expect(await statuses(desk, 2) == [200, 429])
    }

    @Test func `a repeat under an Idempotency-Key counts as any other request`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 2))])
        let key = [("Idempotency-Key", "k1")]
        #expect(await desk.create(headers: key).status == 201)
        let replayed = await desk.create(headers: key)
        #expect(replayed.headers["Idempotent-Replayed"] == "true")
        #expect(await desk.create(headers: key).status == 429)
    }

    @Test func `one tenant's flood costs another nothing`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 1)), .teashop])
        #expect(await statuses(desk, 2) == [200, 429])
        for _ in 1...50 { #expect(await desk.call(.get, "/v1/payments", key: Desk.teashopKey).status == 200) }
    }

    @Test func `whatever is asked counts, but not what has no key`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 1))])
        for _ in 1...5 { #expect(await desk.call(.get, "/v1/payments", key: "sk_wrong").status == 401) }
        #expect(await desk.call(.get, "/v1/nothing").status == 404)
        #expect(await desk.call(.post, "/v1/payments").status == 429)
    }

    private func statuses(_ desk: Desk, _ count: Int) async -> [Int] {
        var statuses: [Int] = []
        for _ in 1...count { statuses.append(await desk.call(.get, "/v1/payments").status) }
        return statuses
    }
}
