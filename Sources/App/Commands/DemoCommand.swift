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
        let arguments = try Arguments(
            words, options: ["port", "tenant-file", "webhook-out"], flags: ["stay", "verbose"])
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

            Still running; Ctrl-C ends it. Create another payment, open its next_action.url in a browser, and pay:

              curl -sS \(demo.service.publicURL)/v1/payments \\
                -H 'Authorization: Bearer \(Demo.apiKey)' -H 'Content-Type: application/json' \\
                -d '{"merchant_reference": "ORDER-1001", "amount": 12050, "currency": "CNY", "subject": "三体 (1-3)", "channel": "web"}'

            Its webhooks, as the bookshop received them:  curl -sS \(demo.shop.hookURL)
            The gateway's metrics:                        curl -sS http://127.0.0.1:\(demo.service.adminPort)/metrics
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
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(out.bytes), attributes: [.posixPermissions: 0o600])
        else {
            throw Demo.Failure(description: "cannot write \(path)")
        }
    }
}
