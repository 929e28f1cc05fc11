import Crypto
import Diagnostics
import HTTP
import Synchronization

/// The time stamps of `query_timestamp`, and what a contract demands of browser services because of phishing.
final class AntiPhishing: Sendable {
    static let validMs: Int64 = 30_000
    private static let keysMax = 100_000

    private struct Key {
        let partner: String
        let givenAtMs: Int64
    }

    private let keys = Mutex(BoundedMap<String, Key>(capacity: AntiPhishing.keysMax))
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// A fresh `encrypt_key`, good for 30 s from now.
    func give(to partner: String) -> String {
        let key = Base64.encode(SecureRandom.bytes(24))
        keys.withLock { _ = $0.put(key, Key(partner: partner, givenAtMs: clock.nowMs)) }
        return key
    }

    /// - Throws: if the contract demands a time stamp or the buyer's address and the request has none that counts.
    func check(_ call: GatewayCall) throws(GatewayError) {
        if call.account.contract.requiresTimestamp || call.fields.filled("anti_phishing_key") != nil {
            try checkKey(call)
        }
        if call.account.contract.requiresBuyerIP, call.fields.filled("exter_invoke_ip") == nil {
            throw GatewayError(.illegalExterInvokeIP, "exter_invoke_ip is missing, and the contract demands it")
        }
    }

    private func checkKey(_ call: GatewayCall) throws(GatewayError) {
        guard let text = call.fields.filled("anti_phishing_key"),
            let key = keys.withLock({ $0[text] }), key.partner == call.account.partner
        else {
            throw GatewayError(
                .illegalAntiPhishingKey, "anti_phishing_key is none that query_timestamp gave this partner")
        }
        guard clock.nowMs - key.givenAtMs <= AntiPhishing.validMs else {
            throw GatewayError(.antiPhishingKeyTimeout, "anti_phishing_key is older than 30 s")
        }
    }
}
