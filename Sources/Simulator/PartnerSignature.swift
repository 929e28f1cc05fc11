package import Crypto
package import Diagnostics

/// Alipay's own idea of a partner/key signature, written apart from the gateway's on purpose.
package enum PartnerSignature {
    /// The bytes that the MD5 key is glued to: all fields but `sign`, `sign_type` and the empty ones, by name in byte
    /// order, `name=value` joined by `&`.
    package static func stringToSign(_ fields: Fields) -> [UInt8] {
        let signed = fields.list.filter { $0.name != "sign" && $0.name != "sign_type" && !$0.value.isEmpty }
        let sorted = signed.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return Array(
            sorted.map { Array($0.name.utf8) + [UInt8(ascii: "=")] + $0.value }.joined(separator: [UInt8(ascii: "&")]))
    }

    /// 32 lower-case hexadecimal digits.
    package static func md5(_ fields: Fields, key: Secret) -> String {
        Hex.encode(MD5.digest(stringToSign(fields) + key.reveal()))
    }

    /// Whether the field `sign` is the MD5 signature of the others.
    package static func isValid(_ fields: Fields, key: Secret) -> Bool {
        guard let sign = fields["sign"] else { return false }
        return constantTimeEqual(sign, Array(md5(fields, key: key).utf8))
    }

    /// The fields with `sign_type` and `sign` at the end, as Alipay sends them.
    package static func signed(_ fields: Fields, key: Secret) -> Fields {
        var signed = fields
        let sign = md5(fields, key: key)
        signed.set("sign_type", "MD5")
        signed.set("sign", sign)
        return signed
    }

    /// Base64 of SHA1withRSA over the same bytes, without any key glued to them.
    package static func rsa(_ fields: Fields, key: RSAPrivateKey) -> String {
        Base64.encode(key.signSHA1(message: stringToSign(fields)))
    }

    /// Whether the field `sign` is the RSA signature of the others.
    package static func isValidRSA(_ fields: Fields, key: RSAPublicKey) -> Bool {
        guard let sign = fields["sign"], let signature = Base64.decode(sign) else { return false }
        return key.verifySHA1(message: stringToSign(fields), signature: signature)
    }

    /// The fields with `sign_type` and `sign` at the end, as a merchant with an RSA key sends them.
    package static func signed(_ fields: Fields, rsaKey: RSAPrivateKey) -> Fields {
        var signed = fields
        let sign = rsa(fields, key: rsaKey)
        signed.set("sign_type", "RSA")
        signed.set("sign", sign)
        return signed
    }
}
