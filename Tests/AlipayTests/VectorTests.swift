import Alipay
import Crypto
import Diagnostics
import Payments
import Testing
import Text

/// Every vector of the reference, as VectorTable has it.
struct VectorTests {
    static let forms = VectorTable.vectors(.request, .notification, .form, .edge)
    static let answers = VectorTable.vectors(.answer)
    static let edges = VectorTable.vectors(.edge)

    @Test func `every vector has its line in the table, and no line is without its vector`() {
        #expect(Set(Vector.all.map(\.id)) == Set(VectorTable.checks.keys))
        #expect(Vector.all.count == VectorTable.checks.count)
        #expect(Vector.all.count == 65)
        #expect(VectorTable.vectors(.leftOut).map(\.sign_type) == ["DSA"])
        #expect(Vector.all.allSatisfy { ["MD5", "RSA", "DSA"].contains($0.sign_type) })
        #expect(Vector.all.allSatisfy { ["utf-8", "gbk"].contains($0.charset) })
    }

    @Test(arguments: Vector.all.filter { $0.sign_type == "MD5" })
    func `the key gives the sign of the string that was signed`(_ vector: Vector) throws {
        let text = try vector.stringToSign()
        let keys = try vector.keys()
        #expect(keys.sign(text) == vector.sign)
        #expect(keys.verify(text, signature: Array(vector.sign.utf8)[...]))
    }

    @Test(arguments: VectorTable.vectors(.request, .notification, .form, .textOnly, sign: "RSA"))
    func `the public key verifies the string that was signed, and no other string`(_ vector: Vector) throws {
        let text = try vector.stringToSign()
        let keys = try vector.keys()
        let signature = Array(vector.sign.utf8)[...]
        #expect(keys.verify(text, signature: signature))
        #expect(!keys.verify(text + [UInt8(ascii: "&")], signature: signature))
        #expect(!keys.verify(text.reversed(), signature: signature))
    }

    @Test(arguments: VectorTable.vectors(.request, .notification, .form, .textOnly, sign: "RSA"))
    func `signed by a key made here the same string is verified by the library alone, and by us the other way round`(
        _ vector: Vector
    ) throws {
        let text = try vector.stringToSign()
        let sign = try #require(SampleRSA.keys.sign(text))
        let signature = try #require(Base64.decode(sign))
        #expect(SampleRSA.merchant.publicKey.verifySHA1(message: text, signature: signature))
        let theirs = Base64.encode(SampleRSA.alipay.signSHA1(message: text))
        #expect(SampleRSA.keys.verify(text, signature: Array(theirs.utf8)[...]))
    }

    @Test(arguments: forms + answers)
    func `parameters on their way out give the string, in whatever order they come`(_ vector: Vector) throws {
        #expect(CanonicalString.bytes(of: try vector.parameters()) == (try vector.stringToSign()))
        #expect(CanonicalString.bytes(of: try vector.parameters().reversed()) == (try vector.stringToSign()))
    }

    @Test(arguments: forms)
    func `a form that came gives the string, and its sign is accepted`(_ vector: Vector) throws {
        let form = try FormFields(vector.body(), fieldsMax: 200)
        let canonical = CanonicalString.bytes(of: form)
        #expect(canonical == (try vector.stringToSign()))
        let sign = try #require(form["sign"])
        #expect(try vector.keys().verify(canonical, signature: sign))
        #expect(!SigningKeys.other.verify(canonical, signature: sign))
        #expect(!SampleRSA.keys.verify(canonical, signature: sign))
    }

    @Test(arguments: VectorTable.vectors(.notification))
    func `a notification's raw body is read and is signed by the key, and by no other`(_ vector: Vector) throws {
        let notification = try InboundNotification(vector.body())
        #expect(notification.notifyID == vector.params?["notify_id"])
        #expect(notification.notifyType == vector.params?["notify_type"])
        #expect(notification.signType == vector.sign_type)
        #expect(notification.isSigned(by: try vector.keys()))
        #expect(!notification.isSigned(by: .other))
        #expect(!notification.isSigned(by: SampleRSA.keys))
    }

    @Test(arguments: VectorTable.vectors(.notification))
    func `a notification's fields are shown as they were before they were written`(_ vector: Vector) throws {
        let shown = try InboundNotification(vector.body()).displayFields(
            charset: vector.charset == "gbk" ? .gbk : .utf8)
        let unsigned = shown.filter { $0.name != "sign" && $0.name != "sign_type" }
        #expect(Dictionary(uniqueKeysWithValues: unsigned.map { ($0.name, $0.value) }) == vector.params)
    }

    /// chloerei's notification has a `notify_id` and nothing else; its sign is right, and it is no notification all the same.
    @Test func `the published notification lacks a notify_type and is malformed`() throws {
        let vector = try #require(Vector.of("published-notify").first)
        let error = #expect(throws: InboundNotification.Malformed.self) { try InboundNotification(vector.body()) }
        #expect(error?.reason == "notify_type is missing")
    }

    @Test(arguments: edges.filter { $0.wrong_variants != nil })
    func `the sign that a typical mistake gives is refused in place of the right one`(_ vector: Vector) throws {
        let wrong = try #require(vector.wrong_variants)
        #expect(!wrong.isEmpty)
        for variant in wrong {
            let body = try #require(vector.raw).replacing("sign=\(vector.sign)", with: "sign=\(variant.sign)")
            #expect(body != vector.raw)
            let form = try FormFields(Array(body.utf8), fieldsMax: 200)
            let sign = try #require(form["sign"])
            #expect(!(try vector.keys().verify(CanonicalString.bytes(of: form), signature: sign)), "\(variant.label)")
        }
    }

    @Test func `there are signs of 21 typical mistakes`() {
        #expect(VectorTests.edges.reduce(0) { $0 + ($1.wrong_variants?.count ?? 0) } == 21)
    }

    /// The signatures of Alipay's own key prove the order of the names and that `sign` and `sign_type` are left out.
    @Test(arguments: VectorTable.vectors(.digestOnly))
    func `a notification that Alipay signed names its fields in our order`(_ vector: Vector) throws {
        let names = try #require(vector.signed_field_names_in_order)
        let shuffled =
            names.reversed().map { Parameter($0, "1") } + [Parameter("sign", "1"), Parameter("sign_type", "1")]
        let ours = CanonicalString.bytes(of: shuffled)
        #expect(String(decoding: ours, as: UTF8.self) == names.map { $0 + "=1" }.joined(separator: "&"))
        let hex = try #require(vector.string_to_sign_sha1)
        let digest = try #require(Hex.decode(hex))
        let signature = try #require(Base64.decode(vector.sign))
        #expect(try vector.publicKey().verifySHA1(digest: digest, signature: signature))
        #expect(AlipayKey.fixed.verifySHA1(digest: digest, signature: signature))
    }
}
