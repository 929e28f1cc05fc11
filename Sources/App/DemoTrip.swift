import FoundationEssentials
import HTTP
import JSON
import Simulator

/// The steps of one payment, as people take them; each is printed, and checked.
struct DemoTrip {
    let demo: Demo
    let say: (String) -> Void

    static let subject = "三体 (1-3) + 100% & more"
    static let reference = "DEMO-1"
    static let amountMinor: Int64 = 12050
    static let refundMinor: Int64 = 2050

    /// - Returns: the webhook that the bookshop took.
    func run() throws -> SampleMerchant.Webhook {
        say(
            """
            One payment from start to end, on this machine; nothing leaves it.

              gateway   \(demo.service.publicURL)   PayRelay, with the tenant \(demo.tenantFile)
              Alipay    \(demo.alipay.url)   simulated
              bookshop  \(demo.shop.url)   the merchant's own backend
            """
        )
        let id = try create()
        let tradeNo = try openCheckout(id)
        let back = try pay(tradeNo)
        try showNotification(tradeNo)
        let webhook = try showWebhook()
        try comeBack(back)
        try show(id)
        try giveBack(id)
        say("\nDone: one payment and one refund, each told by Alipay, stored in one commit, and told to the bookshop.")
        return webhook
    }

    private func create() throws -> String {
        let body = """
            {"merchant_reference": "\(DemoTrip.reference)", "amount": \(DemoTrip.amountMinor), "currency": "CNY", \
            "subject": "\(DemoTrip.subject)", "channel": "web", "return_url": "\(demo.shop.thanksURL)", \
            "metadata": {"cart": "8812"}}
            """
        let response = try demo.send(.post, demo.service.publicURL + "/v1/payments", body: body, isMerchant: true)
        let payment = try demo.object(response, "POST /v1/payments", status: 201)
        guard let id = payment["id"]?.text else { throw Demo.Failure(description: "the payment has no id") }
        say(
            """

            1. The bookshop asks for a payment of ¥120.50
                 POST /v1/payments -> 201
                 \(id), \(payment["status"]?.text ?? ""), \(payment["subject"]?.text ?? "")
            """
        )
        return id
    }

    /// - Returns: Alipay's number of the trade.
    private func openCheckout(_ id: String) throws -> String {
        let response = try demo.send(.get, "\(demo.service.publicURL)/checkout/\(id)")
        guard response.status == 302, let url = response.headers["Location"] else {
            throw Demo.Failure(description: "the checkout answered \(response.status)")
        }
        let cashier = try demo.send(.get, url)
        let trade = demo.alipay.simulator.trade(partner: demo.account.partner, outTradeNo: DemoTrip.reference)
        guard cashier.status == 200, let trade else {
            throw Demo.Failure(
                description: "Alipay refused the request: \(String(decoding: cashier.body, as: UTF8.self))")
        }
        say(
            """

            2. The buyer opens the checkout
                 GET /checkout/{payment} -> 302 to Alipay, with a freshly signed request (MD5)
                 Alipay recomputes the signature: equal. Its trade \(trade.tradeNo) is WAIT_BUYER_PAY
            """
        )
        return trade.tradeNo
    }

    /// - Returns: where Alipay sends the buyer back to.
    private func pay(_ tradeNo: String) throws -> String {
        let response = try demo.send(.post, "\(demo.alipay.url)/cashier/\(tradeNo)/pay")
        guard let back = response.headers["Location"] else {
            throw Demo.Failure(description: "the cashier answered \(response.status)")
        }
        say(
            """

            3. The buyer pays
                 Alipay's trade is TRADE_SUCCESS
            """
        )
        return back
    }

    private func showNotification(_ tradeNo: String) throws {
        let simulator = demo.alipay.simulator
        let sent = try demo.wait(for: "the answer to the notification") {
            simulator.notifications(tradeNo: tradeNo).first { $0.state == .acknowledged }
        }
        let journal = try demo.object(
            try demo.send(.get, demo.service.publicURL + "/v1/notifications", isMerchant: true),
            "GET /v1/notifications", status: 200
        )
        guard case .array(let rows)? = journal["data"], let row = rows.first, row["notify_id"]?.text == sent.notifyID
        else {
            throw Demo.Failure(description: "the notification is not in the journal")
        }
        say(
            """

            4. Alipay notifies PayRelay
                 POST /notify/bookshop, signed, notify_id \(sent.notifyID)
                 verdict \(row["verdict"]?.text ?? ""): \(row["explanation"]?.text ?? "")
                 payment, journal and event go into one commit; only then the answer: success
            """
        )
    }

    private func showWebhook() throws -> SampleMerchant.Webhook {
        let merchant = demo.shop.merchant
        let webhook = try demo.wait(for: "the webhook") { merchant.received.first }
        let body = try JSONReader.read(webhook.body)
        let subject = body["data"]?["subject"]?.text ?? ""
        guard subject == DemoTrip.subject else {
            throw Demo.Failure(description: "the webhook's subject is \(subject)")
        }
        say(
            """

            5. PayRelay tells the bookshop
                 POST \(SampleMerchant.hookPath), webhook-id \(webhook.id)
                 \(body["type"]?.text ?? ""), sequence \(body["sequence"]?.int64 ?? 0), \(subject)
                 the bookshop verifies the signature (Standard Webhooks, v1): good
            """
        )
        return webhook
    }

    private func comeBack(_ url: String) throws {
        let response = try demo.send(.get, url)
        guard response.status == 303, let shop = response.headers["Location"] else {
            throw Demo.Failure(description: "the return answered \(response.status)")
        }
        let page = try demo.send(.get, shop)
        guard page.status == 200 else { throw Demo.Failure(description: "the shop's page answered \(page.status)") }
        let names = shop.drop { $0 != "?" }.dropFirst().split(separator: "&").compactMap {
            $0.split(separator: "=").first
        }
        say(
            """

            6. The buyer comes back
                 GET /return/bookshop -> 303 to the bookshop's page \(shop.prefix { $0 != "?" })
                 with \(names.joined(separator: ", "))
            """
        )
    }

    private func show(_ id: String) throws {
        let url = "\(demo.service.publicURL)/v1/payments/\(id)"
        let now = try demo.object(try demo.send(.get, url, isMerchant: true), "GET /v1/payments/{id}", status: 200)
        guard now["status"]?.text == "succeeded", now["amount_paid"]?.int64 == DemoTrip.amountMinor else {
            throw Demo.Failure(description: "the payment is \(now["status"]?.text ?? "gone"), not succeeded")
        }
        say(
            """

            7. The bookshop looks
                 GET /v1/payments/{id} -> succeeded, amount_paid \(DemoTrip.amountMinor) (fen)
            """
        )
    }

    private func giveBack(_ id: String) throws {
        let url = "\(demo.service.publicURL)/v1/payments/\(id)/refunds"
        let response = try demo.send(
            .post, url, body: "{\"amount\": \(DemoTrip.refundMinor), \"reason\": \"torn cover\"}", isMerchant: true)
        let refund = try demo.object(response, "POST /v1/payments/{id}/refunds", status: 201)
        let refundID = refund["id"]?.text ?? ""
        let merchant = demo.shop.merchant
        let webhook = try demo.wait(for: "the refund's webhook") {
            merchant.received.count > 1 ? merchant.received.first : nil
        }
        let body = try JSONReader.read(webhook.body)
        guard body["type"]?.text == "refund.succeeded", body["data"]?["id"]?.text == refundID else {
            throw Demo.Failure(description: "the second webhook is \(body["type"]?.text ?? "none")")
        }
        let payment = try demo.object(
            try demo.send(.get, "\(demo.service.publicURL)/v1/payments/\(id)", isMerchant: true),
            "GET /v1/payments/{id}", status: 200)
        guard payment["amount_refunded"]?.int64 == DemoTrip.refundMinor else {
            throw Demo.Failure(description: "the payment does not show its refund")
        }
        say(
            """

            8. The bookshop gives ¥20.50 back
                 POST /v1/payments/{id}/refunds -> 201, \(refundID), batch \(refund["provider"]?["batch_no"]?.text ?? "")
                 Alipay carries the batch out and notifies PayRelay; the bookshop gets \(body["type"]?.text ?? "")
            """
        )
    }
}
