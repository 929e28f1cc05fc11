import Alipay
import HTTP
import Testing

struct NotifyVerifyTests {
    @Test(arguments: [
        ("0123456789abcdef0123456789abcdef2a", "0123456789abcdef0123456789abcdef2a"),
        // A return's id as it stands after its one decoding: encoded once on the way out.
        ("RqPnCoPT3K9%2Fvwbh3I", "RqPnCoPT3K9%252Fvwbh3I"), ("a/b+c=d&partner=1", "a%2Fb%2Bc%3Dd%26partner%3D1"),
    ])
    func `the request is unsigned, and the id encoded once`(id: String, sent: String) {
        let request = NotifyVerify.request(notifyID: id, .sample())
        #expect(
            request.url
                == "https://mapi.alipay.com/gateway.do?service=notify_verify&partner=2088101122136241&notify_id=\(sent)"
        )
        #expect(request.method == .get && request.body.isEmpty)
        #expect(request.policy == .trusted)
        #expect(request.timeout == .seconds(10))
        #expect(request.bodyLimit == .refuse(bytesMax: 4096))
    }

    @Test(
        arguments: [
            ("true", .true), ("false", .false), ("invalid", .invalid), ("true\n", .true), ("\r\n false\r\n", .false),
            ("\tinvalid ", .invalid),
        ] as [(String, NotifyVerify.Answer)])
    func `one of three words is an answer, with or without line ends around it`(
        body: String, answer: NotifyVerify.Answer
    ) {
        #expect(NotifyVerify.answer(.sample(body), .sample()) == answer)
    }

    /// The old demos match `/true$/i`, which an error page can satisfy.
    @Test(arguments: [
        "", " ", "TRUE", "True", "truetrue", "true false", "junk true", "it is true", "<html>true",
        "<html><body>true</body></html>",
        "\"true\"", "true\0", "\u{FEFF}true", "\u{A0}true", "tru", "ｔｒｕｅ", "success", "fail", "T",
        "<?xml version=\"1.0\"?><alipay><is_success>T</is_success></alipay>",
    ])
    func `anything else proves nothing`(body: String) {
        #expect(NotifyVerify.answer(.sample(body), .sample()) == .unreadable)
    }

    @Test func `bytes that are no UTF-8 prove nothing`() {
        for body in [Array("true".utf8) + [0xFF], [0xC0, 0xF4]] {
            let response = OutboundResponse(status: 200, body: body, verifiedTLS: true)
            #expect(NotifyVerify.answer(response, .sample()) == .unreadable)
        }
    }

    @Test(arguments: [100, 201, 204, 206, 301, 302, 304, 400, 403, 404, 500, 502, 503])
    func `the right word with another status proves nothing`(status: Int) {
        #expect(NotifyVerify.answer(.sample("true", status: status), .sample()) == .unreadable)
    }

    @Test func `the right word counts over verified TLS, or from a gateway that has none`() {
        let overPlain = OutboundResponse.sample("true", verifiedTLS: false)
        #expect(NotifyVerify.answer(overPlain, .sample()) == .unreadable)
        #expect(NotifyVerify.answer(overPlain, .sample(gatewayURL: "http://127.0.0.1:1/gateway.do")) == .true)
    }
}
