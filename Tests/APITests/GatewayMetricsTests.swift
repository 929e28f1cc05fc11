import Diagnostics
import HTTP
import JSON
import Support
import Tenants
import Testing

/// What is counted of events and refunds, after what changes them.
struct GatewayMetricsTests {
    @Test func `each event is counted once, by its tenant and its type`() async {
        let desk = Desk()
        #expect(desk.metric("payrelay_events_total") == [])
        let paid = await desk.payment("ORDER-1", at: "TRADE_SUCCESS").id
        let canceled = [
            ("ORDER-2", Desk.bookshopKey), ("ORDER-3", Desk.bookshopKey), ("ORDER-1", Desk.teashopKey),
        ]
        for (reference, key) in canceled {
            let id = await desk.create(reference, key: key).id
            desk.alipayAnswers(["close_trade": TradeAnswer.done])
            // Once more changes nothing.
            for _ in 1...2 { #expect(await desk.call(.post, "/v1/payments/\(id)/cancel", key: key).status == 200) }
        }
        desk.alipayAnswers(["single_trade_query": TradeAnswer.trade("ORDER-1", status: "TRADE_SUCCESS")])
        #expect(await desk.call(.post, "/v1/payments/\(paid)/sync").status == 200)
        #expect(
            desk.metric("payrelay_events_total") == [
                #"payrelay_events_total{tenant="bookshop",type="payment.canceled"} 2"#,
                #"payrelay_events_total{tenant="bookshop",type="payment.succeeded"} 1"#,
                #"payrelay_events_total{tenant="teashop",type="payment.canceled"} 1"#,
            ])
        #expect(await desk.call(.get, "/v1/events").ids.count == 3)
    }

    @Test func `a refund is counted when it is made, and by what became of it`() async {
        let desk = Desk(tenants: [.everything(), .teashop])
        let fastpay = "refund_fastpay_by_platform_nopwd"
        func refund(_ id: String, _ body: String = "") async -> Reading {
            await desk.call(.post, "/v1/payments/\(id)/refunds", body: body)
        }
        #expect(desk.metric("payrelay_refunds_total") == [])
        desk.alipayAnswers([
            "alipay.acquire.createandpay": TradeAnswer.charged("ORDER-1"),
            "alipay.acquire.refund": TradeAnswer.acquire("ORDER-1", "SUCCESS"),
        ])
        let charged = await desk.create {
            $0["channel"] = "\"barcode\""
            $0["buyer"] = #"{"auth_code": "28"}"#
        }.id
        #expect(await refund(charged, #"{"amount": 2050}"#).json["status"]?.text == "succeeded")
        let paid = await desk.payment("ORDER-2", at: "TRADE_SUCCESS").id
        desk.alipayAnswers([fastpay: TradeAnswer.error("SELLER_NOT_SIGN_PROTOCOL")])
        #expect(await refund(paid).json["status"]?.text == "failed")
        desk.alipayAnswers([fastpay: TradeAnswer.done])
        #expect(await refund(paid).json["status"]?.text == "pending")
        // What was not made is not counted.
        #expect(await refund(paid).status == 409)
        #expect(await refund(charged, #"{"amount": 10001}"#).status == 409)
        #expect(await refund(charged, #"{"amount": 0}"#).status == 400)
        #expect(
            desk.metric("payrelay_refunds_total") == [
                #"payrelay_refunds_total{tenant="bookshop",status="created"} 3"#,
                #"payrelay_refunds_total{tenant="bookshop",status="failed"} 1"#,
                #"payrelay_refunds_total{tenant="bookshop",status="succeeded"} 1"#,
            ])
        #expect(
            desk.metric("payrelay_events_total") == [
                #"payrelay_events_total{tenant="bookshop",type="payment.succeeded"} 2"#,
                #"payrelay_events_total{tenant="bookshop",type="refund.failed"} 1"#,
                #"payrelay_events_total{tenant="bookshop",type="refund.succeeded"} 1"#,
            ])
    }
}
