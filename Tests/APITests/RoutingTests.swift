import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

struct RoutingTests {
    @Test(arguments: [
        "/v1", "/v1/", "/v1/payment", "/v1/payments/", "/v1//payments", "/v1/payments/pay_1/",
        "/v1/payments/pay_1/sync/",
        "/v1/payments/pay_1/capture", "/v1/refund", "/v1/refunds/", "/v1/refunds/re_1/cancel", "/v1/shipments",
        "/v1/payments/pay_1/refunds/re_1", "/v1/payments/pay_1/shipments/", "/v1/webhooks", "/v1/webhooks/test/x",
        "/v1/events/", "/v1/events/evt_1/", "/v1/events/evt_1/redeliver/", "/v1/events/evt_1/replay",
        "/v1/deliveries/replay/", "/v1/deliveries/dlv_1/replay",
        "/v1/%70ayments",
        "/v1/Payments", "/v1/../v1/payments", "/v1/notifications/ntf_1",
    ])
    func `what is not there is not found, by whatever method`(path: String) async {
        let desk = Desk()
        for method in [HTTP.Method.get, .post, .delete] {
            let answer = await desk.call(method, path)
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
            #expect(answer.headers["Content-Type"] == "application/problem+json")
        }
    }

    @Test(arguments: [
        "/", "", "/v2/payments", "/openapi.json", "/docs", "/healthz", "/metrics", "/notify", "/notify/a/b",
        "/checkout/",
    ])
    func `outside the API as well`(path: String) async {
        let answer = await Desk().call(.get, path, key: nil)
        #expect(answer.status == 404)
    }

    @Test(arguments: [
        ("/v1/payments", "GET, HEAD, POST", ["PUT", "DELETE", "PATCH", "OPTIONS", "get"]),
        ("/v1/payments/pay_01KDYK0000000000000000000A", "GET, HEAD", ["POST", "PUT", "DELETE"]),
        ("/v1/payments/pay_01KDYK0000000000000000000A/sync", "POST", ["GET", "HEAD", "PUT"]),
        ("/v1/payments/pay_01KDYK0000000000000000000A/cancel", "POST", ["GET", "HEAD", "DELETE"]),
        ("/v1/payments/pay_01KDYK0000000000000000000A/shipments", "POST", ["GET", "HEAD", "PUT"]),
        ("/v1/payments/pay_01KDYK0000000000000000000A/refunds", "POST", ["GET", "HEAD", "PUT"]),
        ("/v1/refunds", "GET, HEAD", ["POST"]), ("/v1/refunds/re_1", "GET, HEAD", ["POST", "PATCH", "DELETE"]),
        ("/v1/events/evt_1/redeliver", "POST", ["GET", "HEAD", "PUT"]),
        ("/v1/deliveries/replay", "POST", ["GET", "HEAD", "DELETE"]),
        ("/v1/events", "GET, HEAD", ["POST"]), ("/v1/events/evt_1", "GET, HEAD", ["POST"]),
        ("/v1/deliveries", "GET, HEAD", ["POST"]), ("/v1/deliveries/dlv_1", "GET, HEAD", ["POST"]),
        ("/v1/notifications", "GET, HEAD", ["POST"]), ("/v1/webhooks/test", "POST", ["GET", "HEAD"]),
    ])
    func `another method is answered with those that are taken`(path: String, allow: String, methods: [String]) async {
        for method in methods {
            let answer = await Desk().call(HTTP.Method(rawValue: method), path)
            #expect(answer.status == 405)
            #expect(answer.code == "method_not_allowed")
            #expect(answer.headers["Allow"] == allow)
            #expect(answer.detail == "this path takes \(allow)")
        }
    }

    @Test func `HEAD is answered like GET`() async {
        let desk = Desk()
        let payment = await desk.create()
        for path in [
            "/v1/payments", "/v1/payments/\(payment.id)", "/v1/refunds", "/v1/events", "/v1/deliveries",
            "/v1/notifications",
        ] {
            let head = await desk.call(.head, path)
            #expect(head.status == 200)
            #expect(head.headers == Headers([("Content-Type", "application/json")]))
        }
        #expect(await desk.call(.head, "/v1/payments/pay_0").status == 404)
    }

    @Test(arguments: [
        "pay_01KDYK0000000000000000000A", "pay_1", "evt_01KDYK0000000000000000000A", "pay_01kdyk0000000000000000000a",
        "%70ay_1",
        "..", "%00",
    ])
    func `an id of nothing is not found`(id: String) async {
        let desk = Desk()
        for path in ["/v1/payments/\(id)", "/v1/refunds/\(id)", "/v1/events/\(id)", "/v1/deliveries/\(id)"] {
            #expect(await desk.call(.get, path).code == "not_found")
        }
        #expect(await desk.call(.post, "/v1/events/\(id)/redeliver").code == "not_found")
        for call in ["sync", "cancel", "refunds"] {
            #expect(await desk.call(.post, "/v1/payments/\(id)/\(call)").code == "not_found")
        }
        let shipment = await desk.call(.post, "/v1/payments/\(id)/shipments", body: #"{"carrier": "SF"}"#)
        #expect(shipment.code == "not_found")
    }

    @Test func `a percent-encoded id is another path`() async {
        let desk = Desk()
        let id = await desk.create().id
        #expect(await desk.call(.get, "/v1/payments/\(id)").status == 200)
        #expect(await desk.call(.get, "/v1/payments/pay%5F\(id.dropFirst(4))").status == 404)
    }

    @Test func `an object of another tenant is not there`() async {
        let desk = Desk(startsWorker: true)
        desk.endpoints.always { _ in .success(.init(status: 204)) }
        let payment = await desk.create().id
        let delivery = await desk.call(.post, "/v1/webhooks/test")
        let event = delivery.json["event"]?.text ?? ""
        for path in ["/v1/payments/\(payment)", "/v1/deliveries/\(delivery.id)", "/v1/events/\(event)"] {
            #expect(await desk.call(.get, path).status == 200)
            let theirs = await desk.call(.get, path, key: Desk.teashopKey)
            #expect(theirs.status == 404)
            #expect(!theirs.text.contains("bookshop"))
        }
        #expect(await desk.call(.post, "/v1/payments/\(payment)/sync", key: Desk.teashopKey).status == 404)
        #expect(desk.alipay.requests.isEmpty)
    }

    @Test func `calls without parameters refuse them`() async {
        let desk = Desk()
        let id = await desk.create().id
        let answer = await desk.call(.get, "/v1/payments/\(id)?expand=refunds")
        #expect(answer.status == 400)
        #expect(answer.errors == ["expand: unknown parameter expand; this call takes none"])
        #expect(await desk.call(.get, "/v1/events/evt_1?x=1").status == 400)
        #expect(await desk.call(.get, "/v1/deliveries/dlv_1?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/payments/\(id)/sync?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/payments/\(id)/cancel?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/payments/\(id)/shipments?x=1", body: #"{"carrier": "SF"}"#).status == 400)
        #expect(await desk.call(.post, "/v1/payments/\(id)/refunds?x=1").status == 400)
        #expect(await desk.call(.get, "/v1/refunds/re_1?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/webhooks/test?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/events/evt_1/redeliver?x=1").status == 400)
        #expect(await desk.call(.post, "/v1/deliveries/replay?x=1", body: "{}").status == 400)
    }
}
