import Diagnostics
import HTTP
import Testing
import Webhooks

/// What the doctor makes of what answers at an endpoint, or does not.
struct EndpointReachTests {
    private static let endpoint = EndpointSettings(
        url: "https://hooks.bookshop.cn/payrelay?token=hush", secrets: [WebhookSecret(bytes: Array(0..<32))],
        headers: [EndpointSettings.CustomHeader(name: "X-Shop", value: Secret("hush"))])

    private static func reach(_ endpoint: EndpointSettings = endpoint) -> EndpointReach {
        EndpointReach(endpoint, EndpointSpecimen(endpoint, at: "webhook"))
    }

    private static func answer(_ status: Int, verifiedTLS: Bool = true) -> Examination {
        reach().read(
            .success(OutboundResponse(status: status, address: "203.0.113.7", verifiedTLS: verifiedTLS)))
    }

    @Test func `what is sent is a HEAD that no backend takes for an event`() {
        let request = Self.reach().request
        #expect(request.method == .head && request.body.isEmpty && request.headers.fields.isEmpty)
        #expect(request.url == Self.endpoint.url && request.timeout == .seconds(10))
        #expect(request.policy == .publicHTTPS)
        let intranet = EndpointSettings(
            url: "http://10.0.0.7/", secrets: Self.endpoint.secrets, timeout: .seconds(3), allowHTTP: true,
            allowPrivateNetwork: true)
        #expect(Self.reach(intranet).request.policy == .trusted && Self.reach(intranet).request.timeout == .seconds(3))
    }

    @Test(arguments: [200, 204, 400, 401, 403, 404, 405, 429])
    func `whatever a backend says to HEAD shows that it is there`(status: Int) {
        let examination = Self.answer(status)
        #expect(examination.findings.isEmpty)
        #expect(
            examination.proofs.map(\.text)
                == ["203.0.113.7 answers HEAD with \(status), over TLS with a valid certificate"])
        #expect(examination.proofs.map(\.subject) == ["webhook.url"])
        #expect(Self.answer(status, verifiedTLS: false).proofs[0].text.hasSuffix(", over plain http"))
    }

    @Test(arguments: [
        (301, "webhook_redirects"), (308, "webhook_redirects"), (410, "webhook_gone"), (500, "webhook_failing"),
        (503, "webhook_failing"),
    ])
    func `some answers would be trouble for a webhook, and are warned of`(status: Int, code: String) {
        let examination = Self.answer(status)
        #expect(examination.findings.map(\.code) == [code] && examination.wrong.isEmpty)
    }

    @Test(arguments: [
        (SendError.Code.dns, "webhook_name", true), (.refusedDestination, "webhook_refused", true),
        (.connect, "webhook_unreachable", true), (.tls, "webhook_tls", true), (.timeout, "webhook_slow", true),
        (.url, "webhook_url", true), (.reset, "webhook_not_http", false), (.malformed, "webhook_not_http", false),
        (.tooLarge, "webhook_not_http", false), (.canceled, "webhook_not_http", false),
        (.busy, "webhook_unreachable", false),
    ])
    func `what keeps webhooks from arriving is told with its cure`(
        error: SendError.Code, code: String, isError: Bool
    ) throws {
        let examination = Self.reach().read(.failure(SendError(code: error, message: "The test says so.")))
        let found = try #require(examination.findings.first)
        #expect(examination.findings.count == 1 && examination.proofs.isEmpty)
        #expect(found.code == code && (found.severity == .error) == isError)
        #expect(found.sentence == "nothing was reached: The test says so")
        #expect(!found.cure.contains("hush"))
    }

    @Test func `each code of reaching is found by one of these`() {
        let reached: Set<EndpointCode> = [
            .nameless, .refused, .unreachable, .tls, .slow, .notHTTP, .redirects, .gone, .failing,
        ]
        #expect(Set(EndpointCode.allCases).subtracting(EndpointCode.offline) == reached)
    }
}
