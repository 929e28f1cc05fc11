import Crypto
package import HTTP

/// Signatures of Standard Webhooks 1.0.0, version `v1`: HMAC-SHA256 over `id.timestamp.body`.
package enum StandardWebhooks {
    package static let idHeader = "webhook-id"
    package static let timestampHeader = "webhook-timestamp"
    package static let signatureHeader = "webhook-signature"
    /// How far a message's timestamp may be from the receiver's clock, either way.
    package static let toleranceSeconds: Int64 = 300
    /// Entries of a signature header beyond these are not looked at.
    package static let entriesMax = 32

    /// The three headers of one attempt.
    ///
    /// - Parameters:
    ///   - id: the event's id, one of ours.
    ///   - timestampSeconds: when this attempt is made, unix seconds; not negative.
    ///   - secrets: one signature for each, in this order.
    /// - Precondition: `id` is not empty and has no dot, which would let content pass from one signed field to another.
    package static func headers(
        id: String, timestampSeconds: Int64, body: [UInt8], secrets: [WebhookSecret]
    ) -> Headers {
        precondition(isSafe(id: id) && timestampSeconds >= 0, "an event's id has no dot, and its time comes after 1970")
        let timestamp = String(timestampSeconds)
        let signatures = secrets.map { "v1," + Base64.encode(tag(id, timestamp, body, $0)) }
        return Headers([
            (idHeader, id), (timestampHeader, timestamp), (signatureHeader, signatures.joined(separator: " ")),
        ])
    }

    /// Checks a message as a receiver does: any entry of any secret will do, unknown versions and malformed entries are
    /// passed over, and a time exactly at the tolerance is good.
    package static func verify(
        _ headers: Headers, body: [UInt8], secrets: [WebhookSecret], nowSeconds: Int64
    ) throws(WebhookVerifyError) {
        guard let id = headers[idHeader], !id.isEmpty, let timestamp = headers[timestampHeader], !timestamp.isEmpty,
            let signatures = headers[signatureHeader], !signatures.isEmpty
        else { throw WebhookVerifyError(.missingHeader) }
        guard isSafe(id: id) else { throw WebhookVerifyError(.badID) }
        guard let seconds = unixSeconds(timestamp) else { throw WebhookVerifyError(.badTimestamp) }
        guard seconds >= nowSeconds - toleranceSeconds else { throw WebhookVerifyError(.tooOld) }
        guard seconds <= nowSeconds + toleranceSeconds else { throw WebhookVerifyError(.tooNew) }
        let given = signatures.split(separator: " ").prefix(entriesMax).compactMap { entry in
            entry.hasPrefix("v1,") ? Base64.decode(String(entry.dropFirst(3))) : nil
        }
        for secret in secrets {
            let expected = tag(id, timestamp, body, secret)
            if given.contains(where: { constantTimeEqual($0, expected) }) { return }
        }
        throw WebhookVerifyError(.noMatch)
    }

    /// The 32 bytes that a signature encodes.
    static func tag(_ id: String, _ timestamp: String, _ body: [UInt8], _ secret: WebhookSecret) -> [UInt8] {
        secret.key.authenticate(Array("\(id).\(timestamp).".utf8), body)
    }

    private static func isSafe(id: String) -> Bool {
        !id.isEmpty && !id.utf8.contains(UInt8(ascii: "."))
    }

    /// Digits alone, at most 12 of them: the year 33,658.
    private static func unixSeconds(_ text: String) -> Int64? {
        guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}

/// Why a receiver does not believe a message.
package struct WebhookVerifyError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case missingHeader = "missing_header"
        /// The id has a dot.
        case badID = "bad_id"
        case badTimestamp = "bad_timestamp"
        case tooOld = "too_old"
        case tooNew = "too_new"
        /// No entry is a signature by any of the secrets.
        case noMatch = "no_match"
    }

    package let code: Code

    init(_ code: Code) { self.code = code }

    package var description: String {
        switch code {
        case .missingHeader: "webhook-id, webhook-timestamp or webhook-signature is missing"
        case .badID: "webhook-id has a dot"
        case .badTimestamp: "webhook-timestamp is not a number of seconds"
        case .tooOld: "webhook-timestamp is more than 300 s in the past"
        case .tooNew: "webhook-timestamp is more than 300 s in the future"
        case .noMatch: "no signature matches"
        }
    }
}
