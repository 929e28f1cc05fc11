import Alipay
import Crypto
import Diagnostics
import FoundationEssentials
import Testing
import Text

/// One case of Fixtures/mapi-vectors.json: published samples of other libraries, signatures of Alipay's own, and computed
/// ones that five implementations agree on.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    struct WrongVariant: Decodable, Sendable {
        let label: String
        let sign: String
    }

    let id: String
    let group: String
    let charset: String
    /// The MD5 key.
    let key: String?
    /// PEM, where the signature is RSA's.
    let public_key: String?
    let sign_type: String
    /// Decoded, without `sign` and `sign_type`; null where the text is private.
    let params: [String: String]?
    let string_to_sign_hex: String?
    /// Where only the digest of the text may be published.
    let string_to_sign_sha1: String?
    let signed_field_names_in_order: [String]?
    let sign: String
    /// As it went over the wire, with its sign.
    let raw: String?
    let wrong_variants: [WrongVariant]?
    /// The element inside `response`, where it is an answer.
    let wrapper: String?
    let xml_hex: String?

    var testDescription: String { id }

    static let all: [Vector] = {
        do {
            return try JSONDecoder().decode([Vector].self, from: Fixture.data("mapi-vectors.json"))
        } catch {
            preconditionFailure("mapi-vectors.json: \(error)")
        }
    }()

    static func of(_ groups: String..., sign type: String = "MD5") -> [Vector] {
        all.filter { groups.contains($0.group) && $0.sign_type == type }
    }

    /// The receiver's: its own private key, where it has one, is any.
    func keys() throws -> SigningKeys {
        if let key { return SigningKeys(md5: [Secret(key)]) }
        return SigningKeys(rsa: SampleRSA.merchant, alipay: [try publicKey()])
    }

    func stringToSign() throws -> [UInt8] {
        let hex = try #require(string_to_sign_hex)
        return try #require(Hex.decode(hex))
    }

    func body() throws -> [UInt8] { Array(try #require(raw).utf8) }

    func publicKey() throws -> RSAPublicKey {
        let text = try #require(public_key)
        return try RSAPublicKey(text: text)
    }

    /// The answer's body.
    func xml() throws -> [UInt8] {
        let hex = try #require(xml_hex)
        return try #require(Hex.decode(hex))
    }

    /// The parameters as bytes of the vector's charset, in no particular order.
    func parameters() throws -> [Parameter] {
        try #require(params).map { name, value in
            Parameter(name, bytes: charset == "gbk" ? try GBK.encode(value) : Array(value.utf8))
        }
    }
}
