import App
import Diagnostics
import Foundation
import HTTP
import HTTPClient
import JSON
import Simulator
import Support
import Synchronization
import Testing

/// That what `payrelay.yaml` says reaches the part that it is meant for.
@Suite(.timeLimit(.minutes(2))) struct WiringTests {
    private static let dayMs: Int64 = 86_400_000

    @Test func `with tls the public listener speaks nothing else, and the admin listener does not`() async throws {
        let certificate = try Certificate()
        // The client reads it when it connects.
        defer { withExtendedLifetime(certificate) {} }
        var options = World.Options()
        options.service = ["tls: {certificate: file:tls.crt, key: file:tls.key}"]
        options.files = try ["tls.crt": certificate.text, "tls.key": certificate.keyText]
        try await World.run(options) { world, service in
            var settings = ClientSettings()
            settings.caFile = certificate.path
            let client = HTTPClient(settings: settings, logger: .none, metrics: Metrics(), name: "test")
            defer { client.shutdown(graceMs: 0) }
            let answer = try await client.send(
                OutboundRequest(
                    url: "https://localhost:\(service.publicPort)/v1/payments", policy: .trusted,
                    timeout: .seconds(60), bodyLimit: .refuse(bytesMax: 1 << 20))
            ).get()
            #expect(answer.status == 401 && answer.verifiedTLS)
            await #expect(throws: SendError.self) {
                try await world.send(.get, "http://127.0.0.1:\(service.publicPort)/v1/payments")
            }
            #expect(try await world.send(.get, "http://127.0.0.1:\(service.adminPort)/healthz").status == 200)
        }
    }

    @Test func `webhooks go through webhook_proxy, and what Alipay is asked does not`() async throws {
        let receiver = try Receiver(clock: SystemClock())
        defer { receiver.stop() }
        let heads = Mutex<[String]>([])
        let proxy = RawServer { [port = receiver.port] peer in
            guard let head = peer.request()?.head else { return }
            heads.withLock { $0.append(head) }
            _ = peer.tunnel(to: .loopback, port: port) {
                peer.write("HTTP/1.1 200 Connection established\r\n\r\n")
            }
        }
        defer { withExtendedLifetime(proxy) {} }
        var options = World.Options(webhookSection: World.endpoint(receiver.url()))
        options.service = ["webhook_proxy: \(proxy.url(""))"]
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await receiver.arrive(1).first?.reference == "ORDER-1")
            // Alipay was asked whether the message was its own.
            #expect(try await world.status(id, on: service) == "succeeded")
            let seen = heads.withLock { $0 }
            #expect(seen.count == 1)
            #expect(seen.first?.hasPrefix("CONNECT 127.0.0.1:\(receiver.port) ") == true, "\(seen)")
        }
    }

    @Test func `attempts are forgotten when the time that retention gives them is over`() async throws {
        let clock = ManualClock()
        var options = World.Options()
        options.service = ["retention: {attempts: 1d}"]
        try await World.run(options, clock: clock) { world, service in
            let (id, _) = try await world.pay("ORDER-1", on: service)
            _ = try await world.deliveries("status=delivered", are: 1, on: service, clock)
            let event = try await world.event("payment.succeeded", of: id, on: service, clock)
            #expect(try await world.delivery(of: event, on: service)["attempts"]?.elements.count == 1)
            let doneAtMs = clock.nowMs
            try await world.until(clock, "the end of the attempt") {
                clock.advance(byMs: 600_000)
                return try await world.delivery(of: event, on: service)["attempts"]?.elements.isEmpty == true
            }
            // What is said nowhere is 30 days. How long the store takes meanwhile is up to the machine.
            let days = (clock.nowMs - doneAtMs) / Self.dayMs
            #expect(days >= 1 && days < 15, "\(days)")
        }
    }

    /// A new self-signed certificate for localhost, made by openssl.
    private struct Certificate {
        private let scratch: ScratchFolder

        var path: String { scratch.path("certificate.pem") }
        var text: String { get throws { try scratch.text("certificate.pem") } }
        var keyText: String { get throws { try scratch.text("key.pem") } }

        init() throws {
            scratch = try ScratchFolder()
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                scratch.path("key.pem"), "-out", scratch.path("certificate.pem"),
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }
    }
}
