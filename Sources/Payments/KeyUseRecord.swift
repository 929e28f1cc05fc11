/// What kind of key was used.
package enum KeyKind: String, Sendable, CaseIterable {
    /// Of a contract with Alipay, MD5 or RSA.
    case alipayKey = "alipay_key"
    /// Of the merchants' API.
    case apiKey = "api_key"
    case webhookSecret = "webhook_secret"
}

/// Names a key among all tenants'.
package struct KeyName: Sendable, Hashable {
    package let tenant: String
    package let kind: KeyKind
    /// 12 hexadecimal digits.
    package let fingerprint: String

    package init(tenant: String, kind: KeyKind, fingerprint: String) {
        self.tenant = tenant
        self.kind = kind
        self.fingerprint = fingerprint
    }
}

/// How often a key was used, and when last.
package struct KeyUseRecord: Sendable, Hashable {
    package let key: KeyName
    package let count: Int
    /// Unix milliseconds.
    package let lastUsedAtMs: Int64

    package init(key: KeyName, count: Int, lastUsedAtMs: Int64) {
        self.key = key
        self.count = count
        self.lastUsedAtMs = lastUsedAtMs
    }
}
