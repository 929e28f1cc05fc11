import Alipay
import Crypto
import Payments
import Settings
import Testing

/// `sign_type: RSA`, and what belongs to it. The pairs are those of Fixtures/secrets: `merchant` and `alipay`.
struct KeySettingsTests {
    static let partner = "partner: 2088101122136241"
    static let rsa = "sign_type: RSA"
    static let text = Array("a=1".utf8)

    static func merchant() throws -> RSAPrivateKey {
        try RSAPrivateKey(text: Fixture.text("secrets/merchant.pem"))
    }

    static func settings(_ lines: String...) -> ContractSettings? {
        let text = "alipay:\n" + lines.map { "  \($0)\n" }.joined()
        return ContractSettingsTests.read(text, into: ProblemList())
    }

    @Test func `a full section signs with the private key and verifies with every public one`() throws {
        let settings = try #require(try ContractSettingsTests.problems(of: "rsa.good.yaml").settings)
        let keys = settings.contract.keys
        #expect(keys.signType == .rsa)
        #expect(keys.sign(Self.text) == Base64.encode(try Self.merchant().signSHA1(message: Self.text)))
        #expect(keys.ownPublicKey?.text == (try Self.merchant().publicKeyText))
        #expect(settings.secrets.map(\.origin) == [.file(path: Fixture.folder + "/secrets/merchant.pem")])
        #expect(
            settings.privateKeyPosition
                == SettingsPosition(
                    file: "tenants/rsa.good.yaml", line: 4, column: 16, endColumn: 41, path: "alipay.private_key"))
        let contract = settings.contract
        #expect(contract.charset == .gbk)
        #expect(contract.services.refund == .password)
        #expect(contract.services.queryTimestamp && contract.services.exterInvokeIP)
    }

    @Test func `without alipay_public_keys the key is Alipay's fixed one`() throws {
        let settings = try #require(try ContractSettingsTests.problems(of: "rsa-least.good.yaml").settings)
        let vector = try #require(Vector.of("rsa", sign: "RSA").first { $0.id == "rsa1024-ntf-direct-success" })
        let strange = SigningKeys(rsa: try Self.merchant(), alipay: [try vector.publicKey()])
        let signature = Array(vector.sign.utf8)[...]
        #expect(strange.verify(try vector.stringToSign(), signature: signature))
        #expect(!settings.contract.keys.verify(try vector.stringToSign(), signature: signature))
        #expect(settings.secrets.map(\.origin) == [.environment(name: "MERCHANT_KEY")])
    }

    @Test(arguments: [
        "merchant.pem", "merchant-pkcs1.pem", "merchant.base64", "merchant-pkcs1.base64",
    ])
    func `a private key is PKCS#8 or PKCS#1, PEM or bare base64`(file: String) throws {
        let expected = Base64.encode(try Self.merchant().signSHA1(message: Self.text))
        let fromFile = Self.settings(Self.partner, Self.rsa, "private_key: file:secrets/\(file)")
        #expect(fromFile?.contract.keys.sign(Self.text) == expected)
        let lines = try Fixture.text("secrets/\(file)").split(separator: "\n").map { "    " + $0 }
        let literal = Self.settings(Self.partner, Self.rsa, (["private_key: |"] + lines).joined(separator: "\n"))
        #expect(literal?.contract.keys.sign(Self.text) == expected)
        #expect(literal?.secrets.map(\.origin) == [.literal])
    }

    @Test(arguments: ["alipay.pem", "alipay-pkcs1.pem", "alipay.base64", "alipay-pkcs1.base64"])
    func `a public key is SubjectPublicKeyInfo or PKCS#1, PEM or bare base64`(file: String) {
        let key = "private_key: file:secrets/merchant.pem"
        #expect(
            ContractSettingsTests.messages(
                Self.partner, Self.rsa, key, "alipay_public_keys: [file:secrets/\(file)]") == [])
    }

    @Test(arguments: [
        ("merchant-public.pem", "a private key is needed, and this is marked PUBLIC KEY"),
        ("alipay-pkcs1.pem", "a private key is needed, and this is marked RSA PUBLIC KEY"),
        ("alipay.base64", "a private key is needed, and this is a public key"),
        ("alipay-pkcs1.base64", "a private key is needed, and this is a public key"),
        ("certificate.pem", "a private key is needed, and this is marked CERTIFICATE"),
        ("certificate.base64", "a private key is needed, and this is a certificate"),
        (
            "encrypted.pem",
            "the private key is encrypted; keep it without a passphrase in a file only we can read"
        ),
        ("rsa512-private.pem", "the key has 512 bits; 1024 to 8192 are allowed"),
        ("elliptic-private.pem", "the key is not an RSA key"),
        (
            "merchant.der",
            "it is not text; a binary key (DER) has to be written as PEM, which `openssl pkey` does"
        ),
        ("none.pem", "cannot read secrets/none.pem: No such file"),
        (
            "old.key",
            "it looks like an MD5 key; with MD5 write sign_type: MD5, and keys in place of private_key"
        ),
        ("blank.key", "the key's bytes are not an RSA private key"),
    ])
    func `what is no private key is said to be what it is`(file: String, complaint: String) {
        let messages = ContractSettingsTests.messages(Self.partner, Self.rsa, "private_key: file:secrets/\(file)")
        #expect(messages == ["alipay.private_key: " + complaint])
    }

    @Test func `five public keys are taken, six are not`() {
        let key = "private_key: file:secrets/merchant.pem"
        for (count, messages) in [(5, []), (6, ["alipay.alipay_public_keys: expected 1 to 5 entries, found 6"])] {
            let list = Array(repeating: "file:secrets/alipay.pem", count: count).joined(separator: ", ")
            #expect(
                ContractSettingsTests.messages(Self.partner, Self.rsa, key, "alipay_public_keys: [\(list)]") == messages
            )
        }
    }

    /// The last line of a key may be short and look like a name.
    @Test func `no line of a key shows in what is reported, whatever its place`() throws {
        let names = try Fixture.files(in: "secrets").filter { !$0.hasSuffix(".key") }
        for name in names {
            let lines = String(decoding: try Fixture.data("secrets/" + name), as: UTF8.self)
                .split(separator: "\n").filter { !$0.hasPrefix("-") && $0.count >= 32 }
            for place in ["keys: [{}]", "private_key: {}", "alipay_public_keys: [{}]", "charset: {}", "sign_type: {}"] {
                for written in ["file:secrets/\(name)"] + lines.map({ "\"\($0)\"" }) {
                    let line = place.replacing("{}", with: written)
                    let messages = ContractSettingsTests.messages(Self.partner, Self.rsa, line).joined()
                    #expect(!lines.contains { messages.contains($0) }, "\(name) in \(place): \(messages)")
                }
            }
        }
    }
}
