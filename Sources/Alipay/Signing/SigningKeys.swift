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
/// on directly. While a key is being rotated there are several: the first in force signs, any in force verifies.
///
/// With RSA the merchant's private key signs and Alipay's public key verifies: base64 of SHA1withRSA (PKCS#1 v1.5) over the
/// canonical string. Alipay signs for all partners with one key, so a signature says that Alipay wrote a message, and not
/// whom it is about.
///
/// What has an end is asked of the clock at every use, so that no caller can take a key that has lapsed.
package struct SigningKeys: Sendable {
    /// Which key gives a signature.
    package enum Match: Sendable, Hashable {
        case inForce(KeyTag)
        /// None that is in force does, and this one would.
        case lapsed(KeyTag)
        case none
    }

    enum Keys: Sendable {
        case md5([TaggedKey<Secret>])
        case rsa(TaggedKey<RSAPrivateKey>, alipay: [TaggedKey<RSAPublicKey>])
    }

    let keys: Keys
    let clock: any Clock

    /// - Precondition: at least one key.
    package init(md5 keys: [TaggedKey<Secret>], clock: any Clock) {
        precondition(!keys.isEmpty, "the settings reader refuses a contract without a key")
        self.init(.md5(keys), clock)
    }

    /// Keys without an end.
    /// - Precondition: at least one key.
    package init(md5 keys: [Secret], clock: any Clock = SystemClock()) {
        self.init(md5: keys.map { TaggedKey(md5: $0) }, clock: clock)
    }

    /// - Parameters:
    ///   - privateKey: the merchant's; it signs.
    ///   - publicKeys: Alipay's; any of them that is in force verifies.
    /// - Precondition: at least one public key.
    package init(rsa privateKey: RSAPrivateKey, alipay publicKeys: [TaggedKey<RSAPublicKey>], clock: any Clock) {
        precondition(!publicKeys.isEmpty, "the settings reader puts Alipay's fixed key where none is given")
        let own = TaggedKey(key: privateKey, tag: KeyTag(privateKey.publicKey.fingerprint))
        self.init(.rsa(own, alipay: publicKeys), clock)
    }

    /// Keys without an end.
    /// - Precondition: at least one public key.
    package init(
        rsa privateKey: RSAPrivateKey, alipay publicKeys: [RSAPublicKey] = [AlipayKey.fixed],
        clock: any Clock = SystemClock()
    ) {
        self.init(rsa: privateKey, alipay: publicKeys.map { TaggedKey(alipay: $0) }, clock: clock)
    }

    init(_ keys: Keys, _ clock: any Clock) {
        self.keys = keys
        self.clock = clock
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
        case .rsa(let own, _): own.key.publicKey
        }
    }

    /// The value of `sign`: 32 hexadecimal digits, or base64. Nil if no key is in force to sign with: nothing is sent then.
    package func sign(_ canonical: [UInt8]) -> String? {
        let nowMs = clock.nowMs
        switch keys {
        case .md5(let shared):
            guard let signer = shared.first(where: { $0.tag.isInForce(atMs: nowMs) }) else { return nil }
            signer.tag.use.note(atMs: nowMs)
            return String(decoding: SigningKeys.md5Hex(canonical, signer.key), as: UTF8.self)
        case .rsa(let own, _):
            own.tag.use.note(atMs: nowMs)
            return Base64.encode(own.key.signSHA1(message: canonical))
        }
    }

    /// Whether any key in force gives this signature; it is counted as used. All keys are tried, whichever fits, and every
    /// comparison takes the same time.
    package func verify(_ canonical: [UInt8], signature: ArraySlice<UInt8>) -> Bool {
        let nowMs = clock.nowMs
        guard case .inForce(let tag) = match(canonical, signature: signature, atMs: nowMs) else { return false }
        tag.use.note(atMs: nowMs)
        return true
    }

    /// The same, for whoever explains and does not act: nothing is counted, and a key that has lapsed is told as well.
    package func match(_ canonical: [UInt8], signature: ArraySlice<UInt8>) -> Match {
        match(canonical, signature: signature, atMs: clock.nowMs)
    }

    private func match(_ canonical: [UInt8], signature: ArraySlice<UInt8>, atMs nowMs: Int64) -> Match {
        let fitting: [KeyTag]
        switch keys {
        case .md5(let shared):
            fitting = SigningKeys.fitting(shared) {
                constantTimeEqual(SigningKeys.md5Hex(canonical, $0).span, signature.span)
            }
        case .rsa(_, let alipay):
            guard let bytes = Base64.decode(Array(signature)) else { return .none }
            let digest = SHA1.digest(canonical)
            fitting = SigningKeys.fitting(alipay) { $0.verifySHA1(digest: digest, signature: bytes) }
        }
        if let tag = fitting.first(where: { $0.isInForce(atMs: nowMs) }) { return .inForce(tag) }
        return fitting.first.map { .lapsed($0) } ?? .none
    }

    private static func fitting<Key>(_ keys: [TaggedKey<Key>], _ fits: (Key) -> Bool) -> [KeyTag] {
        var tags: [KeyTag] = []
        for entry in keys where fits(entry.key) { tags.append(entry.tag) }
        return tags
    }

    /// The same keys, each pasted in another way, for ``SignatureDiagnosis``; nil where no key is shared.
    func pasted(_ change: ([UInt8]) -> [UInt8]) -> SigningKeys? {
        guard case .md5(let shared) = keys else { return nil }
        return SigningKeys(md5: shared.map { Secret(change($0.key.reveal())) }, clock: clock)
    }

    /// Whether the text of a shared key is in those bytes; a merchant may have posted it by mistake.
    func stand(in bytes: ArraySlice<UInt8>) -> Bool {
        guard case .md5(let shared) = keys else { return false }
        return shared.map { $0.key.reveal() }.contains { key in
            bytes.indices.dropLast(key.count - 1).contains { bytes[$0...].starts(with: key) }
        }
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
