package import Crypto
package import Diagnostics

/// A key with what is known of it.
package struct TaggedKey<Key: Sendable>: Sendable {
    package let key: Key
    package let tag: KeyTag
}

extension TaggedKey<Secret> {
    /// - Parameter notAfterMs: from then on it counts no more.
    package init(md5 key: Secret, notAfterMs: Int64? = nil) {
        self.init(key: key, tag: KeyTag(KeyFingerprint.of(key.reveal()), notAfterMs: notAfterMs))
    }
}

extension TaggedKey<RSAPublicKey> {
    /// - Parameter notAfterMs: from then on it counts no more.
    package init(alipay key: RSAPublicKey, notAfterMs: Int64? = nil) {
        self.init(key: key, tag: KeyTag(key.fingerprint, notAfterMs: notAfterMs))
    }
}

extension TaggedKey {
    func counted(_ use: (String) -> KeyUse) -> TaggedKey {
        TaggedKey(key: key, tag: tag.counted(in: use(tag.fingerprint)))
    }
}
