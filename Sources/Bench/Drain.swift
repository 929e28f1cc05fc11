import JSON
import Payments
import Platform

/// `payrelay-bench drain`: all that is due is delivered, as fast as it goes.
enum Drain {
    private static let secondsMax = 240
    private static let lookMs = 2
    /// When memory is looked at, in percent of the deliveries.
    private static let percents = [10, 50, 90]

    static func run(_ options: Options) throws {
        let ports = try options.ports()
        let relay = try Relay(
            databasePath: try options.required("database"), sinks: Sinks(ports: ports), log: options.text("log"),
            samplePath: options.text("sample"))
        let total = try options.number("deliveries", in: 1...10_000_000)
        let began = (ns: monotonicNs, usage: try ProcessUsage.read())
        relay.start()
        let residentKB = try wait(for: total, relay, until: began.ns + UInt64(secondsMax) * 1_000_000_000)
        let ended = (ns: monotonicNs, usage: try ProcessUsage.read())
        let counts = relay.sender.counts
        relay.stop()

        let seconds = Double(ended.ns - began.ns) / 1e9
        var out = JSONWriter()
        out.beginObject()
        out.field("deliveries", total)
        out.field("ms", Int(seconds * 1000))
        out.field("rate", Int(Double(total) / seconds))
        out.field("cpu_ns", (ended.usage.cpuMs - began.usage.cpuMs) * 1_000_000 / total)
        out.field("in_flight_max", counts.inFlightMax)
        out.field("failed", counts.failed)
        out.field("resident_kb_before", began.usage.residentKB)
        for (percent, kb) in zip(percents, residentKB) { out.field("resident_kb_\(percent)", kb) }
        out.field("resident_kb_max", ended.usage.residentKBMax)
        out.endObject()
        StandardStream.out.write(out.bytes + [0x0A])
    }

    /// Returns once the last success is durable.
    ///
    /// - Returns: the most memory that was resident so far, at each of `percents`, in KB.
    private static func wait(for total: Int, _ relay: Relay, until deadlineNs: UInt64) throws -> [Int] {
        var residentKB: [Int] = []
        while true {
            let taken = relay.sender.counts.taken
            while residentKB.count < percents.count, taken * 100 >= total * percents[residentKB.count] {
                residentKB.append(try ProcessUsage.read().residentKBMax)
            }
            if taken >= total, relay.deliveredCount >= total { return residentKB }
            guard monotonicNs < deadlineNs else {
                throw Failure(description: "only \(taken) of \(total) were delivered in \(secondsMax) s")
            }
            pause(ms: lookMs)
        }
    }
}
