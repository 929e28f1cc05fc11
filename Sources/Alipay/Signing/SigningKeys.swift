package import Crypto
package import Diagnostics

/// How a contract signs; chosen by the tenant's file, never by a message.
package enum SignType: String, Sendable, CaseIterable {
    case md5 = "MD5"
    /// SHA1withRSA; the interface has never taken RSA2.
    case rsa = "RSA"
}

/// The keys of one contract, both ways.
///
/// With MD5 one shared key serves both: 32 lower-case hexadecimal digits of MD5(canonical string + key), the key glued
/// on directly. While a key is being rotated there are several: the first signs, any verifies.
///
/// With RSA the merchant's private key signs and Alipay's public key verifies: base64 of SHA1withRSA (PKCS#1 v1.5) over the
/// canonical string. Alipay signs for all partners with one key, so a signature says that Alipay wrote a message, and not
/// whom it is about.
package struct SigningKeys: Sendable {
    private enum Keys: Sendable {
        case md5([Secret])
        case rsa(RSAPrivateKey, alipay: [RSAPublicKey])
    }

    private let keys: Keys

    /// - Precondition: at least one key.
    package init(md5 keys: [Secret]) {
        precondition(!keys.isEmpty, "the settings reader refuses a contract without a key")
        self.keys = .md5(keys)
    }

    /// - Parameters:
    ///   - privateKey: the merchant's; it signs.
    ///   - publicKeys: Alipay's; any of them verifies.
    /// - Precondition: at least one public key.
    package init(rsa privateKey: RSAPrivateKey, alipay publicKeys: [RSAPublicKey] = [AlipayKey.fixed]) {
        precondition(!publicKeys.isEmpty, "the settings reader puts Alipay's fixed key where none is given")
        keys = .rsa(privateKey, alipay: publicKeys)
    }

    package var signType: SignType {
        switch keys {
        case .md5: .md5
        case .rsa: .rsa
        }
    }

    /// The half of the merchant's pair that Alipay has to know; nil with MD5.
    package var ownPublicKey: RSAPublicKey? {
        switch keys {
        case .md5: nil
        case .rsa(let own, _): own.publicKey
        }
    }

    /// The keys one by one, at their places in a tenant's file, for the doctor.
    var specimens: [KeySpecimen] {
        switch keys {
        case .md5(let shared):
            shared.enumerated().map { index, key in KeySpecimen("alipay.keys[\(index)]", .shared, key.reveal()) }
        case .rsa(let own, let alipay):
            [KeySpecimen("alipay.private_key", .own, KeyIdentity(own))]
                + alipay.enumerated().map { index, key in
                    KeySpecimen("alipay.alipay_public_keys[\(index)]", .alipay, KeyIdentity(key))
                }
        }
    }

    /// Each key that could sign, alone: several of MD5, in the order of the file; with RSA there is one.
    package var alone: [SigningKeys] {
        switch keys {
        case .md5(let shared): shared.map { SigningKeys(md5: [$0]) }
        case .rsa: [self]
        }
    }

    /// The value of `sign`: 32 hexadecimal digits, or base64.
    package func sign(_ canonical: [UInt8]) -> String {
        switch keys {
        case .md5(let shared): String(decoding: SigningKeys.md5Hex(canonical, shared[0]), as: UTF8.self)
        case .rsa(let own, _): Base64.encode(own.signSHA1(message: canonical))
        }
    }

    /// Whether any of the keys gives this signature. All keys are tried, whichever fits, and every comparison takes the
    /// same time.
    package func verify(_ canonical: [UInt8], signature: ArraySlice<UInt8>) -> Bool {
        switch keys {
        case .md5(let shared): SigningKeys.verifyMD5(canonical, signature, shared)
        case .rsa(_, let alipay): SigningKeys.verifyRSA(canonical, signature, alipay)
        }
    }

    private static func verifyMD5(_ canonical: [UInt8], _ signature: ArraySlice<UInt8>, _ keys: [Secret]) -> Bool {
        var matches = false
        for key in keys {
            let equal = constantTimeEqual(md5Hex(canonical, key).span, signature.span)
            matches = matches || equal
        }
        return matches
    }

    /// The same keys, each pasted in another way, for ``SignatureDiagnosis``; nil where no key is shared.
    func pasted(_ change: ([UInt8]) -> [UInt8]) -> SigningKeys? {
        guard case .md5(let shared) = keys else { return nil }
        return SigningKeys(md5: shared.map { Secret(change($0.reveal())) })
    }

    /// Whether the text of a shared key is in those bytes; a merchant may have posted it by mistake.
    func stand(in bytes: ArraySlice<UInt8>) -> Bool {
        guard case .md5(let shared) = keys else { return false }
        return shared.map { $0.reveal() }.contains { key in
            bytes.indices.dropLast(key.count - 1).contains { bytes[$0...].starts(with: key) }
        }
    }

    private static func verifyRSA(
        _ canonical: [UInt8], _ signature: ArraySlice<UInt8>, _ keys: [RSAPublicKey]
    ) -> Bool {
        guard let bytes = Base64.decode(Array(signature)) else { return false }
        let digest = SHA1.digest(canonical)
        var matches = false
        for key in keys {
            let fits = key.verifySHA1(digest: digest, signature: bytes)
            matches = matches || fits
        }
        return matches
    }

    /// As Alipay writes it: 32 lower-case hexadecimal digits.
    private static func md5Hex(_ canonical: [UInt8], _ key: Secret) -> [UInt8] {
        var hasher = MD5Hasher()
        hasher.update(canonical)
        hasher.update(key.reveal())
        let digest = hasher.finish()
        return Hex.encodeBytes(digest.span)
    }
}
