import Alipay
import Crypto
import Diagnostics
import Testing
import Text

extension Message {
    /// With the signature of another string than its own.
    func signed(over string: [UInt8], key: String = keyText) -> Message {
        with("sign_type", "MD5").with("sign", Hex.encode(MD5.digest(string + Array(key.utf8))))
    }

    func signed(over string: String) -> Message { signed(over: Array(string.utf8)) }
}

/// Each code of the diagnosis, from a message made for it.
struct DiagnosisCodeTests {
    typealias Code = SignatureDiagnosis.Code

    struct Sample: Sendable, CustomTestStringConvertible {
        let code: Code
        let body: [UInt8]
        let keys: SigningKeys

        init(_ code: Code, _ message: Message, keys: SigningKeys = .sample) {
            self.init(code, message.body, keys: keys)
        }

        init(_ code: Code, _ body: [UInt8], keys: SigningKeys = .sample) {
            self.code = code
            self.body = body
            self.keys = keys
        }

        var testDescription: String { code.rawValue }
    }

    static let signed = Message.paid.signed()
    static let sign = Message.paid.sign()

    static let ofTheMessage = [
        Sample(.equal, signed),
        Sample(.tooLong, signed.with("note", String(repeating: "x", count: 65_536))),
        Sample(.notAForm, signed.body + Array("&total_fee=0.01".utf8)),
        Sample(.signMissing, signed.with("sign", nil)),
        Sample(.signMissing, signed.with("sign", "")),
        Sample(.signMissing, [] as [UInt8]),
        Sample(.signTypeDiffers, signed.with("sign_type", "md5")),
        Sample(.signTypeDiffers, signed.with("sign_type", nil)),
        Sample(.algorithmDiffers, signed.with("sign_type", "RSA").with("sign", "YWJj")),
        Sample(
            .keyLapsed, signed,
            keys: SigningKeys(md5: [TaggedKey(md5: Secret(keyText), notAfterMs: 1)], clock: SystemClock())),
        Sample(.signUpperCase, signed.with("sign", sign.uppercased())),
        Sample(.signUpperCase, signed.with("sign", sign.uppercased()).with("sign_type", "md5")),
        Sample(.signPadded, signed.with("sign", sign + "\r\n")),
        Sample(.signPadded, signed.with("sign", " " + sign)),
        Sample(.signEncoded, signed.with("sign", sign.map { "%" + Hex.encode([$0.asciiValue ?? 0]) }.joined())),
    ]

    static let mixedKey = "abcdefghijklmnopQRSTUVWXYZ012345"
    static let mixed = SigningKeys(md5: [Secret(otherKeyText), Secret(mixedKey)])

    static let ofTheKey = [
        Sample(.keyPadded, Message.paid.signed(key: keyText + "\n")),
        Sample(.keyPadded, Message.paid.signed(key: keyText + "\r\n")),
        Sample(.keyPadded, Message.paid.signed(key: " " + keyText)),
        Sample(.keyPadded, Message.paid.signed(key: "\u{FEFF}" + keyText)),
        Sample(.keyUnpadded, signed, keys: SigningKeys(md5: [Secret("\u{FEFF}\"\(keyText)\"\n")])),
        Sample(.keyUpperCase, Message.paid.signed(key: mixedKey.uppercased()), keys: mixed),
        Sample(.keyLowerCase, Message.paid.signed(key: mixedKey.lowercased()), keys: mixed),
        Sample(.keyMissing, Message.paid.signed(key: "")),
        Sample(.ampersandBeforeKey, Message.paid.signed(key: "&" + keyText)),
        Sample(.keyWordBeforeKey, Message.paid.signed(key: "&key=" + keyText)),
    ]

    /// The keys are new in every run: a message whose signature has a plus sign in base64.
    static let rsa =
        (1...100).map { Message.paid.with("body", "\($0)").signed(rsa: SampleRSA.alipay) }
        .first { $0.wire.split(separator: "&sign=").last?.contains("%2B") == true } ?? Message([])
    static let rsaSign = String(decoding: rsa.fields.last?.value ?? [], as: UTF8.self)

    static let ofRSA = [
        Sample(.equal, rsa, keys: SampleRSA.keys),
        // On the wire as it is, and not as %2B.
        Sample(.signPlusAsSpace, rsa.with("sign", rsaSign.replacing("+", with: " ")), keys: SampleRSA.keys),
        Sample(
            .signPadded, rsa.with("sign", rsaSign.prefix(76) + "\r\n" + rsaSign.dropFirst(76)), keys: SampleRSA.keys),
        Sample(
            .signEncoded,
            rsa.with(
                "sign", rsaSign.replacing("+", with: "%2B").replacing("/", with: "%2F").replacing("=", with: "%3D")),
            keys: SampleRSA.keys),
        Sample(.signTypeDiffers, rsa.with("sign_type", "rsa"), keys: SampleRSA.keys),
        Sample(.algorithmDiffers, rsa.with("sign_type", "MD5").with("sign", sign), keys: SampleRSA.keys),
        Sample(.algorithmDiffers, rsa),
        Sample(.ownKeySigned, Message.paid.signed(rsa: SampleRSA.merchant), keys: SampleRSA.keys),
        Sample(.extraField, rsa.with("shop", "17"), keys: SampleRSA.keys),
        Sample(.noMatch, Message.paid.signed(rsa: SampleRSA.stranger), keys: SampleRSA.keys),
    ]

    /// Short enough to spell out what was signed.
    static let short = Message([("b", "2"), ("a", "1"), ("notify_id", "7"), ("B", "4"), ("body", ""), ("a1", "3")])

    static let ofTheString = [
        Sample(.signTypeSigned, short.signed(over: "B=4&a=1&a1=3&b=2&notify_id=7&sign_type=MD5")),
        Sample(.emptyValuesSigned, short.signed(over: "B=4&a=1&a1=3&b=2&body=&notify_id=7")),
        Sample(.sortedWithoutCase, Message([("b", "2"), ("B1", "4")]).signed(over: "b=2&B1=4")),
        Sample(.sortedAsPairs, short.signed(over: "B=4&a1=3&a=1&b=2&notify_id=7")),
        Sample(.notSorted, short.signed(over: "b=2&a=1&notify_id=7&B=4&a1=3")),
        Sample(.extraField, short.signed(over: "B=4&a1=3&b=2&notify_id=7")),
        Sample(.extraField, short.signed(over: "B=4&a=1&a1=3&b=2")),
        Sample(.unknownFields, short.signed(over: "notify_id=7")),
        Sample(.ampersandsTrimmed, Message([("a", "1"), ("z", "all &&")]).signed(over: "a=1&z=all ")),
    ]

    /// What was signed as the subject, and what came.
    static let ofTheValues: [(code: Code, was: [UInt8], came: [UInt8])] = [
        (.gbkSigned, [0xC8, 0xFD, 0xCC, 0xE5], Array("三体".utf8)),
        (.utf8Signed, Array("三体".utf8), [0xC8, 0xFD, 0xCC, 0xE5]),
        // E4 B8 89, three characters of ISO 8859-1.
        (.utf8Twice, Array("三".utf8), [0xC3, 0xA4, 0xC2, 0xB8, 0xC2, 0x89]),
        (.blankAsPlus, Array("a b".utf8), Array("a+b".utf8)),
        (.decodedTwice, Array("a+b 100%".utf8), Array("a%2Bb 100%".utf8)),
        (.decodedTwice, Array("a b & %zz%4".utf8), Array("a+b %26 %zz%4".utf8)),
        (.notDecoded, Array("a%26b".utf8), Array("a&b".utf8)),
        (.plusAsBlank, Array("+86 138".utf8), Array(" 86 138".utf8)),
        (.plusAsBlank, Array("1 + 1".utf8), Array("1   1".utf8)),
        (.plusAsBlank, Array("a+b+c".utf8), Array("a b c".utf8)),
        (.valuesTrimmed, Array("x y".utf8), Array("\t x y\r\n\0".utf8)),
        (.lineBreaksLF, Array("a\nb\n".utf8), Array("a\r\nb\n".utf8)),
        (.lineBreaksCRLF, Array("a\r\nb\r\n".utf8), Array("a\r\nb\n".utf8)),
        (.slashesAdded, Array(#"O\'R \"C:\\\""#.utf8), Array(#"O'R "C:\""#.utf8)),
        (.slashesAdded, Array(#"a\0b"#.utf8), Array("a\0b".utf8)),
        (.slashesStripped, Array(#"O'R "C:\""#.utf8), Array(#"O\'R \"C:\\\""#.utf8)),
        (.slashesStripped, Array("a\0b".utf8), Array(#"a\0b"#.utf8)),
        (.htmlEscaped, Array("&lt;b&gt; &amp; &quot;it's&quot;".utf8), Array("<b> & \"it's\"".utf8)),
        (.htmlEscaped, Array("it&#x27;s &amp;amp;".utf8), Array("it's &amp;".utf8)),
        (
            .htmlUnescaped, Array("<b> & \"it's\" &amp;".utf8),
            Array("&lt;b&gt; &amp; &#34;it&#39;s&quot; &amp;amp;".utf8)
        ),
        (.charactersLost, [0xC8, 0xFD], Array("\u{FFFD}\u{FFFD}".utf8)),
        (.noMatch, Array("a".utf8), Array("b".utf8)),
    ]

    static let more = [
        Sample(.notDecoded, Message([("a", "x y"), ("b", "&")]).signed(over: "a=x+y&b=%26")),
        Sample(
            .plusKept,
            Array(
                Message([("a", "x y"), ("b", "1 2")]).signed(over: "a=x+y&b=1 2").wire
                    .replacing("1+2", with: "1%202").utf8)),
        Sample(.otherSeller, signed.with("seller_id", "2088000000000009")),
        Sample(.noMatch, signed, keys: .other),
    ]

    static func findings(_ sample: Sample) -> [SignatureDiagnosis.Finding] {
        SignatureDiagnosis.findings(body: sample.body, contract: SignatureDiagnosisTests.contract(sample.keys))
    }

    @Test(arguments: ofTheMessage + ofTheKey + ofRSA + ofTheString + more)
    func `it is recognized`(_ sample: Sample) {
        let findings = DiagnosisCodeTests.findings(sample)
        #expect(findings.first?.code == sample.code, "\(findings)")
    }

    @Test(arguments: ofTheValues)
    func `what was done to a value is recognized`(code: Code, was: [UInt8], came: [UInt8]) {
        let paid = Message.paid.with("extra_common_param", "m17")
        let message = paid.with("subject", bytes: was).signed().with("subject", bytes: came)
        let findings = DiagnosisCodeTests.findings(Sample(code, message))
        #expect(findings.first?.code == code, "\(findings)")
    }

    @Test func `there is a sample of every code`() {
        let samples =
            DiagnosisCodeTests.ofTheMessage + DiagnosisCodeTests.ofTheKey + DiagnosisCodeTests.ofRSA
            + DiagnosisCodeTests.ofTheString
        let codes = (samples + DiagnosisCodeTests.more).map(\.code) + DiagnosisCodeTests.ofTheValues.map(\.code)
        #expect(Set(codes) == Set(Code.allCases))
    }

    @Test func `a finding reads as a sentence and a cure, names the field, and holds no value and no key`() {
        for code in Code.allCases { #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "8" }) }
        let samples =
            DiagnosisCodeTests.ofTheMessage + DiagnosisCodeTests.ofTheKey + DiagnosisCodeTests.ofRSA
            + DiagnosisCodeTests.ofTheString
        var sentences = Set<String>()
        for finding in (samples + DiagnosisCodeTests.more).flatMap(DiagnosisCodeTests.findings) {
            #expect(finding.sentence.hasSuffix(".") && finding.cure.hasSuffix("."))
            for text in [finding.sentence, finding.cure] {
                #expect(!text.contains(keyText) && !text.contains("ORDER-1001") && !text.contains("2088"))
            }
            sentences.insert(finding.sentence)
        }
        #expect(sentences.contains("The signature would match if the field a were left out."))
        #expect(sentences.contains("The signature would match if the message's sign_type were MD5."))
        #expect(
            sentences.contains(
                "The body is not a form that can be read in one way only: the field total_fee appears twice."))
    }

    @Test func `two mistakes that cannot be told apart are both named`() {
        let message = Message.paid.with("subject", "a b").signed().with("subject", "a+b")
        let codes = DiagnosisCodeTests.findings(Sample(.blankAsPlus, message)).map(\.code)
        #expect(codes == [.blankAsPlus, .decodedTwice])
    }

    @Test func `a body of 64 KiB and 200 fields is diagnosed and one byte more is not`() {
        var message = Message([("notify_id", "7")])
        for number in 1...196 { message = message.with("x\(number)", "' \(number)") }
        message = message.signed(over: "")
        let padding = 65_536 - message.body.count - "&x=".utf8.count
        let largest = message.body + Array(("&x=" + String(repeating: "'", count: padding)).utf8)
        #expect(largest.count == 65_536)
        #expect(DiagnosisCodeTests.findings(Sample(.noMatch, largest)).map(\.code) == [.noMatch])
        #expect(DiagnosisCodeTests.findings(Sample(.tooLong, largest + [0x27])).map(\.code) == [.tooLong])
    }

    @Test func `the fortieth stranger that was added is found and the forty-first is not`() {
        var message = Message([("notify_id", "7")])
        for number in 10...48 { message = message.with("x\(number)", "1") }
        let signed = message.signed()
        let fortieth = signed.with("shop", "17")
        let found = DiagnosisCodeTests.findings(Sample(.extraField, fortieth))
        #expect(found.map(\.code) == [.extraField])
        #expect(found.first?.detail == "shop")
        let more = message.with("x49", "1").signed().with("shop", "17")
        #expect(DiagnosisCodeTests.findings(Sample(.noMatch, more)).map(\.code) == [.noMatch])
    }
}
