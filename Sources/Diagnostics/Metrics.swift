import Synchronization

/// Counters, gauges and histograms of the process, readable as Prometheus text (exposition format 0.0.4).
///
/// A family is declared once by the room that emits it; its series are made when first used. Label values come
/// from our own enums, tenant names and endpoint names, never from what a peer sent.
package final class Metrics: Sendable {
    fileprivate typealias Samples = [(suffix: String, labels: String, value: Double)]

    private struct Family {
        let kind: String
        let help: String
        /// By their labels, so that one more costs the same however many there are.
        var series: [String: @Sendable () -> Samples] = [:]
        /// Of what is counted elsewhere.
        var collect: (@Sendable () -> Samples)?
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    package func counter(_ name: String, help: String) -> CounterFamily {
        declare(name, kind: "counter", help: help)
        return CounterFamily(metrics: self, name: name)
    }

    package func gauge(_ name: String, help: String) -> GaugeFamily {
        declare(name, kind: "gauge", help: help)
        return GaugeFamily(metrics: self, name: name)
    }

    /// - Parameter buckets: upper bounds, ascending, in the unit that the name ends with.
    package func histogram(_ name: String, help: String, buckets: [Double]) -> HistogramFamily {
        declare(name, kind: "histogram", help: help)
        return HistogramFamily(metrics: self, name: name, buckets: buckets)
    }

    /// A gauge whose value is asked for when it is read; `read` must not block for long.
    package func observe(
        _ name: String, help: String, labels: [(String, String)] = [], read: @escaping @Sendable () -> Double
    ) {
        declare(name, kind: "gauge", help: help)
        add(name, Metrics.text(labels)) { [("", "", read())] }
    }

    package enum Kind: String, Sendable { case counter, gauge }

    /// A family whose series are asked for when it is read, for what is counted elsewhere; `read` must not block for long.
    package func collect(
        _ name: String, kind: Kind, help: String,
        read: @escaping @Sendable () -> [(labels: [(String, String)], value: Double)]
    ) {
        declare(name, kind: kind.rawValue, help: help)
        families.withLock { families in
            families[name]?.collect = { read().map { ("", Metrics.text($0.labels), $0.value) }.sorted { $0.1 < $1.1 } }
        }
    }

    package func prometheusText() -> String {
        let snapshot = families.withLock { $0 }
        var out = ""
        for (name, family) in snapshot.sorted(by: { $0.key < $1.key }) {
            out += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n"
            for (labels, read) in family.series.sorted(by: { $0.key < $1.key }) {
                for sample in read() { out += Metrics.line(name, labels, sample) }
            }
            for sample in family.collect?() ?? [] { out += Metrics.line(name, "", sample) }
        }
        return out
    }

    private static func line(_ name: String, _ labels: String, _ sample: Samples.Element) -> String {
        let labels = [labels, sample.labels].filter { !$0.isEmpty }.joined(separator: ",")
        return name + sample.suffix + (labels.isEmpty ? "" : "{\(labels)}") + " \(number(sample.value))\n"
    }

    private func declare(_ name: String, kind: String, help: String) {
        families.withLock { families in
            if families[name] == nil { families[name] = Family(kind: kind, help: help) }
        }
    }

    fileprivate func add(_ name: String, _ labels: String, read: @escaping @Sendable () -> Samples) {
        families.withLock { $0[name]?.series[labels] = read }
    }

    fileprivate static func text(_ labels: [(String, String)]) -> String {
        labels.map { "\($0.0)=\"\(escape($0.1))\"" }.joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    fileprivate static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

/// The counters of one name, one for each set of labels.
package struct CounterFamily: Sendable {
    fileprivate let metrics: Metrics
    fileprivate let name: String
    private let series = Series<Counter>()

    fileprivate init(metrics: Metrics, name: String) {
        self.metrics = metrics
        self.name = name
    }

    package func with(_ labels: [(String, String)]) -> Counter {
        series.get(labels) { text in
            let counter = Counter()
            metrics.add(name, text) { [("", "", Double(counter.value))] }
            return counter
        }
    }

    package func increment(by amount: Int = 1) { with([]).increment(by: amount) }
}

package final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    package func increment(by amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int { count.load(ordering: .relaxed) }
}

/// The gauges of one name, one for each set of labels.
package struct GaugeFamily: Sendable {
    fileprivate let metrics: Metrics
    fileprivate let name: String
    private let series = Series<Gauge>()

    fileprivate init(metrics: Metrics, name: String) {
        self.metrics = metrics
        self.name = name
    }

    package func with(_ labels: [(String, String)]) -> Gauge {
        series.get(labels) { text in
            let gauge = Gauge()
            metrics.add(name, text) { [("", "", Double(gauge.value))] }
            return gauge
        }
    }

    package func set(_ value: Int) { with([]).set(value) }
}

package final class Gauge: Sendable {
    private let level = Atomic<Int>(0)
    package func set(_ value: Int) { level.store(value, ordering: .relaxed) }
    package func add(_ amount: Int) { level.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int { level.load(ordering: .relaxed) }
}

/// The histograms of one name, one for each set of labels.
package struct HistogramFamily: Sendable {
    fileprivate let metrics: Metrics
    fileprivate let name: String
    fileprivate let buckets: [Double]
    private let series = Series<Histogram>()

    fileprivate init(metrics: Metrics, name: String, buckets: [Double]) {
        self.metrics = metrics
        self.name = name
        self.buckets = buckets
    }

    package func with(_ labels: [(String, String)]) -> Histogram {
        series.get(labels) { text in
            let histogram = Histogram(buckets: buckets)
            metrics.add(name, text) { histogram.samples() }
            return histogram
        }
    }

    package func record(_ value: Double) { with([]).record(value) }
}

package final class Histogram: Sendable {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let buckets: [Double]
    private let state: Mutex<State>

    fileprivate init(buckets: [Double]) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    package func record(_ value: Double) {
        let index = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    fileprivate func samples() -> Metrics.Samples {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var out: Metrics.Samples = []
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < buckets.count ? Metrics.number(buckets[index]) : "+Inf"
            out.append(("_bucket", "le=\"\(bound)\"", Double(total)))
        }
        return out + [("_sum", "", sum), ("_count", "", Double(total))]
    }
}

private final class Series<Member: Sendable>: Sendable {
    /// Names and values in turn, as a caller has them: text is made of them once for each series, not for each use.
    private struct Key: Hashable {
        let labels: [(String, String)]

        static func == (a: Key, b: Key) -> Bool {
            a.labels.count == b.labels.count && zip(a.labels, b.labels).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
        }

        /// The values tell the series of one name apart.
        func hash(into hasher: inout Hasher) {
            for (_, value) in labels { hasher.combine(value) }
        }
    }

    private let members = Mutex<[Key: Member]>([:])

    func get(_ labels: [(String, String)], make: (String) -> Member) -> Member {
        members.withLock { members in
            let key = Key(labels: labels)
            if let member = members[key] { return member }
            let member = make(Metrics.text(labels))
            members[key] = member
            return member
        }
    }
}
