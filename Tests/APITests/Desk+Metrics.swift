import Diagnostics

/// What an operator's monitoring sees.
extension Desk {
    /// The lines of one metric as they are printed, in the order of their labels.
    func metric(_ name: String) -> [String] {
        metrics.prometheusText().split(separator: "\n").map(String.init).filter { $0.hasPrefix(name + "{") }
    }

    /// How many alarms of that kind the tenant has had.
    func alarms(_ kind: String, tenant: String = "bookshop") -> Int {
        let name = "payrelay_alarms_total{tenant=\"\(tenant)\",kind=\"\(kind)\"} "
        let line = metrics.prometheusText().split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
    }
}
