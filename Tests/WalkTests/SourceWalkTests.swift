import App
import HTTP
import JSON
import Support
import Testing

/// `allowed_sources` and `notify_sources` behind a proxy, over real sockets: only a trusted proxy's word about where a request
/// comes from counts.
struct SourceWalkTests {
    private static let sources = "[203.0.113.0/24, 2001:db8::/32]"
    private static let trusting = World.Options(
        alipay: ["notify_verify: false", "notify_sources: \(sources)"], tenant: ["allowed_sources: \(sources)"],
        service: ["trusted_proxies: [127.0.0.1/32, 10.0.0.0/8, \"2001:db8:ffff::/48\"]"])
    private static let trustingNobody = World.Options(
        alipay: ["notify_verify: false", "notify_sources: \(sources)"], tenant: ["allowed_sources: \(sources)"])

    private func forwarded(_ value: String?) -> [(String, String)] { value.map { [("X-Forwarded-For", $0)] } ?? [] }

    /// What the proxy says, and whether that is inside.
    private static let told: [(header: String?, isInside: Bool)] = [
        ("203.0.113.7", true), ("203.0.114.7", false), ("::ffff:203.0.113.7", true), ("::ffff:203.0.114.7", false),
        ("2001:db8::7", true), ("2001:db9::7", false),
        // The nearest address that is no proxy counts, not what stands left of it.
        ("203.0.113.7, 203.0.114.7", false), ("203.0.114.7, 203.0.113.7", true), ("203.0.113.7, 10.1.2.3", true),
        ("203.0.114.7, 2001:db8::9, 2001:db8:ffff::1, 10.1.2.3", true), ("nonsense", false), (nil, false),
    ]

    @Test func `behind a trusted proxy the address that it names counts`() async throws {
        try await World.run(Self.trusting) { world, service in
            for (header, isInside) in Self.told {
                let listed = try await world.call(.get, "/v1/payments", on: service, headers: forwarded(header))
                #expect(listed.status == (isInside ? 200 : 403), "\(header ?? "no header")")
                let (status, _, _) = try await world.post("nonsense", headers: forwarded(header), on: service)
                #expect(status == (isInside ? 200 : 403), "\(header ?? "no header")")
            }
        }
    }

    @Test func `nobody else is believed`() async throws {
        try await World.run(Self.trustingNobody) { world, service in
            for header in ["203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7"] {
                let refused = try await world.call(.get, "/v1/payments", on: service, headers: forwarded(header))
                #expect(refused.status == 403)
                #expect(refused.json["code"]?.text == "source_not_allowed")
                let (status, _, _) = try await world.post("nonsense", headers: forwarded(header), on: service)
                #expect(status == 403)
            }
        }
    }
}
