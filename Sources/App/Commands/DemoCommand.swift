import Diagnostics
import Dispatch
import FoundationEssentials
import HTTP
import JSON
import Platform
import Simulator

/// `payrelay demo`: a payment travels from `curl` to a signed webhook, each step printed.
enum DemoCommand {
    static let command = CommandRunner.Command(
        name: "demo", summary: "the whole trip on this machine with a simulated Alipay, each step printed",
        usage: """
            payrelay demo [--stay] [--port N] [--tenant-file FILE] [--webhook-out FILE] [--verbose]

              --stay               go on running afterwards, for curl and a browser (SIGINT ends it)
              --port N             the gateway's port (8080 with --stay, else a free one)
              --tenant-file FILE   the example tenant to run (tenants/bookshop.yaml)
              --webhook-out FILE   write the received webhook there as JSON: secret, headers, body
              --verbose            show the gateway's log
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["port", "tenant-file", "webhook-out"], flags: ["stay", "verbose"])
        let stays = arguments.flags.contains("stay")
        let port = try arguments.number("port", in: 0...65_535) ?? (stays ? 8080 : 0)
        ServeCommand.prepareProcess()
        let logger = arguments.flags.contains("verbose") ? SimulateCommand.streamLogger(.info) : Logger.none
        let demo = try Demo(
            tenantFile: arguments.value("tenant-file") ?? "tenants/bookshop.yaml", port: port, logger: logger
        )
        defer { demo.stop() }
        let trip = DemoTrip(demo: demo, say: console.out)
        let webhook = try trip.run()
        if let path = arguments.value("webhook-out") { try write(webhook, demo, to: path) }
        if stays { stay(demo, console) }
        return CommandRunner.fine
    }

    private static func stay(_ demo: Demo, _ console: CommandRunner.Console) {
        console.out(
            """

            Still running; Ctrl-C ends it. Create another payment, then open its next_action.url in a browser:

              curl -sS \(demo.service.publicURL)/v1/payments \\
                -H 'Authorization: Bearer \(Demo.apiKey)' -H 'Content-Type: application/json' \\
                -d '{"merchant_reference": "ORDER-1001", "amount": 12050, "currency": "CNY", "subject": "三体 (1-3)", "channel": "web"}'

            What the bookshop's backend received: \(demo.shop.hookURL)
            Metrics: http://127.0.0.1:\(demo.service.adminPort)/metrics
            """
        )
        let asked = DispatchSemaphore(value: 0)
        let watch = SignalWatch([.terminate, .interrupt]) { _ in asked.signal() }
        asked.wait()
        withExtendedLifetime(watch) {}
    }

    /// For a check with somebody else's library.
    private static func write(_ webhook: SampleMerchant.Webhook, _ demo: Demo, to path: String) throws {
        var out = JSONWriter()
        out.beginObject()
        out.field("secret", demo.webhookSecret)
        out.name("headers")
        out.beginObject()
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] { out.field(name, webhook.headers[name]) }
        out.endObject()
        out.field("body", String(decoding: webhook.body, as: UTF8.self))
        out.endObject()
        guard FileManager.default.createFile(atPath: path, contents: Data(out.bytes), attributes: [.posixPermissions: 0o600]) else {
            throw Demo.Failure(description: "cannot write \(path)")
        }
    }
}

/// The steps, as people take them.
struct DemoTrip {
    let demo: Demo
    let say: (String) -> Void

    static let subject = "三体 (1-3) + 100% & more"

    /// - Returns: the webhook that the bookshop took.
    func run() throws -> SampleMerchant.Webhook {
        say("PayRelay demo: a bookshop, a buyer and a simulated Alipay, all on this machine\n")
        say("  gateway   \(demo.service.publicURL)")
        say("  Alipay    \(demo.alipay.url)   (simulated)")
        say("  bookshop  \(demo.shop.url)   (the merchant's backend)")
        let payment = try create()
        let tradeNo = try openCheckout(payment)
        let back = try pay(tradeNo)
        try showNotification(tradeNo, payment)
        let webhook = try showWebhook()
        try comeBack(back)
        try show(payment)
        say("\nDone: one payment, one notification, one commit, one webhook.")
        return webhook
    }

    private func create() throws -> JSONValue {
        let body = """
            {"merchant_reference": "DEMO-1", "amount": 12050, "currency": "CNY", "subject": "\(DemoTrip.subject)", \
            "channel": "web", "return_url": "\(demo.shop.thanksURL)", "metadata": {"cart": "8812"}}
            """
        let response = try demo.send(.post, demo.service.publicURL + "/v1/payments", body: body, isMerchant: true)
        let payment = try demo.object(response, "POST /v1/payments", status: 201)
        say("\n1. The bookshop creates a payment: POST /v1/payments -> 201")
        say("   \(payment["id"]?.text ?? "") \(payment["status"]?.text ?? ""), ¥120.50, \(DemoTrip.subject)")
        return payment
    }

    private func openCheckout(_ payment: JSONValue) throws -> String {
        let checkout = payment["next_action"]?["url"]?.text ?? ""
        let response = try demo.send(.get, checkout)
        guard response.status == 302, let url = response.headers["Location"] else {
            throw Demo.Failure(description: "the checkout answered \(response.status)")
        }
        say("\n2. The buyer opens the checkout: GET /checkout/{payment} -> 302 to Alipay, freshly signed (MD5)")
        let cashier = try demo.send(.get, url)
        guard cashier.status == 200, let trade = demo.alipay.simulator.trade(partner: demo.account.partner, outTradeNo: "DEMO-1")
        else { throw Demo.Failure(description: "Alipay refused the request: \(String(decoding: cashier.body, as: UTF8.self))") }
        say("   Alipay recomputed the signature: equal. Trade \(trade.tradeNo), WAIT_BUYER_PAY")
        return trade.tradeNo
    }

    private func pay(_ tradeNo: String) throws -> String {
        let response = try demo.send(.post, "\(demo.alipay.url)/cashier/\(tradeNo)/pay")
        guard let back = response.headers["Location"] else { throw Demo.Failure(description: "the cashier answered \(response.status)") }
        say("\n3. The buyer pays at Alipay: TRADE_SUCCESS")
        return back
    }

    private func showNotification(_ tradeNo: String, _ payment: JSONValue) throws {
        let simulator = demo.alipay.simulator
        let sent = try demo.wait(for: "the answer to the notification") {
            simulator.notifications(tradeNo: tradeNo).first { $0.state == .acknowledged }
        }
        say("\n4. Alipay posts a signed notification to /notify/bookshop (notify_id \(sent.notifyID))")
        let journal = try demo.object(
            try demo.send(.get, demo.service.publicURL + "/v1/notifications", isMerchant: true), "GET /v1/notifications", status: 200
        )
        if case .array(let rows)? = journal["data"], let row = rows.first {
            say("   verdict \(row["verdict"]?.text ?? ""): \(row["explanation"]?.text ?? "")")
        }
        say("   committed in one transaction, then answered: success")
    }

    private func showWebhook() throws -> SampleMerchant.Webhook {
        let merchant = demo.shop.merchant
        let webhook = try demo.wait(for: "the webhook") { merchant.received.first }
        let body = try JSONReader.read(webhook.body)
        say("\n5. The bookshop's backend receives a webhook and verifies its signature (Standard Webhooks, v1)")
        say("   \(body["type"]?.text ?? "") sequence \(body["sequence"]?.int64 ?? 0), webhook-id \(webhook.id)")
        say("   subject \(body["data"]?["subject"]?.text ?? "")")
        return webhook
    }

    private func comeBack(_ url: String) throws {
        let response = try demo.send(.get, url)
        guard response.status == 303, let shop = response.headers["Location"] else {
            throw Demo.Failure(description: "the return answered \(response.status)")
        }
        let page = try demo.send(.get, shop)
        say("\n6. The buyer comes back: GET /return/bookshop -> 303 to the shop's page -> \(page.status)")
        say("   \(shop)")
    }

    private func show(_ payment: JSONValue) throws {
        let url = "\(demo.service.publicURL)/v1/payments/\(payment["id"]?.text ?? "")"
        let now = try demo.object(try demo.send(.get, url, isMerchant: true), "GET /v1/payments/{id}", status: 200)
        guard now["status"]?.text == "succeeded" else {
            throw Demo.Failure(description: "the payment is \(now["status"]?.text ?? "gone"), not succeeded")
        }
        say("\n7. GET /v1/payments/{id} -> succeeded, amount_paid \(now["amount_paid"]?.int64 ?? 0), refundable")
    }
}
