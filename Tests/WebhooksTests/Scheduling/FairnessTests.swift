import Payments
import Testing
import Webhooks

/// What others' trouble does to healthy endpoints: 2,400 messages a second to them, answered within 50 to 100 ms, and 600 to
/// endpoints that go wrong at second 2; 2,000 slots. The waits are those between falling due and being sent, from that moment.
///
/// Seen with the horizon at 40 s (release build), p50/p99/p99.9/max in ms, and the most slots that were used:
///
///     300 dead, caps grown to 32          0/0/0/0        1,134
///     1 dead                              0/0/0/0          259
///     1,000 dead                          0/0/0/9,900    1,733
///     2,000 dead                          0/0/10,000/13,400  1,788
///     300 that hang every other time      0/0/0/0        1,103
///     300 that turn slow (2 s)            0/0/0/0        1,678
///     300 that flap every 7 s             0/0/0/0        1,131
///     300 that refuse connections         0/0/0/0          275
struct FairnessTests {
    private typealias Behaviour = DeliverySimulation.Behaviour

    private static let troubleMs: Int64 = 2_000
    private static let healthyCount = 1_200

    private func endpoints(
        _ count: Int, _ name: String, messagesPerSecond: Double, isMeasured: Bool,
        _ behaviour: @escaping @Sendable (Int64) -> DeliverySimulation.Behaviour
    ) -> [DeliverySimulation.Endpoint] {
        (0..<count).map { number in
            DeliverySimulation.Endpoint(
                key: EndpointKey(tenant: "\(name)\(number)", endpoint: "e\(number)"),
                messagesPerSecond: messagesPerSecond / Double(count), behaviour: behaviour, isMeasured: isMeasured)
        }
    }

    /// - Parameter share: of the traffic, of the endpoints and of the slots; the rules are the same.
    private func report(
        _ count: Int, seconds: Int64, warmUp: Int = 0, share: Double = 1,
        _ behaviour: @escaping @Sendable (Int64) -> DeliverySimulation.Behaviour
    ) -> DeliverySimulation.Report {
        let part = { (whole: Int) in Int(Double(whole) * share) }
        let others = endpoints(
            max(1, part(count)), "x", messagesPerSecond: 600 * share, isMeasured: false
        ) { nowMs in
            nowMs < FairnessTests.troubleMs ? .takes(50...100) : behaviour(nowMs)
        }
        let healthy = endpoints(
            part(FairnessTests.healthyCount), "h", messagesPerSecond: 2_400 * share, isMeasured: true
        ) { _ in
            .takes(50...100)
        }
        var simulation = DeliverySimulation(
            others + healthy, slots: part(2_000), measuredFromMs: FairnessTests.troubleMs)
        simulation.warmUp(others.indices, messages: warmUp, atOnce: 5)
        return simulation.run(untilMs: seconds * 1_000)
    }

    @Test func `three hundred endpoints that die at once with their caps grown delay nobody`() {
        // 60 messages give a cap of 12: more than they will ever need again.
        let report = report(300, seconds: 6, warmUp: 60) { _ in .hangs(15_000) }
        #expect(report.wait(0.99) < 100, "\(report)")
        #expect(report.waitsMs.count > 9_000)
        #expect(report.peak < 1_500)
    }

    @Test func `nor do they after their time limit, when they are tried again`() {
        let report = report(300, seconds: 50, share: 0.1) { _ in .hangs(15_000) }
        #expect(report.wait(0.99) < 100, "\(report)")
        // 1,440 tries without a breaker.
        #expect(report.otherSends - 120 < 400)
    }

    @Test func `nor does one that has a fifth of all messages`() {
        let report = report(1, seconds: 4) { _ in .hangs(15_000) }
        #expect(report.wait(0.999) < 100, "\(report)")
        #expect(report.peak < 350)
    }

    @Test func `nor do a thousand, with a request or two each`() {
        let report = report(1_000, seconds: 7) { _ in .hangs(15_000) }
        #expect(report.wait(0.99) < 100, "\(report)")
    }

    @Test(arguments: [
        ("hangs every other time", 12), ("takes two seconds", 12), ("refuses connections", 12), ("flaps", 40),
    ]) func `nor do three hundred that are wrong in another way`(way: String, seconds: Int) {
        let report = report(300, seconds: Int64(seconds), share: 0.1) { nowMs in
            switch way {
            case "hangs every other time": nowMs % 2 == 0 ? .hangs(15_000) : .takes(50...100)
            case "takes two seconds": .takes(1_900...2_100)
            case "refuses connections": .refuses
            default: nowMs / 7_000 % 2 == 1 ? .hangs(15_000) : .takes(50...100)
            }
        }
        #expect(report.wait(0.99) < 100, "\(report)")
    }

    @Test func `those that come back all at once get what they missed as fast as their caps grow`() {
        let report = report(300, seconds: 70, share: 0.1) { nowMs in
            nowMs < 20_000 ? .hangs(15_000) : .takes(50...100)
        }
        #expect(report.wait(0.99) < 100, "\(report)")
        #expect(report.backlog < 60)
        // Thirty endpoints missed some hundred messages each; one request at a time, then two, and so on.
        #expect((report.sendsPerSecond.values.max() ?? 0) < 30 * 40)
    }

    @Test func `answers that are slow now and then hold back nobody's others`() {
        let busy = endpoints(10, "b", messagesPerSecond: 500, isMeasured: true) { nowMs in
            nowMs * 7_919 % 100 < 3 ? .takes(1_000...3_000) : .takes(50...100)
        }
        var simulation = DeliverySimulation(busy, measuredFromMs: FairnessTests.troubleMs)
        let report = simulation.run(untilMs: 10_000)
        #expect(report.wait(0.99) < 100, "\(report)")
    }
}
