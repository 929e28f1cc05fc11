import Diagnostics
import JSON
import Payments
import Platform
import Synchronization

/// `payrelay-bench live`: new events at a steady rate, for one merchant after the other, delivered as they come.
final class Live: Sendable {
    /// One order on its way: when the store was asked to keep it, and when it was kept.
    private struct Stamp {
        let askedNs: UInt64
        let committedNs: UInt64
        let port: UInt16
        let event: String
    }

    private static let tickMs = 1
    /// What came last has this long to arrive.
    private static let graceMs = 1000

    private let ports: [UInt16]
    private let sinks: Sinks
    private let relay: Relay
    private let identifiers = IdentifierSource()
    private let stamps = Mutex<[Stamp]>([])
    private let refusedCount = Atomic<Int>(0)

    private init(_ options: Options) throws {
        ports = try options.ports()
        sinks = Sinks(ports: ports, timeoutMs: try options.number("timeout-ms", in: 1...30_000, default: 15_000))
        relay = try Relay(
            databasePath: try options.required("database"), sinks: sinks, log: options.text("log"),
            samplePath: options.text("sample"))
    }

    static func run(_ options: Options) throws {
        let rate = try options.number("rate", in: 1...100_000)
        let total = rate * (try options.number("seconds", in: 1...300))
        let stampsPath = try options.required("stamps")
        let live = try Live(options)
        live.relay.start()
        let began = (ns: monotonicNs, usage: try ProcessUsage.read())
        try live.make(total, rate: rate)
        pause(ms: graceMs)
        let ended = (ns: monotonicNs, usage: try ProcessUsage.read())
        let (counts, delivered) = (live.relay.sender.counts, live.relay.deliveredCount)
        live.relay.stop()
        try live.writeStamps(to: stampsPath)

        var out = JSONWriter()
        out.beginObject()
        out.field("made", total)
        out.field("refused", live.refusedCount.load(ordering: .relaxed))
        out.field("delivered", delivered)
        out.field("failed", counts.failed)
        out.field("in_flight_max", counts.inFlightMax)
        out.field("cpu_ns", (ended.usage.cpuMs - began.usage.cpuMs) * 1_000_000 / total)
        out.field("began_ns", Int64(began.ns))
        out.field("ended_ns", Int64(ended.ns))
        out.endObject()
        StandardStream.out.write(out.bytes + [0x0A])
    }

    private func make(_ total: Int, rate: Int) throws {
        let clock = SystemClock()
        let beganNs = monotonicNs
        var made = 0
        while made < total {
            let due = min(Int(Double(monotonicNs - beganNs) / 1e9 * Double(rate)), total)
            while made < due {
                let merchant = made % ports.count
                let order = try Seed.order(made, of: merchant, sinks, identifiers, nowMs: clock.nowMs)
                keep(order, port: ports[merchant])
                made += 1
            }
            pause(ms: Live.tickMs)
        }
    }

    private func keep(_ order: PaidOrder, port: UInt16) {
        let askedNs = monotonicNs
        relay.keep(order) { [self] result in
            guard case .success = result else {
                refusedCount.add(1, ordering: .relaxed)
                return
            }
            let stamp = Stamp(askedNs: askedNs, committedNs: monotonicNs, port: port, event: order.event.id)
            stamps.withLock { $0.append(stamp) }
        }
    }

    /// A line for each order: both times in nanoseconds, the port, the event's id.
    private func writeStamps(to path: String) throws {
        let lines = stamps.withLock { $0 }.map { "\($0.askedNs) \($0.committedNs) \($0.port) \($0.event)\n" }
        try NewFile.write(Array(lines.joined().utf8), to: path, mode: 0o600)
    }
}
