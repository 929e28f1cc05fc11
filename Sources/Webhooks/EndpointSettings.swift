package import Crypto
package import Diagnostics
package import HTTP
package import Payments
package import Settings

/// Where a merchant wants its events, as the tenant's file says.
package struct EndpointSettings: Sendable, Hashable {
    /// Which events an endpoint is sent.
    package enum EventFilter: Sendable, Hashable {
        case all
        case only(Set<EventType>)
    }

    /// In which order an endpoint gets the events of one payment.
    package enum Ordering: String, Sendable, CaseIterable {
        /// By `sequence`: one that is not delivered holds back the next, for `Delivery.orderWaitMs` at most.
        case payment
        /// As they come.
        case none
    }

    /// A header of the merchant's own, beside ours.
    package struct CustomHeader: Sendable, Hashable {
        /// A token (RFC 9110 §5.6.2) that is none of ours.
        package let name: String
        /// 1 to 1,024 bytes of printable ASCII, with blanks only inside.
        package let value: Secret

        package init(name: String, value: Secret) {
            self.name = name
            self.value = value
        }
    }

    /// The id of the only endpoint, where the file has `webhook:`.
    package static let defaultID = "default"
    package static let timeoutDefault = Duration.seconds(15)
    package static let secretsMax = 5
    package static let headersMax = 20
    package static let inFlightDefault = 32
    package static let inFlightRange = 1...512

    /// `[a-z0-9][a-z0-9-]{0,38}`, unique within the tenant.
    package let id: String
    /// Absolute; https unless `allowHTTP`; no user-info and no fragment; at most 2,048 bytes; of its port the file was asked.
    package let url: String
    /// 1 to 5; every request is signed with each of them that is in force.
    package private(set) var secrets: [WebhookSecret]
    package let schedule: RetrySchedule
    /// For one attempt, the answer's last byte included.
    package let timeout: Duration
    package let events: EventFilter
    package let ordering: Ordering
    /// At most 20, no two of one name; sent after ours, which they never replace.
    package let headers: [CustomHeader]
    /// Requests in flight at a time, at most; how many they really are follows from how the endpoint answers.
    package let inFlightMax: Int
    package let allowHTTP: Bool
    package let allowPrivateNetwork: Bool
    /// SHA-256 of the URL, in hex.
    package let urlDigest: String

    package init(
        id: String = EndpointSettings.defaultID, url: String, secrets: [WebhookSecret],
        schedule: RetrySchedule = .payments,
        timeout: Duration = EndpointSettings.timeoutDefault, events: EventFilter = .all,
        ordering: Ordering = .payment, headers: [CustomHeader] = [],
        inFlightMax: Int = EndpointSettings.inFlightDefault, allowHTTP: Bool = false, allowPrivateNetwork: Bool = false
    ) {
        self.id = id
        self.url = url
        self.secrets = secrets
        self.schedule = schedule
        self.timeout = timeout
        self.events = events
        self.ordering = ordering
        self.headers = headers
        self.inFlightMax = inFlightMax
        urlDigest = Hex.encode(SHA256.digest(Array(url.utf8)))
        self.allowHTTP = allowHTTP
        self.allowPrivateNetwork = allowPrivateNetwork
    }

    /// What a request is signed with then; the first one signs what a buyer carries back.
    package func secretsInForce(atMs nowMs: Int64) -> [WebhookSecret] {
        secrets.filter { $0.tag.isInForce(atMs: nowMs) }
    }

    /// The same endpoint, whose secrets' uses are counted where `use` says.
    package func counted(_ use: (String) -> KeyUse) -> EndpointSettings {
        var endpoint = self
        endpoint.secrets = secrets.map { $0.counted(in: use($0.tag.fingerprint)) }
        return endpoint
    }

    package var policy: EgressPolicy {
        EgressPolicy(allowHTTP: allowHTTP, allowPrivateNetwork: allowPrivateNetwork)
    }

    /// Whether an event of that type goes to this endpoint; a test always does.
    package func takes(_ type: EventType) -> Bool {
        switch events {
        case .all: true
        case .only(let types): type == .webhookTest || types.contains(type)
        }
    }

    /// A new delivery of `event`, due when the schedule says; nil if the endpoint does not take its type.
    ///
    /// - Parameter id: `dlv_…`, new.
    package func delivery(of event: Event, id: String, nowMs: Int64) -> Delivery? {
        guard takes(event.type) else { return nil }
        return Delivery(
            id: id, tenant: event.tenant, event: event.id, eventType: event.type, endpoint: self.id,
            nextAttemptAtMs: nowMs + schedule.firstDelayMs, orderedPayment: ordering == .payment ? event.payment : nil,
            sequence: event.sequence, createdAtMs: nowMs)
    }

    /// The endpoints of a tenant's file; see `EndpointSection`.
    package static func read(_ root: SettingsReader) -> EndpointSection? { EndpointSection.read(root) }
}
