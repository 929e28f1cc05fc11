import App
import Diagnostics
import Foundation
import HTTP
import JSON
import SQLite
import Simulator
import Support
import Testing

/// What an operator's signals do to `payrelay serve`, with a real process.
@Suite(.timeLimit(.minutes(3)), .serialized) struct SignalTests {
    @Test func `SIGHUP has the tenants' files read again, and the log says what came of it`() async throws {
        let world = try World()
        defer { world.stop() }
        let url = try world.putPorts()
        let gateway = try world.startProcess()
        let readable = #""failure":"none""#
        try await hangUp(gateway, world, url) { $0.contains(readable) }
        let (folder, elsewhere) = ("\(world.folder)/tenants", "\(world.folder)/elsewhere")
        try FileManager.default.moveItem(atPath: folder, toPath: elsewhere)
        try await hangUp(gateway, world, url) { !$0.contains(readable) }
        try FileManager.default.moveItem(atPath: elsewhere, toPath: folder)
        try await hangUp(gateway, world, url) { $0.contains(readable) }
        #expect(gateway.terminate() == 0)
    }

    /// Sends SIGHUP until the newest line about it is such a one; before all is started it is not heard.
    private func hangUp(
        _ gateway: GatewayProcess, _ world: World, _ url: String, until isTold: (String) -> Bool
    ) async throws {
        try await world.until(nil, "a reload") {
            gateway.send(SIGHUP)
            // It goes on serving.
            _ = try await world.send(.get, "\(url)/v1/payments")
            return gateway.log.last { $0.contains(#""tenants' files were read again""#) }.map(isTold) ?? false
        }
    }

    @Test func `SIGINT ends it in order, with status 0`() async throws {
        let world = try World()
        defer { world.stop() }
        try world.putPorts()
        let gateway = try world.startProcess()
        gateway.send(SIGINT)
        #expect(gateway.waitForEnd() == 0)
        #expect(gateway.log.contains { $0.contains(#""stopped""#) })
    }

    // MARK: - With something under way

    @Test func `SIGTERM lets what is under way come to its end, and then ends the process`() async throws {
        let busy = try await BusyGateway([(id: "shop", lines: [])], .answerKept)
        defer { busy.stop() }
        async let synced = busy.sync()
        try await busy.untilAlipayIsAsked()
        busy.process.send(SIGTERM)
        try await busy.untilItStops()
        busy.line.release()
        let (status, payment) = try await synced
        #expect(status == 200 && payment["id"]?.text == busy.unpaid)
        busy.receivers[0].release()
        #expect(busy.process.waitForEnd() == 0)
        #expect(busy.process.log.contains { $0.contains(#""stopped""#) })
        #expect(try busy.deliveries() == ["shop delivered 1"])
        let next = try busy.world.startProcess()
        #expect(try await busy.status(busy.paid) == "succeeded")
        #expect(try await busy.status(busy.unpaid) == "requires_action")
        #expect(next.terminate() == 0)
        #expect(busy.receivers[0].connectionCount == 1)
    }

    @Test func `what hangs holds SIGTERM up for less than 35 s, and the next process does the rest`() async throws {
        let tries = ["schedule: [0s, 1s]", "jitter: 0%"]
        // The one's 15 s are over before those of a stop are, the other's are not.
        let busy = try await BusyGateway(
            [(id: "usual", lines: tries), (id: "patient", lines: tries + ["timeout: 30s"])], .callKept)
        defer { busy.stop() }
        async let synced = try? await busy.sync()
        try await busy.untilAlipayIsAsked()
        let start = ContinuousClock.now
        busy.process.send(SIGTERM)
        // Alipay has 10 s, and so has the request: it is answered, or its connection is closed.
        if let (status, problem) = await synced {
            #expect(status == 504 && problem["outcome"]?.text == "unknown", "\(problem)")
        }
        #expect(busy.process.waitForEnd() == 0)
        let passed = ContinuousClock.now - start
        #expect(passed < .seconds(35))
        // A try that was cut off counts for nothing.
        #expect(try busy.deliveries() == ["patient pending 0", "usual pending 1"])
        let next = try busy.world.startProcess()
        #expect(try await busy.status(busy.paid) == "succeeded")
        #expect(try await busy.status(busy.unpaid) == "requires_action")
        try await busy.world.until(nil, "both webhooks") {
            try busy.deliveries() == ["patient delivered 1", "usual delivered 2"]
        }
        #expect(next.terminate() == 0)
        try busy.world.expectConservation()
    }

    @Test func `a second SIGTERM ends it at once, with status 1, and what was stored is there`() async throws {
        let busy = try await BusyGateway([(id: "shop", lines: [])], .callKept)
        defer { busy.stop() }
        async let synced = try? await busy.sync().status
        try await busy.untilAlipayIsAsked()
        busy.process.send(SIGTERM)
        try await busy.untilItStops()
        busy.process.send(SIGTERM)
        #expect(busy.process.waitForEnd() == 1)
        #expect(!busy.process.log.contains { $0.contains(#""stopped""#) })
        let answer = await synced
        #expect(answer == nil)
        let next = try busy.world.startProcess()
        #expect(try await busy.status(busy.paid) == "succeeded")
        #expect(try await busy.status(busy.unpaid) == "requires_action")
        #expect(next.terminate() == 0)
    }
}

/// A process whose webhooks of a paid payment are at their receivers, none of them answered, and another payment about
/// which Alipay does not answer.
private final class BusyGateway: Sendable {
    let world: World
    let process: GatewayProcess
    let line: Line
    let receivers: [HangingReceiver]
    let paid: String
    let unpaid: String
    private let url: String

    /// - Parameters:
    ///   - endpoints: those of the tenant, a receiver for each.
    ///   - trouble: what becomes of the next trade query.
    init(_ endpoints: [(id: String, lines: [String])], _ trouble: Line.Trouble) async throws {
        let (line, receivers) = (Line(clock: SystemClock()), endpoints.map { _ in HangingReceiver() })
        let section = World.endpoints(
            zip(endpoints, receivers).map { (id: $0.id, url: $1.url, lines: $0.lines) })
        var options = World.Options(webhookSection: section)
        options.gatewayURL = try line.start()
        let world = try World(options)
        line.connect(to: world.alipay.simulator)
        let url = try world.putPorts()
        process = try world.startProcess()
        let (paid, trade) = try await world.openAt(url, "PAID")
        _ = try world.alipay.simulator.move(trade, .pay)
        try await world.until(nil, "the webhooks") { receivers.allSatisfy { $0.hasCome } }
        self.paid = paid
        unpaid = try await world.openAt(url, "UNPAID").id
        line.trouble("single_trade_query", trouble)
        (self.world, self.line, self.receivers, self.url) = (world, line, receivers, url)
    }

    func stop() {
        for receiver in receivers { receiver.release() }
        line.stop()
        world.stop()
    }

    /// Has Alipay asked about the payment that is not paid.
    func sync() async throws -> (status: Int, json: JSONValue) {
        try await world.call(.post, at: "\(url)/v1/payments/\(unpaid)/sync")
    }

    func untilAlipayIsAsked() async throws {
        try await world.until(nil, "the call of Alipay") { line.waiting == 1 }
    }

    /// Returns when it has begun to stop.
    func untilItStops() async throws {
        try await world.until(nil, "the stop") { process.log.contains { $0.contains(#""stopping""#) } }
    }

    func status(_ payment: String) async throws -> String? {
        try await world.call(.get, at: "\(url)/v1/payments/\(payment)").json["status"]?.text
    }

    /// Each endpoint's delivery, as the file has it: `shop delivered 1`, the tries at the end.
    func deliveries() throws -> [String] {
        try Connection(path: world.databasePath, mode: .readOnly, busyTimeoutMs: 1000)
            .prepare("SELECT endpoint || ' ' || status || ' ' || attempt_count FROM deliveries ORDER BY endpoint")
            .all { try $0.text(0) }
    }
}

extension World {
    /// Creates a payment at that URL and lets its buyer reach the cashier.
    fileprivate func openAt(_ url: String, _ reference: String) async throws -> (id: String, trade: String) {
        let body = #"{"merchant_reference": "\#(reference)", "amount": 12050, "subject": "三体", "channel": "web"}"#
        let (status, payment) = try await call(.post, at: "\(url)/v1/payments", body: body)
        #expect(status == 201, "\(payment)")
        return (try #require(payment["id"]?.text), try await openCashier(payment))
    }
}
