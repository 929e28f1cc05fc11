import Payments
import Text

/// Text of Alipay's, decoded for people. Nothing is decided on it: signatures are over the bytes as they came, and the fields
/// that count are ASCII.
enum DisplayText {
    /// What cannot be read becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - charset: nil if it is not known. Notifications come in the charset of their payment's request, and one contract
    ///     can have payments of both, since `mobile_web` is UTF-8 whatever the contract says. Then well-formed UTF-8 is read
    ///     as such, which text in GBK is only by rare accident, and anything else as GBK.
    ///   - keys: a text that has one of them in it is not shown.
    static func decode(
        _ bytes: ArraySlice<UInt8>, _ charset: TextCharset?, hiding keys: SigningKeys? = nil
    ) -> String {
        if keys?.stand(in: bytes) == true { return "<secret>" }
        switch charset ?? (UTF8Check.isValid(bytes) ? .utf8 : .gbk) {
        case .utf8: return String(decoding: bytes, as: UTF8.self)
        case .gbk: return GBK.decodeLossy(bytes)
        }
    }
}
