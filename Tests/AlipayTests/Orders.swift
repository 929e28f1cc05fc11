import Alipay
import HTTP
import Payments
import Testing
import Text

extension Callbacks {
    static let sample = Callbacks(
        notifyURL: "https://pay.example/notify/bookshop", returnURL: "https://pay.example/return/bookshop")
}

extension Payment {
    /// 120.50 yuan, two hours to pay it in, made at 2026-01-02 11:04:05 in Beijing.
    static func sample(
        _ channel: Channel = .web, _ settlement: Settlement = .instant, reference: String = "ORDER-1001",
        amount: Int64 = 12_050, subject: String = "Blue mug", description: String? = nil, shipping: Shipping? = nil,
        showURL: String? = nil, options: [MetadataEntry] = [], charset: TextCharset = .utf8,
        expiresInMs: Int64 = 7_200_000
    ) -> Payment {
        Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: reference,
            amountMinor: amount, subject: subject, description: description, channel: channel, settlement: settlement,
            shipping: shipping, showURL: showURL, providerOptions: options, charset: charset, createdAtMs: sampleNowMs,
            expiresAtMs: sampleNowMs + expiresInMs)
    }
}

let sampleNowMs: Int64 = 1_767_323_045_000

extension Refund {
    /// 20.00 yuan of the sample trade.
    static func sample(
        amount: Int64 = 2000, reason: String? = nil, tradeNo: String = "2026010222001400000000000001",
        batchNo: String? = "20260102re01", refundedBefore: Int64 = 0
    ) -> Refund {
        Refund(
            id: "re_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", payment: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
            amountMinor: amount, reason: reason, origin: .api, method: .noPassword, tradeNo: tradeNo, batchNo: batchNo,
            refundedBeforeMinor: refundedBefore, status: .pending, createdAtMs: sampleNowMs, updatedAtMs: sampleNowMs)
    }
}

extension MetadataEntry {
    init(_ key: String, _ value: String) { self.init(key: key, value: value) }
}

/// The parameters of a request, decoded, wherever they stand.
struct SentParameters {
    let fields: FormFields

    init(url: String) throws {
        let start = try #require(url.firstIndex(of: "?"))
        let query = url[start...].dropFirst()
        fields = try FormFields(Array(query.utf8), fieldsMax: 60)
    }

    init(_ request: OutboundRequest) throws {
        let inBody = "?" + String(decoding: request.body, as: UTF8.self)
        try self.init(url: request.method == .get ? request.url : inBody)
    }

    /// Nil when there is none of that name.
    subscript(name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }

    /// By name, without `sign` and `sign_type`.
    var unsigned: [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        for field in fields { values[String(decoding: field.name, as: UTF8.self)] = Array(field.value) }
        values["sign"] = nil
        values["sign_type"] = nil
        return values
    }

    /// The signature that these very bytes ought to have.
    func expectedSign(key: String = keyText) -> String {
        var message = Message([])
        for field in fields { message.fields.append((String(decoding: field.name, as: UTF8.self), Array(field.value))) }
        return message.sign(key: key)
    }
}

/// Text in the bytes of a charset that has all of it.
enum RequestText {
    static func bytes(of text: String, _ charset: TextCharset) -> [UInt8] {
        charset == .gbk ? (try? GBK.encode(text)) ?? [] : Array(text.utf8)
    }
}
