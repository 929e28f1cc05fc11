import Crypto

/// What a pair of RSA keys is known by: its public half.
struct RSAHalf: Sendable, Hashable {
    private let der: [UInt8]

    static let fixed = RSAHalf(AlipayKey.fixed)

    private init(_ key: RSAPublicKey) { der = key.der }

    /// Nil for what is no RSA key, or in a certificate.
    init?(_ identity: KeyIdentity) {
        guard let key = identity.publicKey else { return nil }
        switch identity.structure {
        case .certificate, .certificateRequest: return nil
        case .pkcs1Private, .pkcs8, .encrypted, .otherPrivate, .subjectPublicKeyInfo, .pkcs1Public, .keyStore:
            self.init(key)
        }
    }

    var fingerprint: String { KeyFingerprint.of(der) }
}
