import Crypto
import Synchronization

/// Signs what Alipay says and checks what partners say, each with the keys of its account.
struct Signer: Sendable {
    let alipayKey: AlipayKey

    /// The signature of fields as they stand on the wire.
    func sign(_ wire: Fields, _ account: SimulatorAccount, _ type: SimulatorAccount.SignType) -> String {
        switch type {
        case .md5: PartnerSignature.md5(wire, key: account.key)
        case .rsa: PartnerSignature.rsa(wire, key: alipayKey.privateKey)
        }
    }

    /// Whether the account's signature of that kind is over these fields, and is one that the account may use.
    func isValid(_ wire: Fields, _ account: SimulatorAccount, _ type: SimulatorAccount.SignType) -> Bool {
        guard account.signTypes.contains(type) else { return false }
        switch type {
        case .md5: return PartnerSignature.isValid(wire, key: account.key)
        case .rsa:
            guard let key = account.merchantPublicKey else { return false }
            return PartnerSignature.isValidRSA(wire, key: key)
        }
    }

    /// Fields of UTF-8 as they go out: in the charset, with `sign_type` and `sign` at the end.
    func signed(_ fields: Fields, _ account: SimulatorAccount, _ dialect: Dialect) -> Fields {
        var wire = fields.encoded(in: dialect.charset)
        let sign = sign(wire, account, dialect.signType)
        wire.set("sign_type", dialect.signType.rawValue)
        wire.set("sign", sign)
        return wire
    }
}

/// Alipay's RSA key, one for all partners; made when it is first needed, unless the settings name it.
final class AlipayKey: Sendable {
    /// As many bits as Alipay's own has.
    private static let bits = 1024

    private let key: Mutex<RSAPrivateKey?>

    init(_ key: RSAPrivateKey?) { self.key = Mutex(key) }

    var privateKey: RSAPrivateKey {
        key.withLock { key in
            if let key { return key }
            let made = RSAPrivateKey.generate(bits: AlipayKey.bits)
            key = made
            return made
        }
    }

    func change(to other: RSAPrivateKey) { key.withLock { $0 = other } }

    /// PEM.
    var publicKeyText: String { privateKey.publicKeyText }
}
