import Alipay
import Crypto
import HTTP
import Payments
import Support
import Tenants
import Testing
import Webhooks

struct TenantFileTests {
    @Test(arguments: Fixture.all(".bad.yaml"))
    func `a bad file gives every problem at its place and no tenant`(fixture: Fixture) throws {
        let (snapshot, problems) = try fixture.tenants().load()
        #expect(problems == (try fixture.problems))
        #expect(snapshot.count == 0)
        #expect(snapshot.broken == ["shop"])
    }

    @Test(arguments: Fixture.all(".good.yaml"))
    func `a good file gives a tenant and at most warnings`(fixture: Fixture) throws {
        let (snapshot, problems) = try fixture.tenants(mode: fixture.name == "warnings.good.yaml" ? 0o644 : 0o640)
            .load()
        #expect(problems == (try fixture.problems))
        #expect(snapshot.all.map(\.id) == ["shop"])
        #expect(snapshot.broken.isEmpty)
    }

    @Test func `the fixtures are there`() {
        #expect(Fixture.all(".bad.yaml").count == 15)
        #expect(Fixture.all(".good.yaml").count == 6)
        #expect(Fixture.folders.count == 6)
    }

    @Test func `no secret of any fixture shows in a problem`() throws {
        let merchantKey = try Fixture.text("secrets/merchant-pkcs1.base64").prefix(32)
        for fixture in Fixture.all(".yaml") + Fixture.folders {
            let problems = try fixture.tenants(mode: 0o644).load().problems
            for secret in ["hush", "0f1e2d3c4b5a6978", "a0f1e2d3", "AAECAwQF", merchantKey] {
                #expect(!problems.contains(secret), "\(fixture.name) shows \(secret)")
            }
        }
    }

    @Test func `the tenant is what a full file says`() throws {
        let snapshot = try Fixture(name: "full.good.yaml").tenants().load().snapshot
        let tenant = try #require(snapshot.tenant("shop"))
        #expect(tenant.name == "书店 Bookshop")
        #expect(tenant.contract.partner == "2088101122136241")
        #expect(tenant.contract.sellerID == "2088101122136242")
        #expect(tenant.contract.sellerEmail == "sales@bookshop.example")
        #expect(tenant.contract.gatewayURL == "https://mapi.alipay.com/gateway.do")
        #expect(!tenant.contract.notifyVerify)
        #expect(tenant.contract.notifySources?.map(\.description) == ["110.75.128.0/19", "203.0.113.7/32"])
        #expect(tenant.contract.services == ContractServices(tradeQuery: false, refund: .password, itBPay: true))
        #expect(tenant.products == [Product(channel: .web, settlement: .instant)])
        #expect(tenant.apiKeys.map(\.label) == ["backend", "reports"])
        #expect(tenant.apiKeys.map(\.digest.count) == [32, 32])
        #expect(tenant.endpoints.map(\.url) == ["https://bookshop.example:9443/hooks/payrelay"])
        #expect(tenant.endpoints.first?.schedule.delaysMs == [0, 5_000, 60_000])
        #expect(tenant.endpoints.first?.timeout == .seconds(20))
        #expect(tenant.endpoints.first?.ordering == EndpointSettings.Ordering.none)
        #expect(tenant.endpoints.first?.headers.map(\.name) == ["Authorization"])
        #expect(tenant.endpoints.first?.schedule.jitterPercent == 10)
        #expect(tenant.endpoints.first?.inFlightMax == 8)
        #expect(
            tenant.limits
                == TenantLimits(
                    requestsPerSecond: 50, burst: 100, paymentsPerDay: 10_000, amountMaxMinor: 5_000_000,
                    webhookBacklog: 1_000))
        #expect(
            tenant.allowedSources?.map(\.description) == ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"])
        #expect(tenant.apiKeys.map(\.tag.notAfterMs) == [nil, 1_782_864_000_000])
        #expect(tenant.contract.keys.entries.map(\.tag.notAfterMs) == [nil, 1_774_915_200_000])
        #expect(tenant.endpoint("default") == tenant.endpoints.first)
        #expect(tenant.endpoint("erp") == nil)
    }

    @Test func `a contract can sell all that Alipay offers`() throws {
        let snapshot = try Fixture(name: "rsa.good.yaml").tenants().load().snapshot
        let tenant = try #require(snapshot.tenant("shop"))
        #expect(tenant.products == Set(Product.all))
        #expect(tenant.products.count == 6)
        #expect(tenant.contract.keys.signType == .rsa)
        #expect(tenant.contract.charset == .gbk)
        #expect(tenant.contract.onLatePayment == .refund)
    }

    @Test func `the first key signs and all verify`() throws {
        let snapshot = try Fixture(name: "full.good.yaml").tenants().load().snapshot
        let keys = try #require(snapshot.tenant("shop")).contract.keys
        let text = Array("a=1&b=2".utf8)
        // printf %s 'a=1&b=2hush-32-characters-long-hush-hus' | md5sum, and the same with the old key
        #expect(keys.sign(text) == "d1342ce8e34e8276838c90d6e0dd882e")
        #expect(keys.verify(text, signature: Array("d1342ce8e34e8276838c90d6e0dd882e".utf8)[...]))
        #expect(keys.verify(text, signature: Array("5ea41cd23476e8e597fc729ac996db68".utf8)[...]))
        #expect(!keys.verify(text, signature: Array("ed04c91cf6f6ab5a01a31c0295c5da34".utf8)[...]))
    }

    @Test func `defaults stand where the file says nothing`() throws {
        let snapshot = try Fixture(name: "least.good.yaml").tenants().load().snapshot
        let tenant = try #require(snapshot.tenant("shop"))
        #expect(tenant.contract.sellerID == "2088101122136241")
        #expect(tenant.contract.sellerEmail == nil)
        #expect(tenant.contract.gatewayURL == "https://mapi.alipay.com/gateway.do")
        #expect(tenant.contract.notifyVerify)
        #expect(tenant.contract.notifySources == nil)
        #expect(tenant.contract.services == ContractServices(tradeQuery: true, itBPay: false))
        #expect(tenant.endpoints.first?.schedule == .payments)
        #expect(tenant.endpoints.first?.policy == .publicHTTPS)
        #expect(tenant.endpoints.first?.ordering == .payment)
        #expect(tenant.limits == TenantLimits())
        #expect(tenant.limits.webhookBacklog == 100_000)
        #expect(tenant.allowedSources == nil)
    }

    @Test func `without a burst as many come at once as in a second, and without a rate there is none`() {
        #expect(TenantLimits(requestsPerSecond: 50).burst == 50)
        #expect(TenantLimits(requestsPerSecond: 50, burst: 100).burst == 100)
        #expect(TenantLimits(burst: 100).burst == nil)
    }

    @Test(arguments: [(1, true), (20, true), (21, false)])
    func `a file has at most 20 API keys`(count: Int, isGood: Bool) throws {
        let keys = (0..<count).map { index in
            "{label: k\(index), sha256: \(String(repeating: "0", count: 62) + (index < 10 ? "0\(index)" : "\(index)"))}"
        }
        let tenants = try TenantsFixture()
        let text = try Fixture.text("least.good.yaml").replacing(
            try Regex("api_keys: .*"), with: "api_keys: [\(keys.joined(separator: ", "))]")
        try tenants.scratch.write("tenants/shop.yaml", text)
        let (snapshot, problems) = try tenants.load()
        #expect((snapshot.count == 1) == isGood)
        #expect(problems == (isGood ? "" : "tenants/shop.yaml:4:11: api_keys: expected 1 to 20 entries, found 21\n"))
    }

    @Test(arguments: [(999, false), (1_000, true), (10_000_000, true), (10_000_001, false)])
    func `a tenant's backlog is 1000 to 10 million deliveries`(count: Int, isGood: Bool) throws {
        let tenants = try TenantsFixture()
        let text = try Fixture.text("least.good.yaml") + "limits: {webhook_backlog: \(count)}\n"
        try tenants.scratch.write("tenants/shop.yaml", text)
        #expect(try tenants.load().snapshot.tenant("shop")?.limits.webhookBacklog == (isGood ? count : nil))
    }
}
