import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing
import Webhooks

/// `POST /v1/webhooks/test`: one signed event, now, and what came of it.
struct WebhookTestTests {
    @Test(arguments: ["", "{}", #"{"endpoint": null}"#, #"{"endpoint": "default"}"#])
    func `a test that is taken is answered with its attempt`(body: String) async {
        let desk = Desk(startsWorker: true)
        let pending = desk.begin(.post, "/v1/webhooks/test", body: Array(body.utf8))
        #expect(!pending.isAnswered)
        let sent = desk.endpoints.waiting
        #expect(sent.map(\.url) == ["https://shop.example/hooks"])
        desk.endpoints.answer(status: 200, body: "thank you")
        let answer = await pending.reading()
        let event = answer.json["event"]?.text ?? ""
        #expect(answer.status == 200)
        #expect(
            answer.text == """
                {"id":"\(answer.id)","object":"delivery","event":"\(event)","event_type":"webhook.test",\
                "endpoint":"default","status":"delivered","next_attempt_at":null,"waiting_for":null,\
                "created_at":"2026-01-02T03:04:05.000Z",\
                "attempts":[{"number":1,"started_at":"2026-01-02T03:04:05.000Z","duration_ms":80,\
                "outcome":"taken","status_code":200,"error":null,"address":"203.0.113.7",\
                "response_excerpt":"thank you"}]}
                """)
        #expect(sent.first?.headers["webhook-id"] == event)
        #expect(sent.first?.headers["webhook-signature"]?.hasPrefix("v1,") == true)
        #expect(
            sent.first.map { String(decoding: $0.body, as: UTF8.self) } == """
                {"id":"\(event)","type":"webhook.test","timestamp":"2026-01-02T03:04:05.000Z","sequence":0,\
                "data":{"message":"This is a test of your webhook endpoint."},"previous_status":null}
                """)
        #expect(await desk.call(.get, "/v1/deliveries/\(answer.id)").text == answer.text)
    }

    @Test(
        arguments: [
            (nil, 500, "status", "500", "\"the endpoint answered 500\""),
            (nil, 301, "status", "301", "\"the endpoint answered 301; redirects are not followed\""),
            (.connect, 0, "connect", "null", "\"the test says connect\""),
            (.timeout, 0, "timeout", "null", "\"the test says timeout\""),
            (.refusedDestination, 0, "refused_destination", "null", "\"the test says refused_destination\""),
        ] as [(SendError.Code?, Int, String, String, String)])
    func `a test that is not taken says why, and is the only try`(
        failure: SendError.Code?, status: Int, outcome: String, code: String, error: String
    ) async {
        let desk = Desk(startsWorker: true)
        let pending = desk.begin(.post, "/v1/webhooks/test")
        if let failure { desk.endpoints.fail(failure) } else { desk.endpoints.answer(status: status) }
        let answer = await pending.reading()
        #expect(answer.status == 200)
        #expect(answer.json["status"]?.text == "exhausted")
        #expect(answer.text.contains("\"outcome\":\"\(outcome)\",\"status_code\":\(code),\"error\":\(error)"))
        #expect(await desk.call(.get, "/v1/deliveries/\(answer.id)").text == answer.text)
        desk.clock.advance(byMs: 7 * 86_400_000)
        #expect(desk.endpoints.requests.count == 1)
    }

    @Test func `several endpoints are tested by name, the first of them without one`() async {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .erp])], startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let first = await desk.call(.post, "/v1/webhooks/test")
        let named = await desk.call(.post, "/v1/webhooks/test", body: #"{"endpoint": "erp"}"#)
        #expect(first.json["endpoint"]?.text == "default")
        #expect(named.json["endpoint"]?.text == "erp")
        #expect(desk.endpoints.requests.map(\.url) == ["https://shop.example/hooks", "https://erp.example/in"])
    }

    @Test(arguments: [
        (#"{"endpoint": "tea"}"#, "/endpoint: endpoint must be one of default, erp"),
        (#"{"endpoint": ""}"#, "/endpoint: endpoint must be one of default, erp"),
        (#"{"endpoint": 1}"#, "/endpoint: endpoint must be text, not a number"),
        (#"{"endpiont": "erp"}"#, "/endpiont: unknown field endpiont; did you mean endpoint?"),
        ("[]", ": the body must be empty or a JSON object"), ("\"erp\"", ": the body must be empty or a JSON object"),
        ("erp", ": the body is not JSON: unexpected character at byte 0"),
    ])
    func `a body that names no endpoint of the tenant's is refused`(body: String, error: String) async {
        let desk = Desk(tenants: [.bookshop(endpoints: [.shop, .erp]), .teashop], startsWorker: true)
        let answer = await desk.call(.post, "/v1/webhooks/test", body: body)
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
        #expect(desk.endpoints.requests.isEmpty)
        #expect(await desk.call(.get, "/v1/events").ids == [])
    }

    @Test func `a test that cannot begin leaves nothing behind`() async {
        let desk = Desk(startsWorker: true)
        let running = [desk.begin(.post, "/v1/webhooks/test"), desk.begin(.post, "/v1/webhooks/test")]
        let answer = await desk.call(.post, "/v1/webhooks/test")
        #expect(answer.status == 503)
        #expect(answer.code == "unavailable")
        #expect(answer.detail == "too many test deliveries are on their way; nothing was done")
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        desk.endpoints.answer(status: 204)
        desk.endpoints.answer(status: 204)
        for reply in running { #expect(await reply.reading().json["status"]?.text == "delivered") }
        #expect(await desk.call(.get, "/v1/events").ids.count == 2)
        desk.clock.advance(byMs: 600_000)
        #expect(desk.endpoints.requests.count == 2)
        #expect(await desk.call(.post, "/v1/webhooks/test").status == 200)
    }

    @Test(arguments: [204, 500])
    func `what follows a test to the same endpoint goes out at once`(status: Int) async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: status)) }
        _ = await desk.call(.post, "/v1/webhooks/test")
        _ = await desk.payment(at: "TRADE_SUCCESS")
        #expect(desk.endpoints.requests.count == 2)
    }

    @Test func `what is learnt of an endpoint by tests is learnt of its URL`() async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 500)) }
        _ = await desk.call(.post, "/v1/webhooks/test")
        let expected = EndpointSettings.shop.urlDigest
        #expect(desk.worker.endpointStates.map(\.urlDigest) == [expected])
        _ = await desk.payment(at: "TRADE_SUCCESS")
        #expect(desk.worker.endpointStates.map(\.failureCount) == [2])
    }

    @Test func `a held endpoint and a disabled one are tested all the same`() async throws {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 500)) }
        try await desk.openBreaker()
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let held = await desk.call(.post, "/v1/webhooks/test")
        #expect(held.status == 200)
        #expect(held.json["status"]?.text == "delivered")
        // It answers: the breaker has nothing to wait for any more.
        #expect(desk.worker.endpointStates.compactMap(\.hold) == [])
        try await desk.setDisabled(true, "default")
        let disabled = await desk.call(.post, "/v1/webhooks/test")
        #expect(disabled.json["status"]?.text == "delivered")
        #expect(desk.worker.endpointStates.compactMap(\.hold?.reason) == [.disabled])
    }

    @Test func `a store that does not take the event is 503, and nothing is sent`() async {
        let store = MemoryStore()
        let desk = Desk(store: store, startsWorker: true)
        store.failNextWrites(1)
        let answer = await desk.call(.post, "/v1/webhooks/test")
        #expect(answer.status == 503)
        #expect(answer.code == "unavailable")
        #expect(desk.endpoints.requests.isEmpty)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        for _ in 1...3 { #expect(await desk.call(.post, "/v1/webhooks/test").status == 200) }
    }
}
