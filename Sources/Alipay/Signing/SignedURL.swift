import Text

/// A GET request to the gateway: every parameter, then `sign` and `sign_type`.
enum SignedURL {
    /// Nil if no key is in force to sign with. A parameter of no bytes is left out, as it is of what is signed.
    static func make(gatewayURL: String, parameters: [Parameter], keys: SigningKeys) -> String? {
        guard let signature = keys.sign(CanonicalString.bytes(of: parameters)) else { return nil }
        var url = start(gatewayURL)
        var separator = UInt8(ascii: "?")
        for parameter in parameters where !parameter.value.isEmpty { append(parameter, to: &url, &separator) }
        append(Parameter("sign", signature), to: &url, &separator)
        append(Parameter("sign_type", keys.signType.rawValue), to: &url, &separator)
        return String(decoding: url, as: UTF8.self)
    }

    static func unsigned(gatewayURL: String, parameters: [Parameter]) -> String {
        var url = start(gatewayURL)
        var separator = UInt8(ascii: "?")
        for parameter in parameters { append(parameter, to: &url, &separator) }
        return String(decoding: url, as: UTF8.self)
    }

    /// A checkout of a short subject fits in it.
    private static let bytesUsual = 2048

    private static func start(_ gatewayURL: String) -> [UInt8] {
        var url: [UInt8] = []
        url.reserveCapacity(bytesUsual)
        url.append(contentsOf: gatewayURL.utf8)
        return url
    }

    private static func append(_ parameter: Parameter, to url: inout [UInt8], _ separator: inout UInt8) {
        url.append(separator)
        url.append(contentsOf: parameter.name.utf8)
        url.append(UInt8(ascii: "="))
        PercentCoding.encode(parameter.value.span, to: &url)
        separator = UInt8(ascii: "&")
    }
}
