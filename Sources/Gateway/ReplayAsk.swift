import Diagnostics
package import Payments
package import Tenants

/// What `POST …/deliveries/replay` was given, before it is checked.
package struct ReplayAsk: Sendable {
    /// A field at fault.
    package struct Fault: Sendable, Hashable {
        /// The names on the way to it: `["types", "1"]`.
        package let path: [String]
        package let detail: String
    }

    /// RFC 3339; required.
    package var since: String?
    /// RFC 3339; now where it is not given.
    package var until: String?
    /// `exhausted` and `held`; `exhausted` where it is not given.
    package var statuses: [String]?
    /// All but tests where it is not given.
    package var types: [String]?
    /// One of the tenant's in force; all that ever were where it is not given.
    package var endpoint: String?

    private static let typesDefault = Set(EventType.allCases).subtracting([.webhookTest])

    package init() {}

    /// What it asks for; nil if anything is at fault, each fault told.
    package func filter(_ tenant: Tenant, nowMs: Int64) -> (filter: ReplayFilter?, faults: [Fault]) {
        var faults: [Fault] = []
        let since = time("since", since, &faults)
        let until = time("until", until, &faults) ?? nowMs
        if self.since == nil { faults.append(Fault(path: ["since"], detail: "since is required")) }
        if let since, faults.isEmpty, since >= until {
            let end = self.until == nil ? "now" : "until"
            faults.append(Fault(path: ["since"], detail: "since must be before \(end)"))
        }
        let statuses = choices("status", statuses, ReplayFilter.Status.self, &faults)
        let types = choices("types", types, EventType.self, &faults)
        if let endpoint, tenant.endpoint(endpoint) == nil {
            let all = tenant.endpointIDs.joined(separator: ", ")
            faults.append(Fault(path: ["endpoint"], detail: "endpoint must be one of \(all)"))
        }
        guard let since, faults.isEmpty else { return (nil, faults) }
        let filter = ReplayFilter(
            tenant: tenant.id, endpoint: endpoint, sinceMs: since, untilMs: until, statuses: statuses ?? [.exhausted],
            types: types ?? ReplayAsk.typesDefault)
        return (filter, [])
    }

    private func time(_ name: String, _ text: String?, _ faults: inout [Fault]) -> Int64? {
        guard let text else { return nil }
        if let ms = RFC3339.unixMs(text) { return ms }
        faults.append(Fault(path: [name], detail: "\(name) must be an RFC 3339 time such as 2026-01-02T03:04:05Z"))
        return nil
    }

    private func choices<Value: RawRepresentable & CaseIterable & Hashable>(
        _ name: String, _ texts: [String]?, _ type: Value.Type, _ faults: inout [Fault]
    ) -> Set<Value>? where Value.RawValue == String {
        guard let texts else { return nil }
        let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
        guard (1...Value.allCases.count).contains(texts.count) else {
            faults.append(Fault(path: [name], detail: "\(name) must have 1 to \(Value.allCases.count) of \(all)"))
            return nil
        }
        var found: Set<Value> = []
        for (index, text) in texts.enumerated() {
            guard let value = Value(rawValue: text) else {
                faults.append(Fault(path: [name, String(index)], detail: "\(name) may have \(all)"))
                continue
            }
            found.insert(value)
        }
        return found
    }
}
