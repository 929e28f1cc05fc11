import Alipay
import Crypto
import Diagnostics
import Testing
import Text

/// Every vector of the reference that concerns this version.
struct VectorTests {
    static let requests = Vector.of("request", "published-request", "published-basic")
    static let notifications = Vector.of("notify", "published-notify")
    static let edges = Vector.of("edge")
    static let forms = requests + notifications + edges
    static let rsa = Vector.of("rsa", "published-rsa", sign: "RSA")
    static let real = Vector.of("real-alipay-signed-digest-only", sign: "RSA")
    static let answers = Vector.of("xml-response")

    /// What none of these tests looks at, and why.
    static let leftOut = [
        // wap v1 signs its four fields in a fixed order; its services are not offered.
        "wap-v1-notify-fixed-order",
        // `mobile.securitypay.pay` quotes its values and signs them in the order sent; apps are not served.
        "published-mobile-quoted",
        // DSA is named in Alipay's tables and used by nobody.
        "dsa",
    ]

    @Test func `every vector is one that is tested here or left out for a reason`() {
        let tested = VectorTests.forms + VectorTests.rsa + VectorTests.real + VectorTests.answers
        #expect(VectorTests.requests.count == 27)
        #expect(VectorTests.notifications.count == 13)
        #expect(VectorTests.edges.count == 11)
        #expect(VectorTests.rsa.count == 5)
        #expect(VectorTests.real.count == 3)
        #expect(VectorTests.answers.count == 3)
        let rest = Vector.all.filter { vector in !tested.contains { $0.id == vector.id } }
        #expect(Set(rest.map(\.group)) == Set(VectorTests.leftOut))
        #expect(rest.count == 3)
    }

    @Test(arguments: forms)
    func `parameters on their way out give the string and the sign, in whatever order they come`(
        _ vector: Vector
    ) throws {
        let canonical = CanonicalString.bytes(of: try vector.parameters())
        #expect(canonical == (try vector.stringToSign()))
        #expect(vector.keys.sign(canonical) == vector.sign)
    }

    @Test(arguments: forms)
    func `a form that came gives the string, and its sign is accepted`(_ vector: Vector) throws {
        let form = try FormFields(vector.body(), fieldsMax: 200)
        let canonical = CanonicalString.bytes(of: form)
        #expect(canonical == (try vector.stringToSign()))
        let sign = try #require(form["sign"])
        #expect(vector.keys.verify(canonical, signature: sign))
    }

    @Test(arguments: Vector.of("notify"))
    func `a notification's raw body is read and is signed by the key, and by no other`(_ vector: Vector) throws {
        let notification = try InboundNotification(vector.body())
        #expect(notification.notifyID == vector.params?["notify_id"])
        #expect(notification.notifyType == vector.params?["notify_type"])
        #expect(notification.isSigned(by: vector.keys))
        #expect(!notification.isSigned(by: SigningKeys(md5: [Secret("10000000000000000000000000000000")])))
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
            #expect(!vector.keys.verify(CanonicalString.bytes(of: form), signature: sign), "\(variant.label)")
        }
    }

    @Test func `there are signs of 21 typical mistakes`() {
        #expect(VectorTests.edges.reduce(0) { $0 + ($1.wrong_variants?.count ?? 0) } == 21)
    }

    @Test(arguments: rsa)
    func `the string of an RSA message is the one that was signed`(_ vector: Vector) throws {
        let form = try FormFields(vector.body(), fieldsMax: 200)
        let canonical = CanonicalString.bytes(of: form)
        #expect(canonical == (try vector.stringToSign()))
        #expect(canonical == CanonicalString.bytes(of: try vector.parameters()))
        let sign = try #require(form["sign"])
        let signature = try #require(Base64.decode(Array(sign)))
        #expect(try vector.publicKey().verifySHA1(message: canonical, signature: signature))
    }

    /// The signatures of Alipay's own key prove the order of the names and that `sign` and `sign_type` are left out.
    @Test(arguments: real)
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
    }
}
