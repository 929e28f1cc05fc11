import Foundation
import JSON
import SQLite
import Support
import Testing

/// `kill -9` at random moments, while webhooks are on their way to a receiver that is late, fails and closes connections.
/// `PAYRELAY_KILLS=200` kills more often.
@Suite(.timeLimit(.minutes(10)), .serialized) struct WebhookKillTests {
    static let kills = ProcessInfo.processInfo.environment["PAYRELAY_KILLS"].flatMap(Int.init) ?? 15
    static let comeMax = 150

    @Test func `kill -9 loses no webhook, changes none, and keeps each payment's order`() async throws {
        let storm = try WebhookStorm()
        defer { storm.stop() }
        try await storm.seed(payments: 30 * WebhookKillTests.kills)
        var random = SeededGenerator(seed: 20_260_103)
        for number in 0..<WebhookKillTests.kills {
            let gateway = try storm.world.startProcess()
            if number % 2 == 1 {
                await storm.receiver.come(Int.random(in: 1...WebhookKillTests.comeMax, using: &random))
                try storm.receiver.hangUp()
            }
            async let buyers: Void = storm.buy()
            await storm.receiver.come(Int.random(in: 1...WebhookKillTests.comeMax, using: &random))
            gateway.kill()
            await buyers
        }
        try storm.receiver.calmDown()
        let gateway = try storm.world.startProcess()
        try await storm.untilAllIsTaken()
        #expect(gateway.terminate() == 0)
        // Its count of the deliveries is that of a process that found them ended.
        let last = try storm.world.startProcess()
        let metrics = try await storm.metrics()
        #expect(metrics.contains("payrelay_deliveries_conservation_gap 0"))
        for status in ["pending", "held"] {
            #expect(metrics.contains("payrelay_deliveries_waiting{status=\"\(status)\"} 0"))
        }
        #expect(last.terminate() == 0)
        try checkArrivals(storm)
        try checkFile("\(storm.world.folder)/payrelay.db")
    }

    /// What came, against the log of events.
    private func checkArrivals(_ storm: WebhookStorm) throws {
        let file = try Connection(path: "\(storm.world.folder)/payrelay.db", mode: .readOnly)
        let events = try file.prepare("SELECT id, payment, sequence, body FROM events").all {
            (id: try $0.text(0), payment: try $0.text(1), sequence: try $0.int64(2), body: try $0.bytes(3))
        }
        let logged = Dictionary(uniqueKeysWithValues: events.map { ($0.id, $0) })
        for endpoint in WebhookStorm.endpoints {
            var log = ArrivalLog()
            for entry in storm.receiver.entries {
                switch entry {
                case .came(endpoint, let id, let body):
                    let event = try #require(logged[id], "\(id) came and is not in the log")
                    #expect(body == event.body, "\(id) changed")
                    let isFirst = log.came.insert(id).inserted
                    guard isFirst, endpoint == WebhookStorm.ordered else { continue }
                    #expect(
                        log.takenSequence[event.payment, default: 0] == event.sequence - 1,
                        "\(id) came before the event before it was taken")
                case .taken(endpoint, let id):
                    let event = try #require(logged[id])
                    log.repeats += log.taken.insert(id).inserted ? 0 : 1
                    log.takenSequence[event.payment] = max(log.takenSequence[event.payment, default: 0], event.sequence)
                case .came, .taken: break
                }
            }
            #expect(log.taken == Set(logged.keys), "\(endpoint) did not get everything")
            // Otherwise no kill hit anything that matters.
            #expect(log.repeats > 0)
        }
        #expect(storm.receiver.refusedCount == 0)
    }

    private struct ArrivalLog {
        var came: Set<String> = []
        var taken: Set<String> = []
        var takenSequence: [String: Int64] = [:]
        /// How often something came that had been taken.
        var repeats = 0
    }

    private func checkFile(_ path: String) throws {
        let file = try Connection(path: path, mode: .readOnly)
        #expect(try file.prepare("PRAGMA integrity_check").all { try $0.text(0) } == ["ok"])
        #expect(try file.prepare("PRAGMA foreign_key_check").all { try $0.text(0) } == [])
        let events = try count("events", file)
        #expect(try count("deliveries", file) == events * WebhookStorm.endpoints.count)
        #expect(try count("deliveries WHERE status <> 'delivered'", file) == 0)
        // Each delivery's attempts count from 1 without a gap; the last one took it, and no other.
        #expect(
            try count(
                """
                deliveries d LEFT JOIN (
                    SELECT delivery, count(*) AS n, min(number) AS first, max(number) AS last,
                        sum(outcome = 'taken') AS taken, max(iif(outcome = 'taken', number, 0)) AS taken_by
                    FROM attempts GROUP BY delivery) a ON a.delivery = d.seq
                WHERE a.n IS NOT d.attempt_count OR a.first IS NOT 1 OR a.last IS NOT a.n
                    OR a.taken IS NOT 1 OR a.taken_by IS NOT a.last
                """, file) == 0)
    }

    private func count(_ rows: String, _ file: Connection) throws -> Int {
        try #require(try file.prepare("SELECT count(*) FROM \(rows)").first { Int(try $0.int64(0)) })
    }
}
