import Text

/// A GET request to the gateway: every parameter, then `sign` and `sign_type`.
enum SignedURL {
    /// Nil if no key is in force to sign with.
    static func make(gatewayURL: String, parameters: [Parameter], keys: SigningKeys) -> String? {
        let sent = parameters.filter { !$0.value.isEmpty }
        guard let signature = keys.sign(CanonicalString.bytes(of: sent)) else { return nil }
        let all = sent + [Parameter("sign", signature), Parameter("sign_type", keys.signType.rawValue)]
        return unsigned(gatewayURL: gatewayURL, parameters: all)
    }

    static func unsigned(gatewayURL: String, parameters: [Parameter]) -> String {
        var out = Array(gatewayURL.utf8)
        var separator = UInt8(ascii: "?")
        for parameter in parameters {
            out.append(separator)
            out.append(contentsOf: parameter.name.utf8)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: PercentCoding.encode(parameter.value))
            separator = UInt8(ascii: "&")
        }
        return String(decoding: out, as: UTF8.self)
    }
}
