import Crypto
package import Diagnostics

/// How a contract signs; chosen by the tenant's file, never by a message.
package enum SignType: String, Sendable, CaseIterable {
    case md5 = "MD5"
    case rsa = "RSA"
}

/// The keys of one contract, both ways.
///
/// With MD5 one shared key serves both: 32 lower-case hexadecimal digits of MD5(canonical string + key), the key glued
/// on directly. While a key is being rotated there are several: the first signs, any verifies.
package struct SigningKeys: Sendable {
    private let md5Keys: [Secret]

    /// - Precondition: at least one key.
    package init(md5 keys: [Secret]) {
        precondition(!keys.isEmpty, "the settings reader refuses a contract without a key")
        md5Keys = keys
    }

    package var signType: SignType { .md5 }

    package func sign(_ canonical: [UInt8]) -> String {
        String(decoding: SigningKeys.md5Hex(canonical, md5Keys[0]), as: UTF8.self)
    }

    /// Whether any of the keys gives this signature; every comparison takes the same time.
    package func verify(_ canonical: [UInt8], signature: ArraySlice<UInt8>) -> Bool {
        var matches = false
        for key in md5Keys {
            let equal = constantTimeEqual(SigningKeys.md5Hex(canonical, key).span, signature.span)
            matches = matches || equal
        }
        return matches
    }

    /// The same keys, each pasted in another way, for ``SignatureDiagnosis``; nil where no key is shared.
    func pasted(_ change: ([UInt8]) -> [UInt8]) -> SigningKeys? {
        SigningKeys(md5: md5Keys.map { Secret(change($0.reveal())) })
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
