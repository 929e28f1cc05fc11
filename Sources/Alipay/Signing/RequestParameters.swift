import Payments
import Text

/// The parameters of one request, written in one charset.
struct RequestParameters {
    let charset: TextCharset
    private(set) var list: [Parameter]

    /// Begins with what every request has: `_input_charset`, `partner` and `service`.
    init(_ service: String, _ contract: Contract, _ charset: TextCharset) {
        self.charset = charset
        list = [
            Parameter("_input_charset", charset.rawValue), Parameter("partner", contract.partner),
            Parameter("service", service),
        ]
    }

    /// Adds a value; nil and the empty text are not sent.
    mutating func add(_ name: String, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        list.append(Parameter(name, bytes: RequestParameters.bytes(of: text, charset)))
    }

    /// A GET request to the contract's gateway, signed; nil if no key is in force to sign with.
    func signedURL(_ contract: Contract) -> String? {
        SignedURL.make(gatewayURL: contract.gatewayURL, parameters: list, keys: contract.keys)
    }

    /// What the charset lacks was refused when it was asked for; should any come this far, `?` stands in its place.
    private static func bytes(of text: String, _ charset: TextCharset) -> [UInt8] {
        guard charset == .gbk else { return Array(text.utf8) }
        if let bytes = try? GBK.encode(text) { return bytes }
        return text.unicodeScalars.flatMap { (try? GBK.encode(String($0))) ?? [UInt8(ascii: "?")] }
    }
}
