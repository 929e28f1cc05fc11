import Crypto
import Diagnostics
import JSON
import Simulator
import Support

func digest(_ key: String) -> String { Hex.encode(SHA256.digest(Array(key.utf8))) }

extension HandMadeNotification {
    /// Of the first tenant's, unless another account is given.
    init(
        reference: String, tradeNo: String, status: String, total: String = "120.50",
        notifyID: String = Hex.encode(SecureRandom.bytes(17)), more: [String: String] = [:],
        isOfOtherTenant: Bool = false
    ) {
        let account = isOfOtherTenant ? World.otherAccount : World.account
        self.init(
            reference: reference, tradeNo: tradeNo, status: status, total: total, notifyID: notifyID, more: more,
            partner: account.partner, sellerEmail: account.sellerEmail, key: account.key)
    }
}

extension JSONValue {
    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }
}

/// Signatures over bytes that are no text here.
enum SignedBytes {
    static func sign(_ fields: [String: String], replacing mark: String, with bytes: [UInt8], key: Secret) -> String {
        let signed = fields.filter { !$0.value.isEmpty }.sorted {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }
        let parts = signed.map { Array("\($0.key)=".utf8) + ($0.value == mark ? bytes : Array($0.value.utf8)) }
        return Hex.encode(MD5.digest(Array(parts.joined(separator: Array("&".utf8))) + key.reveal()))
    }
}
