import Alipay
import Crypto
import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

struct AuthenticationTests {
    @Test(arguments: [
        ([], "send one Authorization: Bearer sk_… header"),
        (["Bearer sk_bookshop_3f1c", "Bearer sk_bookshop_3f1c"], "send one Authorization: Bearer sk_… header"),
        (["Basic c2tfYm9va3Nob3BfM2YxYzo="], "the Authorization header must be Bearer and an API key"),
        (["sk_bookshop_3f1c"], "the Authorization header must be Bearer and an API key"),
        ([""], "the Authorization header must be Bearer and an API key"),
        (["Bearer"], "the Authorization header must be Bearer and an API key"),
        (["Bearer "], "the Authorization header must be Bearer and an API key"),
        (["Bearersk_bookshop_3f1c"], "the Authorization header must be Bearer and an API key"),
        (["Bearer sk_unknown"], "this API key is not known"),
        (["Bearer sk_bookshop_3f1"], "this API key is not known"),
        (["Bearer sk_bookshop_3f1c "], "this API key is not known"),
        (["Bearer SK_BOOKSHOP_3F1C"], "this API key is not known"),
        (["Bearer 键"], "this API key is not known"),
    ])
    func `whoever has no key of a tenant's is refused`(headers: [String], detail: String) async {
        let desk = Desk()
        let answer = await desk.call(
            .get, "/v1/payments", key: nil, headers: headers.map { ("Authorization", $0) }, id: "req_3")
        #expect(answer.status == 401)
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
        #expect(
            answer.text == """
                {"type":"https://payrelay.dev/errors/unauthenticated","title":"Unauthenticated","status":401,\
                "code":"unauthenticated","detail":"\(detail)","errors":[],"retryable":false,"outcome":"known",\
                "request_id":"req_3"}
                """)
        #expect(logged(desk).allSatisfy { !$0.contains("sk_") })
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func `the scheme is taken in any case`(scheme: String) async {
        let answer = await Desk().call(
            .get, "/v1/payments", key: nil, headers: [("authorization", "\(scheme) \(Desk.bookshopKey)")])
        #expect(answer.status == 200)
    }

    @Test func `the digest of a key is no key`() async {
        let digest = Hex.encode(SHA256.digest(Array(Desk.bookshopKey.utf8)))
        #expect(await Desk().call(.get, "/v1/payments", key: digest).status == 401)
    }

    @Test(arguments: [
        "/v1/payments?key=sk_bookshop_3f1c", "/v1/payments?sk_bookshop_3f1c",
        "/v1/payments?limit=5&api_key=sk_bookshop_3f1c",
        "/v1/payments?key=sk%5Fbookshop%5F3f1c", "/v1/payments?key=%73k_bookshop_3f1c", "/v1/sk_bookshop_3f1c/payments",
        "/v1/payments/sk_bookshop_3f1c", "/v1/payments?key=sk_unknown", "/v1/payments?key=sk_live%",
        "/v1/payments?merchant_reference=sk_bookshop_3f1c",
    ])
    func `a key in a URL is refused, with or without the header, and not logged`(target: String) async {
        let desk = Desk()
        for key in [nil, Desk.bookshopKey] {
            let answer = await desk.call(.get, target, key: key)
            #expect(answer.status == 401)
            #expect(answer.detail == "an API key in a URL is refused; send it as Authorization: Bearer sk_…")
            #expect(!answer.text.contains("3f1c"))
        }
        #expect(logged(desk).allSatisfy { !$0.contains("sk_") && !$0.contains("3f1c") })
        #expect(!desk.metrics.prometheusText().contains("sk_"))
    }

    @Test(arguments: ["task_1", "DISK_7-sk_2", "desk_sk_", "sk_1"])
    func `a merchant's reference may look like a key`(reference: String) async {
        let desk = Desk()
        let payment = await desk.create(reference)
        let answer = await desk.call(.get, "/v1/payments?merchant_reference=\(reference)")
        #expect(answer.status == 200)
        #expect(answer.ids == [payment.id])
    }

    @Test func `a tenant that is taken away is not there any more`() async {
        let desk = Desk()
        let payment = await desk.create()
        desk.tenants.replace(with: TenantSnapshot([.teashop]))
        #expect(await desk.call(.get, "/v1/payments/\(payment.id)").status == 401)
        #expect(await desk.call(.get, "/checkout/\(payment.id)", key: nil).status == 404)
        #expect(await desk.call(.get, "/v1/payments", key: Desk.teashopKey).status == 200)
        desk.tenants.replace(with: TenantSnapshot([.bookshop(), .teashop]))
        #expect(await desk.call(.get, "/v1/payments/\(payment.id)").status == 200)
    }

    @Test func `no key shows in a log line, whatever is asked`() async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 500)) }
        let payment = await desk.create()
        _ = await desk.create { $0["amount"] = "1" }
        _ = await desk.create { $0["subject"] = "\"\(Desk.bookshopKey)\"" }
        _ = await desk.call(.get, "/v1/payments?limit=x")
        _ = await desk.call(.post, "/v1/webhooks/test")
        desk.alipay.always { _ in .failure(.init(code: .timeout, message: "too slow")) }
        _ = await desk.call(.post, "/v1/payments/\(payment.id)/sync")
        #expect(!desk.log.lines.isEmpty)
        #expect(logged(desk).allSatisfy { !$0.contains("sk_") && !$0.contains("abcdefghijklmnopqrstuvwxyz012345") })
    }

    @Test func `the line of a payment carries the id of its request`() async {
        let desk = Desk()
        _ = await desk.call(.post, "/v1/payments", body: Body.minimal().text, id: "req_42")
        #expect(logged(desk).contains { $0.contains("payment created") && $0.contains("request_id=req_42") })
    }

    @Test func `so do the lines of what is sent again, of a return and of a checkout`() async throws {
        let desk = Desk(tenants: [.bookshop(services: .init(queryTimestamp: true))])
        let id = await desk.create().id
        try await desk.keep(1)
        _ = await desk.call(.post, "/v1/events/evt_bookshop_1/redeliver", id: "req_43")
        let since = #"{"since": "2026-01-01T00:00:00Z", "status": ["exhausted", "held"]}"#
        try await desk.keep(2, DeliverySample(agoMs: 1_000))
        _ = await desk.call(.post, "/v1/deliveries/replay", body: since, id: "req_44")
        desk.alipay.always { _ in .failure(SendError(code: .connect, message: "no")) }
        _ = await desk.call(.get, "/checkout/\(id)", key: nil, id: "req_45")
        let back = HandMadeNotification(
            reference: "ORDER-1", tradeNo: "2026010200001", status: "TRADE_SUCCESS", partner: "2088101122136241",
            sellerEmail: "sales@bookshop.example", key: TradeAnswer.key)
        _ = await desk.call(.get, "/return/bookshop?" + back.body, key: nil, id: "req_46")
        for (words, request) in [
            ("event redelivered", 43), ("replay begun", 44), ("Alipay did not answer", 45),
            ("Alipay did not answer", 46),
        ] {
            #expect(
                logged(desk).contains { $0.contains(words) && $0.contains("request_id=req_\(request)") },
                "\(words) \(request): \(logged(desk))")
        }
    }

    private func logged(_ desk: Desk) -> [String] {
        desk.log.lines.map { line in
            ([line.message]
                + line.fields.map { name, value in
                    switch value {
                    case .text(let text): "\(name)=\(text)"
                    case .number(let number): "\(name)=\(number)"
                    case .flag(let flag): "\(name)=\(flag)"
                    }
                }).joined(separator: " ")
        }
    }
}
