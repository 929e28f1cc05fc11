import Crypto
import Testing

struct RSAKeyTextTests {
    private static let key = RSAPrivateKey.generate(bits: 1024)

    /// PKCS#8 and SubjectPublicKeyInfo are PKCS#1 behind a header, which for 1024 bits is this long.
    private static let pkcs8HeaderBytes = 26
    private static let spkiHeaderBytes = 22

    private static func base64(_ pem: String) -> String {
        pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
    }

    private static func dropping(_ bytes: Int, _ pem: String) throws -> String {
        Base64.encode(Array(try #require(Base64.decode(base64(pem))).dropFirst(bytes)))
    }

    private static func pem(_ label: String, _ base64: String) -> String {
        "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
    }

    private func expectPublic(_ text: String) throws {
        let signature = Self.key.signSHA1(message: [1, 2, 3])
        #expect(try RSAPublicKey(text: text).verifySHA1(message: [1, 2, 3], signature: signature))
    }

    private func expectPrivate(_ text: String) throws {
        let signature = try RSAPrivateKey(text: text).signSHA1(message: [1, 2, 3])
        #expect(Self.key.publicKey.verifySHA1(message: [1, 2, 3], signature: signature))
    }

    @Test func `a public key is read from PEM or bare base64, PKCS#1 or not`() throws {
        let spki = Self.key.publicKeyText
        let pkcs1 = try Self.dropping(Self.spkiHeaderBytes, spki)
        try expectPublic(spki)
        try expectPublic(Self.base64(spki))
        try expectPublic(Self.pem("RSA PUBLIC KEY", pkcs1))
        try expectPublic(pkcs1)
    }

    @Test func `a private key is read from PEM or bare base64, PKCS#1 or not`() throws {
        let pkcs8 = Self.key.privateKeyText
        let pkcs1 = try Self.dropping(Self.pkcs8HeaderBytes, pkcs8)
        try expectPrivate(pkcs8)
        try expectPrivate(Self.base64(pkcs8))
        try expectPrivate(Self.pem("RSA PRIVATE KEY", pkcs1))
        try expectPrivate(pkcs1)
    }

    @Test func `line ends and blanks do not matter`() throws {
        let spki = Self.key.publicKeyText
        try expectPublic(String(spki.dropLast()))
        try expectPublic("\n  " + spki + "\n\n")
        try expectPublic(spki.split(separator: "\n").joined(separator: "\r\n"))
        try expectPublic(spki.split(separator: "\n").joined(separator: " "))
        try expectPublic(Self.base64(spki).map { "\($0)\n" }.joined())
    }

    @Test(arguments: [
        ("", RSAKeyError.Code.empty),
        (" \r\n\t", .empty),
        ("not a key", .notText),
        ("密钥", .notText),
        ("-----BEGIN PUBLIC KEY-----", .notText),
        ("-----BEGIN PUBLIC KEY", .notText),
        ("-----BEGIN PUBLIC KEY----------END PRIVATE KEY-----", .notText),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", .wrongKind),
        ("AAAA", .malformed),
        ("MAAA", .malformed),
        (String(repeating: "A", count: 16_384), .malformed),
        (String(repeating: "A", count: 16_385), .tooLong),
    ])
    func `what is no key is refused as either half`(_ text: String, _ code: RSAKeyError.Code) {
        let asPublic = #expect(throws: RSAKeyError.self) { try RSAPublicKey(text: text) }
        #expect(asPublic?.code == code)
        let asPrivate = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: text) }
        #expect(asPrivate?.code == code)
    }

    @Test(arguments: [
        ("dsa-public.pem", RSAKeyError.Code.notRSA),
        ("elliptic-public.pem", .notRSA),
        ("rsa512-public.pem", .size),
        ("elliptic-private.pem", .wrongKind),
        ("encrypted-pkcs8.pem", .wrongKind),
        ("encrypted-pkcs1.pem", .encrypted),
    ])
    func `another kind of key is refused as a public key`(_ file: String, _ code: RSAKeyError.Code) throws {
        let text = try Fixture.text(file)
        let error = #expect(throws: RSAKeyError.self) { try RSAPublicKey(text: text) }
        #expect(error?.code == code)
    }

    @Test(arguments: [
        ("elliptic-private.pem", RSAKeyError.Code.notRSA),
        ("rsa512-private.pem", .size),
        ("elliptic-public.pem", .wrongKind),
        ("encrypted-pkcs8.pem", .encrypted),
        ("encrypted-pkcs1.pem", .encrypted),
    ])
    func `another kind of key is refused as a private key, and no passphrase is asked for`(
        _ file: String, _ code: RSAKeyError.Code
    ) throws {
        let text = try Fixture.text(file)
        let error = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: text) }
        #expect(error?.code == code)
    }

    @Test func `an encrypted key without its BEGIN line is known as such`() throws {
        let text = Self.base64(try Fixture.text("encrypted-pkcs8.pem"))
        let error = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: text) }
        #expect(error?.code == .encrypted)
    }

    @Test func `a half in the other half's place is named`() throws {
        let privateText = Self.base64(Self.key.privateKeyText)
        let asPublic = #expect(throws: RSAKeyError.self) { try RSAPublicKey(text: privateText) }
        #expect(asPublic?.code == .wrongKind)
        #expect(asPublic?.message == "a public key is needed, and this is a private key")
        let asPrivate = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: Self.key.publicKeyText) }
        #expect(asPrivate?.code == .wrongKind)
        #expect(asPrivate?.message == "a private key is needed, and this is marked PUBLIC KEY")
    }

    @Test func `bytes after the key are refused`() throws {
        let spki = try #require(Base64.decode(Self.base64(Self.key.publicKeyText)))
        let error = #expect(throws: RSAKeyError.self) { try RSAPublicKey(text: Base64.encode(spki + [0])) }
        #expect(error?.code == .malformed)
    }

    @Test func `PEM around nothing is refused`() {
        let text = "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"
        let error = #expect(throws: RSAKeyError.self) { try RSAPublicKey(text: text) }
        #expect(error?.code == .malformed)
    }

    /// In PKCS#8 of 1024 bits the modulus is bytes 37 to 164; a wrong 164 makes it even.
    @Test(arguments: [40, 100, 164])
    func `a private key that does not sign for its own modulus is refused`(_ index: Int) throws {
        var der = try #require(Base64.decode(Self.base64(Self.key.privateKeyText)))
        der[index] ^= 0x55
        let error = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: Base64.encode(der)) }
        #expect(error?.code == .malformed)
    }

    @Test func `no message holds any of the key's text`() throws {
        let broken = Self.key.privateKeyText.replacing("-----END", with: "----END")
        let error = #expect(throws: RSAKeyError.self) { try RSAPrivateKey(text: broken) }
        let secret = Self.base64(Self.key.privateKeyText).prefix(16)
        #expect(error?.message.contains(secret) == false)
    }
}
