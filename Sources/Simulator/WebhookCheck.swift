import Crypto
import HTTP

/// A receiver's check of a webhook (Standard Webhooks), written as a merchant would write it.
struct WebhookCheck: Sendable {
    private static let toleranceSeconds: Int64 = 300
    private static let prefix = "whsec_"

    private let keys: [HMACSHA256Key]

    init?(secrets: [String]) {
        var keys: [HMACSHA256Key] = []
        for secret in secrets {
            guard secret.hasPrefix(WebhookCheck.prefix),
                let key = Base64.decode(String(secret.dropFirst(WebhookCheck.prefix.count))), !key.isEmpty
            else { return nil }
            keys.append(HMACSHA256Key(key))
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// The event's id, if one of the signatures is right and the timestamp within five minutes; nil otherwise.
    func id(of request: Request, nowMs: Int64) -> String? {
        guard let id = request.headers["webhook-id"], !id.isEmpty,
            let timestamp = request.headers["webhook-timestamp"], let sentAt = Int64(timestamp),
            let signatures = request.headers["webhook-signature"],
            sentAt >= nowMs / 1000 - WebhookCheck.toleranceSeconds,
            sentAt <= nowMs / 1000 + WebhookCheck.toleranceSeconds
        else { return nil }
        let head = Array("\(id).\(timestamp).".utf8)
        let expected = keys.map { Array("v1,\(Base64.encode($0.authenticate(head, request.body)))".utf8) }
        let isSigned = signatures.split(separator: " ").contains { signature in
            expected.contains { constantTimeEqual($0, Array(signature.utf8)) }
        }
        return isSigned ? id : nil
    }
}
