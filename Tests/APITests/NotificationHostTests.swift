import Diagnostics
import HTTP
import JSON
import Support
import Testing

/// To which host a notification was sent proves nothing, this machine's own names included: its signature counts.
struct NotificationHostTests {
    private static func message(key: Secret) -> HandMadeNotification {
        HandMadeNotification(
            reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS",
            partner: "2088101122136241", sellerEmail: "sales@bookshop.example", key: key)
    }

    /// From this machine, as all requests of these tests come.
    private static func post(_ desk: Desk, _ message: HandMadeNotification, _ host: String?) async -> Reading {
        let headers = host.map { [("Host", $0)] } ?? []
        return await desk.call(.post, "/notify/bookshop", key: nil, headers: headers, body: message.body)
    }

    @Test(arguments: [
        "localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8081", "[::1]", "pay.example", "mapi.alipay.com", "",
        nil,
    ])
    func `a forged notification has a bad signature whatever its Host is, and a genuine one is taken`(
        host: String?
    ) async {
        let desk = Desk()
        let id = await desk.create().id
        // Even if Alipay knew its notify_id.
        let confirmed = OutboundResponse(status: 200, body: Array("true".utf8), verifiedTLS: true)
        desk.alipayAnswers(["notify_verify": confirmed])
        var unsigned = NotificationHostTests.message(key: TradeAnswer.key)
        unsigned.sign = "00000000000000000000000000000000"
        let othersKey = NotificationHostTests.message(key: Secret("zyxwvutsrqponmlkjihgfedcba987654"))
        for forged in [unsigned, othersKey] {
            let answer = await NotificationHostTests.post(desk, forged, host)
            #expect(answer.status == 200)
            #expect(answer.text == "fail")
        }
        let rows = await desk.call(.get, "/v1/notifications").elements("data")
        #expect(rows.map { $0["verdict"]?.text } == ["bad_signature", "bad_signature"])
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "requires_action")
        #expect(await desk.call(.get, "/v1/events").ids == [])
        let genuine = NotificationHostTests.message(key: TradeAnswer.key)
        #expect(await NotificationHostTests.post(desk, genuine, host).text == "success")
        #expect(await desk.call(.get, "/v1/payments/\(id)").json["status"]?.text == "succeeded")
    }
}
