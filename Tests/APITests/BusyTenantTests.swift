import Diagnostics
import HTTP
import JSON
import Support
import Tenants
import Testing

/// As many calls of a tenant as may are waiting for Alipay.
struct BusyTenantTests {
    private static let callsMax = 32

    @Test func `what is not put to Alipay was not done, and its outcome is known`() async throws {
        let desk = Desk(tenants: [.everything(), .teashop])
        let paid = await desk.payment("ORDER-1", at: "TRADE_SUCCESS").id
        let held = await desk.payment("ORDER-2", at: "WAIT_SELLER_SEND_GOODS") { $0["settlement"] = "\"escrow\"" }.id
        let open = await desk.create("ORDER-3").id
        let others = await desk.create("ORDER-1", key: Desk.teashopKey).id
        let before = await desk.call(.get, "/v1/payments").text
        let waiting = (0..<Self.callsMax).map { _ in desk.begin(.post, "/v1/payments/\(open)/sync") }
        try await desk.waitForAlipay(Self.callsMax)
        let asked = desk.alipay.requests.count
        // Whatever is put to Alipay from now on is done.
        desk.alipay.always { _ in .success(TradeAnswer.done) }
        for (path, body) in [
            ("\(open)/cancel", "{}"), ("\(held)/shipments", #"{"carrier": "SF"}"#), ("\(open)/sync", "{}"),
            ("\(paid)/refunds", "{}"),
        ] {
            let answer = await desk.call(.post, "/v1/payments/\(path)", body: body)
            #expect(answer.status == 503, "\(path)")
            #expect(answer.code == "unavailable", "\(path)")
            #expect(answer.json["outcome"]?.text == "known", "\(path)")
            #expect(answer.json["retryable"] == .bool(true), "\(path)")
        }
        #expect(desk.alipay.requests.count == asked)
        #expect(await desk.call(.get, "/v1/payments").text == before)
        #expect(await desk.call(.get, "/v1/refunds").ids == [])
        // Another tenant has calls of its own.
        #expect(await desk.call(.post, "/v1/payments/\(others)/cancel", key: Desk.teashopKey).status == 200)

        for _ in waiting { desk.alipay.answer(.success(TradeAnswer.trade("ORDER-3", status: "WAIT_BUYER_PAY"))) }
        for reply in waiting { #expect(await reply.reading().status == 200) }
        #expect(await desk.call(.post, "/v1/payments/\(open)/cancel").status == 200)
        let shipment = await desk.call(.post, "/v1/payments/\(held)/shipments", body: #"{"carrier": "SF"}"#)
        #expect(shipment.status == 201)
    }
}
