import Alipay
import Diagnostics
import Testing
import Text

/// Why a signature is not equal: each usual mistake is recognized, at the sender's end and on the way.
struct SignatureDiagnosisTests {
    typealias Code = SignatureDiagnosis.Code

    static func contract(_ keys: SigningKeys = .sample) -> Contract {
        Contract(partner: "2088101122136241", keys: keys, gatewayURL: "https://mapi.alipay.com/gateway.do")
    }

    static func codes(_ body: some Sequence<UInt8>, _ keys: SigningKeys = .sample) -> [Code] {
        SignatureDiagnosis.findings(body: Array(body), contract: contract(keys)).map(\.code)
    }

    // MARK: - The vectors of the reference

    /// What the sign of each wrong variant, in place of the right one, is taken for.
    static let signers: [(vector: String, label: String, code: Code)] = [
        ("edge-empty-and-zero", "empty values kept", .emptyValuesSigned),
        ("edge-sign_type-excluded", "sign_type left in (omnipay-alipay HEAD bug)", .signTypeSigned),
        ("edge-sort", "sorted the joined \"k=v\" strings", .sortedAsPairs),
        ("edge-sort", "case-insensitive sort", .sortedWithoutCase),
        ("edge-special-chars", "url-encoded values signed", .notDecoded),
        ("edge-special-chars", "html-escaped (&amp; &lt; &quot;)", .htmlEscaped),
        ("edge-special-chars", "addslashes / magic quotes", .slashesAdded),
        ("edge-special-chars", "+ taken as space", .blankAsPlus),
        ("edge-special-chars", "decoded once more", .decodedTwice),
        ("edge-addslashes", "magic quotes added backslashes", .slashesAdded),
        ("edge-addslashes", "stripslashes applied to unescaped data", .slashesStripped),
        ("edge-whitespace", "values trimmed (e.g. TrimStrings middleware)", .valuesTrimmed),
        ("edge-whitespace", "CRLF normalised to LF", .lineBreaksLF),
        // What a signer added and did not send cannot be guessed.
        ("edge-notify-url-query", "merchant query param shop=17 merged in", .noMatch),
        ("edge-notify-url-query", "framework route param s=/pay/notify (ThinkPHP)", .noMatch),
        ("edge-notify-url-query", "Drupal q=alipay/notify", .noMatch),
        ("edge-charset-mismatch", "signed utf-8 bytes although _input_charset=gbk", .utf8Signed),
        ("edge-new-unknown-field", "white-list verifier drops unknown field", .extraField),
        ("edge-key-whitespace", "key with trailing newline", .keyPadded),
        ("edge-key-whitespace", "key joined by &key= (WeChat style)", .keyWordBeforeKey),
        ("edge-key-whitespace", "key joined by &", .ampersandBeforeKey),
    ]

    @Test(arguments: signers)
    func `a signer's mistake is recognized by its signature`(vector id: String, label: String, code: Code) throws {
        let vector = try #require(Vector.all.first { $0.id == id })
        let variant = try #require(vector.wrong_variants?.first { $0.label == label })
        let body = try #require(vector.raw).replacing("sign=\(vector.sign)", with: "sign=\(variant.sign)")
        let codes = SignatureDiagnosisTests.codes(body.utf8, try vector.keys())
        #expect(codes.first { $0 != .otherSeller } == code, "\(codes)")
    }

    @Test func `every wrong variant of every vector is in the table`() {
        let variants = Vector.all.flatMap { vector in (vector.wrong_variants ?? []).map { "\(vector.id): \($0.label)" }
        }
        #expect(variants.count == 21)
        #expect(Set(variants) == Set(SignatureDiagnosisTests.signers.map { "\($0.vector): \($0.label)" }))
    }

    /// The same mistakes made by what lies between Alipay and this service: the sign is right and the body is not.
    static let damages: [(vector: String, from: String, to: String, code: Code)] = [
        // Encoded once more, as a proxy does that takes the body for plain text.
        ("edge-special-chars", "a%2Bb+c%2520d%26e", "a%252Bb%2Bc%252520d%2526e", .decodedTwice),
        // HTML-escaped: & < > " ' became &amp; &lt; &gt; &quot; &#039;.
        (
            "edge-special-chars", "%26e%3Df%23g%22h%27i%5Cj%3Ck%3El",
            "%26amp%3Be%3Df%23g%26quot%3Bh%26%23039%3Bi%5Cj%26lt%3Bk%26gt%3Bl", .htmlUnescaped
        ),
        ("edge-special-chars", "%22h%27i%5Cj", "%5C%22h%5C%27i%5C%5Cj", .slashesStripped),
        // Decoded and sent on without encoding: the plus sign turns into a blank here.
        ("edge-special-chars", "a%2Bb", "a+b", .plusAsBlank),
        (
            "edge-addslashes", "O%27Reilly+%22C%3A%5Cdir%5C%22", "O%5C%27Reilly+%5C%22C%3A%5C%5Cdir%5C%5C%5C%22",
            .slashesStripped
        ),
        ("edge-whitespace", "line1%0D%0Aline2", "line1%0Aline2", .lineBreaksCRLF),
        ("edge-notify-url-query", "&sign_type=", "&shop=17&sign_type=", .extraField),
        ("edge-notify-url-query", "discount=", "s=/pay/notify&discount=", .extraField),
        ("edge-notify-url-query", "&subject=", "&q=alipay/notify&subject=", .extraField),
        ("edge-notify-url-query", "&subject=", "&q=alipay/notify&shop=17&subject=", .unknownFields),
        ("edge-charset-mismatch", "subject=%D6%D0%CE%C4", "subject=%E4%B8%AD%E6%96%87", .gbkSigned),
        // One value of three turned into UTF-8: two mistakes at once, as it were.
        ("ntf-direct-zh-gbk", "m17%7C%B6%A9%B5%A5", "m17%7C%E8%AE%A2%E5%8D%95", .noMatch),
        ("edge-sign_type-excluded", "sign_type=MD5", "sign_type=md5", .signTypeDiffers),
        ("edge-sign_type-excluded", "sign_type=MD5", "sign_type=RSA", .signTypeDiffers),
        // What was cut off, or decoded twice, is gone.
        ("edge-whitespace", "subject=+padded+", "subject=padded", .noMatch),
        ("edge-special-chars", "c%2520d", "c+d", .noMatch),
        ("edge-addslashes", "%5Cdir%5C%22", "dir%22", .noMatch),
    ]

    @Test(arguments: damages)
    func `damage on the way is recognized by the signature`(
        vector id: String, from: String, to: String, code: Code
    ) throws {
        let vector = try #require(Vector.all.first { $0.id == id })
        let raw = try #require(vector.raw)
        #expect(raw.contains(from))
        let codes = SignatureDiagnosisTests.codes(raw.replacing(from, with: to).utf8, try vector.keys())
        #expect(codes.first { $0 != .otherSeller } == code, "\(codes)")
    }

    /// wap v1 names its algorithm in `sec_id`.
    @Test(arguments: VectorTests.forms)
    func `a message as it ought to be is equal`(_ vector: Vector) throws {
        let code: Code = vector.id == "pub-chloerei-wapv1-auth" ? .signTypeDiffers : .equal
        #expect(SignatureDiagnosisTests.codes(try vector.body(), try vector.keys()) == [code])
    }
}
