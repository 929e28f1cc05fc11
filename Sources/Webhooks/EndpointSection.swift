import Diagnostics
import Payments
package import Settings

/// The endpoints of a tenant's file: `webhook:`, one of them, or `webhooks:`, a list of them.
package struct EndpointSection {
    /// In the order of the file; empty if the file has neither key.
    package let endpoints: [EndpointSettings]
    /// As the file gives them, for a check of the files they stand in.
    package let secrets: [SettingsSecret]

    static let endpointsMax = 16
    static let idBytesMax = 39
    static let timeoutRange = Duration.seconds(1)...Duration.seconds(30)
    static let allowedPortsMax = 16

    /// Reads both keys of a file's root; every problem is reported, and nothing is returned if one is an error.
    package static func read(_ root: SettingsReader) -> EndpointSection? {
        guard root.has("webhooks") else {
            guard root.has("webhook") else { return EndpointSection([]) }
            return root.section("webhook") { endpoint($0, id: EndpointSettings.defaultID) }.map {
                EndpointSection([$0])
            }
        }
        if root.has("webhook") {
            root.refuse("webhooks", "a file has either webhook or webhooks; move the one under webhook into this list")
        }
        var ids: Set<String> = []
        let found = root.sections("webhooks", count: 1...endpointsMax) { section in
            endpoint(section, id: section.required("id").flatMap { id($0, taken: &ids) })
        }
        return found.map(EndpointSection.init)
    }

    private typealias Entry = (settings: EndpointSettings, secrets: [SettingsSecret])

    private init(_ entries: [Entry]) {
        endpoints = entries.map(\.settings)
        secrets = entries.flatMap(\.secrets)
    }

    private static func endpoint(_ section: SettingsReader, id: String?) -> Entry? {
        section.explain(about)
        let allowHTTP = section.bool("allow_http", default: false)
        let allowPrivateNetwork = section.bool("allow_private_network", default: false)
        let ports = readPorts(section)
        let url = section.required("url").flatMap {
            readURL($0, allowHTTP: allowHTTP, ports: allowPrivateNetwork ? nil : ports)
        }
        let secrets = section.required("secrets").flatMap(readSecrets)
        let schedule = readSchedule(section)
        let timeout = section.duration("timeout", default: EndpointSettings.timeoutDefault, in: timeoutRange)
        let events = section.optional("events").map(readEvents)
        let ordering = section.choice("ordering", default: EndpointSettings.Ordering.payment)
        let headers = section.has("headers") ? section.section("headers", EndpointHeaders.read) : EndpointHeaders()
        let inFlightMax = section.int(
            "max_in_flight", default: EndpointSettings.inFlightDefault, in: EndpointSettings.inFlightRange)
        guard let id, let url, let secrets, let headers else { return nil }
        let settings = EndpointSettings(
            id: id, url: url, secrets: secrets.map(\.parsed), schedule: schedule, timeout: timeout,
            events: (events ?? nil) ?? .all, ordering: ordering, headers: headers.headers, inFlightMax: inFlightMax,
            allowHTTP: allowHTTP, allowPrivateNetwork: allowPrivateNetwork)
        return (settings, secrets.map(\.given) + headers.given)
    }

    private static func id(_ value: SettingsValue, taken: inout Set<String>) -> String? {
        guard let text = value.string() else { return nil }
        let bytes = text.utf8
        let isPlain = bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard isPlain, bytes.count <= idBytesMax, bytes.first != 0x2D else {
            value.problem("an endpoint's id is 1 to \(idBytesMax) of a-z, 0-9 and -, and does not begin with -")
            return nil
        }
        guard taken.insert(text).inserted else {
            value.problem("another endpoint of this file has the id \"\(text)\"")
            return nil
        }
        return text
    }

    /// The ports that the file allows beside the usual ones; nil, for any, when they could not be read.
    private static func readPorts(_ section: SettingsReader) -> Set<Int>? {
        guard section.has("allow_ports") else { return [] }
        guard let entries = section.optional("allow_ports")?.list(count: 1...allowedPortsMax) else { return nil }
        let ports = entries.map { $0.int(in: 1...65_535) }
        return ports.contains(nil) ? nil : Set(ports.compactMap { $0 })
    }

    private static func readURL(_ value: SettingsValue, allowHTTP: Bool, ports: Set<Int>?) -> String? {
        guard let url = value.string() else { return nil }
        if let problem = EndpointURL.problem(url, allowHTTP: allowHTTP, ports: ports) {
            value.problem(problem)
            return nil
        }
        if url.prefix(5).lowercased() == "http:" {
            value.warning("plain http: what is sent there can be read on the way; use https")
        }
        return url
    }

    private static func readSecrets(_ value: SettingsValue) -> [(given: SettingsSecret, parsed: WebhookSecret)]? {
        guard let values = value.list(count: 1...EndpointSettings.secretsMax) else { return nil }
        var seen: Set<Secret> = []
        let found = values.map { $0.dated { readSecret($0, &seen) } }
        value.warnIfLapsed(found.map { $0?.notAfterMs })
        guard !found.contains(where: { $0 == nil }) else { return nil }
        return found.compactMap(\.self).map { dated in
            let (given, parsed) = dated.value
            return (given, parsed.lapsing(atMs: dated.notAfterMs))
        }
    }

    private static func readSecret(
        _ value: SettingsValue, _ seen: inout Set<Secret>
    ) -> (given: SettingsSecret, parsed: WebhookSecret)? {
        guard let given = value.secret() else { return nil }
        do throws(WebhookSecretError) {
            let parsed = try WebhookSecret(given.secret)
            if !seen.insert(parsed.bytes).inserted { value.problem("this secret stands in the list twice") }
            return (given, parsed)
        } catch {
            value.problem(error.description)
            return nil
        }
    }

    private static func readSchedule(_ section: SettingsReader) -> RetrySchedule {
        let schedule = section.optional("schedule", default: .text("payments")).flatMap(readDelays) ?? .payments
        return schedule.with(
            jitterPercent: section.percent(
                "jitter", default: RetrySchedule.jitterPercentDefault, in: RetrySchedule.jitterPercentRange))
    }

    private static func readDelays(_ value: SettingsValue) -> RetrySchedule? {
        guard value.isList else {
            let presets = ["payments": RetrySchedule.payments, "standard": .standard, "alipay": .alipay]
            return value.choice(among: ["payments", "standard", "alipay"]).flatMap { presets[$0] }
        }
        guard let entries = value.list(count: 1...RetrySchedule.triesMax) else { return nil }
        let delays = entries.enumerated().map { index, entry in
            let least = index == 0 ? 0 : RetrySchedule.delayMsMin
            return entry.duration(in: .milliseconds(least)...(.milliseconds(RetrySchedule.delayMsMax)))
        }
        guard !delays.contains(nil) else { return nil }
        return try? RetrySchedule(delaysMs: delays.compactMap { $0?.wholeMs })
    }

    private static func readEvents(_ value: SettingsValue) -> EndpointSettings.EventFilter? {
        guard let entries = value.list(count: 1...EventType.allCases.count) else { return nil }
        let types = entries.map { $0.choice(EventType.self) }
        return types.contains(nil) ? nil : .only(Set(types.compactMap { $0 }))
    }
}
