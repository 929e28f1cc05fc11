import Crypto
import Testing

struct KeyIdentityTests {
    private static let key = RSAPrivateKey.generate(bits: 1024)

    /// PKCS#8 and SubjectPublicKeyInfo are PKCS#1 behind a header, which for 1024 bits is this long.
    private static let pkcs8HeaderBytes = 26
    private static let spkiHeaderBytes = 22

    private static func der(_ pem: String) throws -> [UInt8] {
        try #require(Base64.decode(pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()))
    }

    private static func identity(_ text: String) throws -> KeyIdentity {
        try #require(KeyIdentity(of: Array(text.utf8)))
    }

    @Test func `a private key is known in PKCS 8 and PKCS 1, as PEM, base64 and binary`() throws {
        let pkcs8 = try Self.der(Self.key.privateKeyText)
        let pkcs1 = Array(pkcs8.dropFirst(Self.pkcs8HeaderBytes))
        for (der, structure) in [(pkcs8, KeyIdentity.Structure.pkcs8), (pkcs1, .pkcs1Private)] {
            let base64 = try Self.identity(Base64.encode(der))
            let binary = try #require(KeyIdentity(of: der))
            #expect(base64.wrapping == .base64 && binary.wrapping == .binary)
            for identity in [base64, binary] {
                #expect(identity.structure == structure && identity.algorithm == .rsa && identity.bits == 1024)
                #expect(identity.isPrivate && identity.privateKey?.publicKeyText == Self.key.publicKeyText)
                #expect(identity.publicKey?.fingerprint == Self.key.publicKey.fingerprint)
            }
        }
        #expect(try Self.identity(Self.key.privateKeyText).wrapping == .pem)
    }

    @Test func `a public key is known as SubjectPublicKeyInfo and as PKCS 1`() throws {
        let spki = try Self.der(Self.key.publicKeyText)
        let pkcs1 = Array(spki.dropFirst(Self.spkiHeaderBytes))
        for (der, structure) in [(spki, KeyIdentity.Structure.subjectPublicKeyInfo), (pkcs1, .pkcs1Public)] {
            let identity = try Self.identity(Base64.encode(der))
            #expect(identity.structure == structure && identity.algorithm == .rsa && identity.bits == 1024)
            #expect(!identity.isPrivate && identity.privateKey == nil)
            #expect(identity.publicKey?.fingerprint == Self.key.publicKey.fingerprint)
        }
    }

    @Test(arguments: [
        ("dsa-private.pem", KeyIdentity.Structure.otherPrivate, KeyIdentity.Algorithm?.some(.dsa)),
        ("dsa-private-pkcs8.pem", .pkcs8, .dsa), ("dsa-public.pem", .subjectPublicKeyInfo, .dsa),
        ("elliptic-private.pem", .pkcs8, .elliptic), ("elliptic-private-sec1.pem", .otherPrivate, .elliptic),
        ("elliptic-public.pem", .subjectPublicKeyInfo, .elliptic), ("rsa-certificate.pem", .certificate, .rsa),
        ("rsa-request.pem", .certificateRequest, .rsa), ("encrypted-pkcs1.pem", .encrypted, nil),
        ("encrypted-pkcs8.pem", .encrypted, nil), ("rsa.p12", .keyStore, nil),
    ])
    func `what is no usable key is named`(
        _ file: String, _ structure: KeyIdentity.Structure, _ algorithm: KeyIdentity.Algorithm?
    ) throws {
        let identity = try #require(KeyIdentity(of: Array(try Fixture.data(file))))
        #expect(identity.structure == structure)
        #expect(identity.algorithm == algorithm)
        #expect(identity.privateKey == nil)
        #expect((identity.publicKey != nil) == (algorithm == .rsa))
    }

    @Test(arguments: ["rsa512-private.pem", "rsa512-public.pem"])
    func `a key that is too small is known and cannot be used`(file: String) throws {
        let identity = try #require(KeyIdentity(of: Array(try Fixture.data(file))))
        #expect(identity.bits == 512 && identity.algorithm == .rsa)
        #expect(identity.publicKey == nil && identity.privateKey == nil)
    }

    @Test func `a private key whose parts do not fit together is none to sign with`() throws {
        var der = try Self.der(Self.key.privateKeyText)
        der[100] ^= 0x55
        let identity = try #require(KeyIdentity(of: der))
        #expect(identity.structure == .pkcs8 && identity.privateKey == nil && identity.publicKey != nil)
    }

    @Test(arguments: [
        "", " ", "hush-32-characters-long-hush-hus", "abcdefghijklmnopqrstuvwxyz012345", "AAAA", "密钥",
        "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",
    ])
    func `what is no key has no identity`(text: String) {
        #expect(KeyIdentity(of: Array(text.utf8)) == nil)
    }

    @Test func `a fingerprint is the same in every form of a key, and 12 digits of its SHA 256`() throws {
        let spki = try Self.der(Self.key.publicKeyText)
        let expected = Hex.encode(SHA256.digest(spki)).prefix(12)
        #expect(Self.key.publicKey.fingerprint == expected)
        #expect(try Self.identity(Base64.encode(spki)).publicKey?.fingerprint ?? "" == expected)
        // SHA-256 of "abc" (FIPS 180-2, B.1).
        #expect(KeyFingerprint.of(Array("abc".utf8)) == "ba7816bf8f01")
    }
}
