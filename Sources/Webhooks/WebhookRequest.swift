import Crypto
import Diagnostics
package import HTTP
package import Payments

/// The HTTP request of one attempt: the three headers of Standard Webhooks, ours about the body, then the endpoint's own.
package enum WebhookRequest {
    /// How much of an answer is kept, for the merchant to look at.
    package static let excerptBytesMax = 4096
    /// Where reading an answer stops; its status counts then.
    package static let answerBytesMax = 65_536

    /// Nil if no secret is in force then: nothing goes out unsigned. Those that sign are counted as used.
    ///
    /// - Parameters:
    ///   - endpoint: as it is in force now; the request is signed with each of its secrets that is.
    ///   - event: its body and id go out byte for byte.
    ///   - atMs: when the attempt is made, unix milliseconds.
    ///   - userAgent: `PayRelay/<version>`.
    package static func make(
        to endpoint: EndpointSettings, carrying event: Event, atMs: Int64, userAgent: String
    ) -> OutboundRequest? {
        let secrets = endpoint.secretsInForce(atMs: atMs)
        guard !secrets.isEmpty else { return nil }
        for secret in secrets { secret.tag.use.note(atMs: atMs) }
        var headers = StandardWebhooks.headers(
            id: event.id, timestampSeconds: max(atMs, 0) / 1000, body: event.body, secrets: secrets)
        headers.add("Content-Type", "application/json")
        headers.add("User-Agent", userAgent)
        for header in endpoint.headers where headers[header.name] == nil {
            headers.add(header.name, String(decoding: header.value.reveal(), as: UTF8.self))
        }
        return OutboundRequest(
            method: .post, url: endpoint.url, headers: headers, body: event.body, policy: endpoint.policy,
            timeout: endpoint.timeout, bodyLimit: .truncate(bytesKept: excerptBytesMax, bytesMax: answerBytesMax))
    }
}
