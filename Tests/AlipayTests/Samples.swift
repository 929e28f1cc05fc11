import Alipay
import Crypto
import Diagnostics
import HTTP
import Payments
import Text

let keyText = "abcdefghijklmnopqrstuvwxyz012345"
let otherKeyText = "543210zyxwvutsrqponmlkjihgfedcba"

extension SigningKeys {
    static let sample = SigningKeys(md5: [Secret(keyText)])
    static let other = SigningKeys(md5: [Secret(otherKeyText)])
}

/// The two key pairs of an RSA contract, made for these tests, and a pair of somebody else.
enum SampleRSA {
    static let merchant = RSAPrivateKey.generate(bits: 1024)
    static let alipay = RSAPrivateKey.generate(bits: 1024)
    static let stranger = RSAPrivateKey.generate(bits: 2048)

    static let keys = SigningKeys(rsa: merchant, alipay: [alipay.publicKey])
}

extension Contract {
    static func sample(
        sellerID: String? = nil, sellerEmail: String? = nil, gatewayURL: String = "https://mapi.alipay.com/gateway.do",
        services: ContractServices = ContractServices(), keys: SigningKeys = .sample, charset: TextCharset = .utf8
    ) -> Contract {
        Contract(
            partner: "2088101122136241", sellerID: sellerID, sellerEmail: sellerEmail, keys: keys,
            gatewayURL: gatewayURL, services: services, charset: charset)
    }
}

/// Fields and their values in the order sent, signed as Alipay does it: written here once more, apart from the code that
/// is tested.
struct Message {
    var fields: [(name: String, value: [UInt8])]

    init(_ fields: [(String, String)]) {
        self.fields = fields.map { ($0.0, Array($0.1.utf8)) }
    }

    /// A paid trade's notification of 26 fields, one of them empty, without its signature.
    static let paid = Message([
        ("discount", "0.00"), ("payment_type", "1"), ("subject", "三体 (1-3) + 100%"),
        ("trade_no", "2026010222001400000000000001"),
        ("buyer_email", "b***@example.com"), ("gmt_create", "2026-01-02 11:03:05"),
        ("notify_type", "trade_status_sync"),
        ("quantity", "1"), ("out_trade_no", "ORDER-1001"), ("seller_id", "2088101122136241"),
        ("notify_time", "2026-01-02 11:04:06"), ("body", ""), ("trade_status", "TRADE_SUCCESS"),
        ("is_total_fee_adjust", "N"),
        ("total_fee", "120.50"), ("gmt_payment", "2026-01-02 11:04:05"), ("seller_email", "sales@bookshop.example"),
        ("price", "120.50"), ("buyer_id", "2088000000000002"), ("notify_id", "0123456789abcdef0123456789abcdef2a"),
        ("use_coupon", "N"), ("extra_common_param", "a=1&b=2"), ("out_channel_type", "BALANCE"),
        ("out_channel_amount", "120.50"), ("business_scene", "qrpay"), ("some_new_field", "x"),
    ])

    /// What the browser brings back from the same trade.
    static let returned = Message([
        ("is_success", "T"), ("exterface", "create_direct_pay_by_user"),
        ("notify_id", "RqPnCoPT3K9%2Fvwbh3I%2BODmZS9o4qChHwPWbaS7UMBJpUnBJlzg"),
        ("notify_time", "2026-01-02 11:04:07"), ("notify_type", "trade_status_sync"), ("out_trade_no", "ORDER-1001"),
        ("trade_no", "2026010222001400000000000001"), ("trade_status", "TRADE_SUCCESS"), ("subject", "三体 (1-3)"),
        ("payment_type", "1"), ("total_fee", "120.50"), ("seller_email", "sales@bookshop.example"),
        ("seller_id", "2088101122136241"), ("buyer_email", "b***@example.com"), ("buyer_id", "2088000000000002"),
    ])

    /// With a field set, in its place or at the end; nil removes it.
    func with(_ name: String, _ value: String?) -> Message { with(name, bytes: value.map { Array($0.utf8) }) }

    func with(_ name: String, bytes value: [UInt8]?) -> Message {
        var changed = self
        guard let value else {
            changed.fields.removeAll { $0.name == name }
            return changed
        }
        if let index = fields.firstIndex(where: { $0.name == name }) {
            changed.fields[index].value = value
        } else {
            changed.fields.append((name, value))
        }
        return changed
    }

    func sign(key: String = keyText) -> String {
        Hex.encode(MD5.digest(signedText + Array(key.utf8)))
    }

    func sign(rsa key: RSAPrivateKey) -> String { Base64.encode(key.signSHA1(message: signedText)) }

    private var signedText: [UInt8] {
        let signed = fields.filter { !$0.value.isEmpty && $0.name != "sign" && $0.name != "sign_type" }
            .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        let parts = signed.map { Array("\($0.name)=".utf8) + $0.value }
        return Array(parts.joined(separator: Array("&".utf8)))
    }

    func signed(key: String = keyText) -> Message {
        let sign = sign(key: key)
        return with("sign_type", "MD5").with("sign", sign)
    }

    func signed(rsa key: RSAPrivateKey) -> Message {
        let sign = sign(rsa: key)
        return with("sign_type", "RSA").with("sign", sign)
    }

    /// The wire form, with `%XX` for all but letters and digits and `+` for a space, as Alipay sends it.
    var body: [UInt8] { Array(wire.utf8) }

    var wire: String {
        fields.map { field in
            let value = String(decoding: PercentCoding.encode(field.value), as: UTF8.self)
            return "\(field.name)=\(value.replacing("%20", with: "+"))"
        }.joined(separator: "&")
    }

    func notification() throws -> InboundNotification { try InboundNotification(body) }
}

extension OutboundResponse {
    /// An answer over verified TLS.
    static func sample(
        _ body: String, status: Int = 200, headers: [(String, String)] = [], verifiedTLS: Bool = true
    ) -> OutboundResponse {
        OutboundResponse(status: status, headers: Headers(headers), body: Array(body.utf8), verifiedTLS: verifiedTLS)
    }
}

extension Message {
    /// The fields that a body decodes to and that are signed, and the signature, in byte order of the names.
    static func fields(of body: [UInt8]) throws -> [[UInt8]] {
        try FormFields(body, fieldsMax: 200).filter { !$0.value.isEmpty }
            .map { Array($0.name) + [UInt8(ascii: "=")] + Array($0.value) }
    }
}
