import Alipay
import Crypto
import Diagnostics
import Testing
import Text

struct SigningKeysTests {
    static let text = Array("_input_charset=utf-8&partner=123&service=测试".utf8)

    static func base64(_ key: RSAPrivateKey, _ text: [UInt8] = text) -> ArraySlice<UInt8> {
        Array(Base64.encode(key.signSHA1(message: text)).utf8)[...]
    }

    @Test func `the merchant's private key signs, and its public half verifies that`() throws {
        let sign = try #require(SampleRSA.keys.sign(Self.text))
        #expect(sign.utf8.count == 172)
        let signature = try #require(Base64.decode(sign))
        #expect(SampleRSA.merchant.publicKey.verifySHA1(message: Self.text, signature: signature))
        #expect(SampleRSA.keys.signType == .rsa)
    }

    @Test func `what Alipay's key signed is accepted, and what the merchant's own signed is not`() {
        #expect(SampleRSA.keys.verify(Self.text, signature: Self.base64(SampleRSA.alipay)))
        #expect(!SampleRSA.keys.verify(Self.text, signature: Self.base64(SampleRSA.merchant)))
        #expect(!SampleRSA.keys.verify(Self.text, signature: Self.base64(SampleRSA.stranger)))
        #expect(!SampleRSA.keys.verify(Self.text + [0x20], signature: Self.base64(SampleRSA.alipay)))
    }

    @Test func `the same two pairs the other way round are Alipay's side`() throws {
        let alipaySide = SigningKeys(rsa: SampleRSA.alipay, alipay: [SampleRSA.merchant.publicKey])
        #expect(
            alipaySide.verify(Self.text, signature: Array((try #require(SampleRSA.keys.sign(Self.text))).utf8)[...]))
        #expect(
            SampleRSA.keys.verify(Self.text, signature: Array((try #require(alipaySide.sign(Self.text))).utf8)[...]))
    }

    @Test func `any of several keys of Alipay's verifies, in whatever place`() {
        let (old, new) = (SampleRSA.alipay.publicKey, SampleRSA.stranger.publicKey)
        for publicKeys in [[old, new], [new, old], [AlipayKey.fixed, old, new]] {
            let keys = SigningKeys(rsa: SampleRSA.merchant, alipay: publicKeys)
            #expect(keys.verify(Self.text, signature: Self.base64(SampleRSA.alipay)))
            #expect(keys.verify(Self.text, signature: Self.base64(SampleRSA.stranger)))
            #expect(!keys.verify(Self.text, signature: Self.base64(SampleRSA.merchant)))
        }
    }

    @Test func `Alipay's fixed key is the default, and it verifies what Alipay has signed`() throws {
        #expect(AlipayKey.fixed.bits == 1024)
        for vector in VectorTable.vectors(.digestOnly) {
            let hex = try #require(vector.string_to_sign_sha1)
            let digest = try #require(Hex.decode(hex))
            let signature = try #require(Base64.decode(vector.sign))
            #expect(AlipayKey.fixed.verifySHA1(digest: digest, signature: signature), "\(vector.id)")
            #expect(try vector.publicKey().text == AlipayKey.fixed.text)
        }
    }

    @Test(arguments: [
        "", "=", "====", "AAAA", "not base64", "%2B", "0c1a2b3d4e5f60718293a4b5c6d7e8f9",
    ])
    func `what is no signature is refused`(sign: String) {
        #expect(!SampleRSA.keys.verify(Self.text, signature: Array(sign.utf8)[...]))
        #expect(!SigningKeys.sample.verify(Self.text, signature: Array(sign.utf8)[...]))
    }

    /// A proxy that decodes twice turns `+` into a blank; what is not the signature itself is none.
    @Test func `a signature with a character more, less or other is refused`() throws {
        let right = Array(Self.base64(SampleRSA.alipay))
        for wrong in [
            right + [0x0A], right + Array("====".utf8), Array(right.dropLast()), Array(right.dropLast(4)),
            [0x20] + right, right.map { $0 == UInt8(ascii: "=") ? 0x20 : $0 }, right + right,
        ] {
            #expect(!SampleRSA.keys.verify(Self.text, signature: wrong[...]))
        }
    }

    @Test func `a contract's algorithm is its own: the other one's signature is refused under either name`() throws {
        let md5 = Array((try #require(SigningKeys.sample.sign(Self.text))).utf8)
        #expect(!SampleRSA.keys.verify(Self.text, signature: md5[...]))
        #expect(!SigningKeys.sample.verify(Self.text, signature: Self.base64(SampleRSA.alipay)))
    }

    @Test func `no part of a key shows when keys are printed`() {
        var dumped = ""
        dump(SampleRSA.keys, to: &dumped)
        let shown = "\(SampleRSA.keys)\(String(reflecting: SampleRSA.keys))\(dumped)"
        let lines = SampleRSA.merchant.privateKeyText.split(separator: "\n").filter { !$0.hasPrefix("-") }
        #expect(!lines.isEmpty && lines.allSatisfy { !shown.contains($0) })
    }
}
