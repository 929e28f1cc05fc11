import Crypto
import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// What a tenant's file limits: the amount of a payment, the payments of a day, where its API is called from.
struct TenantLimitTests {
    // MARK: - The amount

    @Test(arguments: Engine.allCases)
    func `a payment of the limit is made, and one of a fen more is not`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let limits = TenantLimits(amountMaxMinor: 12_050)
            #expect(limits.amountMaxMinor == 12_050)
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: limits)]))
            let made = await desk.create("A") { $0["amount"] = "12050" }
            #expect(made.status == 201)
            let refused = await desk.create("B") { $0["amount"] = "12051" }
            #expect(refused.status == 422)
            #expect(refused.code == "amount_over_limit")
            #expect(
                refused.errors
                    == ["/amount: amount must be at most 12050 fen: this merchant's limit for one payment"])
            #expect(await desk.call(.get, "/v1/payments").ids.count == 1)
            // What was made before the limit was lowered is still the same payment.
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: .init(amountMaxMinor: 1))]))
            #expect(await desk.create("A") { $0["amount"] = "12050" }.status == 200)
        }
    }

    // MARK: - The day

    /// 2026-01-02T11:04:05+08:00, and the midnight that ends that day.
    private static let midnightMs: Int64 = 1_767_369_600_000

    @Test(arguments: Engine.allCases)
    func `as many payments as the limit are made in a day, which ends at midnight in Beijing`(
        engine: Engine
    ) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: .init(paymentsPerDay: 2))]))
            #expect(await desk.create("A").status == 201)
            #expect(await desk.create("B").status == 201)
            let refused = await desk.create("C")
            #expect(refused.status == 429)
            #expect(refused.code == "rate_limited")
            #expect(
                refused.detail
                    == "this merchant may make 2 payments a day, and has; the next day begins at midnight in Beijing")
            #expect(refused.headers["Retry-After"] == String((Self.midnightMs - desk.clock.nowMs) / 1000))
            // Repeats are no payments, whatever the day's count.
            #expect(await desk.create("A").status == 200)
            #expect(await desk.create("A") { $0["amount"] = "1" }.status == 409)
            desk.clock.advance(byMs: Self.midnightMs - desk.clock.nowMs - 1)
            let last = await desk.create("C")
            #expect(last.status == 429)
            #expect(last.headers["Retry-After"] == "1")
            desk.clock.advance(byMs: 1)
            #expect(await desk.create("C").status == 201)
            #expect(await desk.create("D").status == 201)
            #expect(await desk.create("E").status == 429)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a limit that comes in the middle of a day counts what the day had, and what came while there was none`(
        engine: Engine
    ) async throws {
        try await Desk.run(on: engine) { desk in
            #expect(await desk.create("A").status == 201)
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: .init(paymentsPerDay: 2))]))
            #expect(await desk.create("B").status == 201)
            #expect(await desk.create("C").status == 429)
            desk.tenants.replace(with: TenantSnapshot([.bookshop()]))
            #expect(await desk.create("C").status == 201)
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: .init(paymentsPerDay: 4))]))
            #expect(await desk.create("D").status == 201)
            #expect(await desk.create("E").status == 429)
        }
    }

    @Test(arguments: Engine.allCases)
    func `of many at once exactly as many as the limit are made`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: TenantSnapshot([.bookshop(limits: .init(paymentsPerDay: 7))]))
            let statuses = await withTaskGroup(of: Int.self) { group in
                for number in 0..<40 { group.addTask { await desk.create("M\(number)").status } }
                return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [201: 7, 429: 33])
            #expect(await desk.call(.get, "/v1/payments?limit=100").ids.count == 7)
        }
    }

    @Test func `another tenant's payments do not count, and a key's 429 is not kept`() async {
        let desk = Desk(tenants: [.bookshop(limits: .init(paymentsPerDay: 1)), .teashop])
        for number in 1...5 { #expect(await desk.create("T\(number)", key: Desk.teashopKey).status == 201) }
        #expect(await desk.create("A").status == 201)
        let key = [("Idempotency-Key", "k1")]
        #expect(await desk.create("B", headers: key).status == 429)
        desk.clock.advance(byMs: 86_400_000)
        #expect(await desk.create("B", headers: key).status == 201)
    }

    @Test func `a QR code counts, and one too many is not asked of Alipay`() async {
        let desk = Desk(tenants: [.everything(limits: .init(paymentsPerDay: 1, amountMaxMinor: 20_000))])
        desk.alipayAnswers(["alipay.acquire.precreate": TradeAnswer.qrCode("Q")])
        #expect(
            await desk.create("P") { body in (body["channel"], body["amount"]) = ("\"qr\"", "20001") }.status == 422)
        #expect(await desk.create("Q") { $0["channel"] = "\"qr\"" }.status == 201)
        #expect(await desk.create("R") { $0["channel"] = "\"qr\"" }.status == 429)
        #expect(desk.services == ["alipay.acquire.precreate"])
    }

    @Test func `a pair that is not sold is refused with those that are`() async {
        let desk = Desk()
        let refused = await desk.create { $0["settlement"] = "\"escrow\"" }
        #expect(refused.status == 422)
        #expect(
            refused.detail == "web/escrow is not among this tenant's products, which are web/instant")
    }

    // MARK: - Where from

    private static let sources = ["203.0.113.0/24", "2001:db8::/32"].compactMap { AddressBlock($0) }

    @Test(arguments: [
        ("203.0.113.0", true), ("203.0.113.255", true), ("203.0.112.255", false), ("203.0.114.0", false),
        ("127.0.0.1", false), ("::ffff:203.0.113.7", true), ("::ffff:203.0.114.7", false), ("2001:db8::", true),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true), ("2001:db9::", false), ("2001:db7:ffff::", false),
        ("::1", false),
    ])
    func `the API is open to the blocks of the file and to nobody else`(peer: String, isAllowed: Bool) async throws {
        let desk = Desk(tenants: [.bookshop(allowedSources: Self.sources), .teashop])
        let address = try #require(IPAddress(peer))
        let answer = await desk.call(.get, "/v1/payments", from: address)
        #expect(answer.status == (isAllowed ? 200 : 403))
        #expect(await desk.call(.get, "/v1/payments", key: Desk.teashopKey, from: address).status == 200)
    }

    @Test func `whoever calls from elsewhere learns nothing more, costs nothing, and is told of in the log`()
        async throws
    {
        let desk = Desk(tenants: [.bookshop(limits: .init(requestsPerSecond: 1), allowedSources: Self.sources)])
        let use = try #require(desk.tenants.current.tenant("bookshop")?.apiKeys.first?.tag.use)
        let inside = try #require(IPAddress("203.0.113.7"))
        for _ in 1...3 {
            let refused = await desk.call(.post, "/v1/nothing", from: .loopback)
            #expect(refused.status == 403)
            #expect(
                refused.text == """
                    {"type":"https://payrelay.dev/errors/source_not_allowed","title":"Source not allowed","status":403,\
                    "code":"source_not_allowed","detail":"this API key is not taken from this address","errors":[],\
                    "retryable":false,"outcome":"known","request_id":"req_1"}
                    """)
            #expect(refused.headers["Content-Type"] == "application/problem+json")
        }
        #expect(use.count == 0)
        // A line a minute, however often.
        let line = "an API key was used from an address that is not among allowed_sources"
        #expect(desk.log.messages(.warning) == [line])
        desk.clock.advance(byMs: 60_000)
        _ = await desk.call(.get, "/v1/payments", from: .loopback)
        #expect(desk.log.messages(.warning) == [line, line])
        // With how often it was since.
        let times = desk.log.lines.last { $0.message == line }?.fields.first { $0.0 == "times" }?.1
        #expect(times.map { "\($0)" } == "\(Logger.Value.number(3))")
        // Not one of them was taken from the limit.
        #expect(await desk.call(.get, "/v1/payments", from: inside).status == 200)
        // Without a key nobody learns that there is a list.
        #expect(await desk.call(.get, "/v1/payments", key: "sk_wrong", from: .loopback).status == 401)
    }

    @Test func `Alipay and buyers are not merchants: the list is the API's alone`() async {
        let desk = Desk(tenants: [.bookshop(allowedSources: Self.sources)])
        #expect(await desk.call(.post, "/notify/bookshop", key: nil, body: "a=b").status == 200)
        #expect(await desk.browse("/return/bookshop").status == 200)
    }
}
