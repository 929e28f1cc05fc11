import Crypto
import Testing

struct RSASignatureTests {
    private let message = Array("notify_id=1234".utf8)

    @Test(arguments: [1024, 1025, 2048])
    func `what one half signs the other verifies`(_ bits: Int) throws {
        let key = RSAPrivateKey.generate(bits: bits)
        let signature = key.signSHA1(message: message)
        #expect(key.bits == bits)
        #expect(signature.count == (bits + 7) / 8)
        let publicKey = try RSAPublicKey(text: key.publicKeyText)
        #expect(publicKey.bits == bits)
        #expect(publicKey.verifySHA1(message: message, signature: signature))
        #expect(publicKey.verifySHA1(digest: SHA1.digest(message), signature: signature))
        #expect(!publicKey.verifySHA1(message: message + [0], signature: signature))
    }

    @Test func `signing is deterministic, as PKCS#1 v1.5 is`() {
        let key = RSAPrivateKey.generate(bits: 1024)
        #expect(key.signSHA1(message: message) == key.signSHA1(message: message))
    }

    @Test func `another key's signature is refused`() {
        let signature = RSAPrivateKey.generate(bits: 1024).signSHA1(message: message)
        #expect(!RSAPrivateKey.generate(bits: 1024).publicKey.verifySHA1(message: message, signature: signature))
    }

    @Test func `a signature of any other length is refused`() {
        let key = RSAPrivateKey.generate(bits: 1024)
        let signature = key.signSHA1(message: message)
        for wrong in [
            [], [0], Array(signature.dropLast()), Array(signature.dropFirst()), signature + [0], [0] + signature,
        ] {
            #expect(!key.publicKey.verifySHA1(message: message, signature: wrong))
        }
    }

    @Test func `a signature without its leading zero is refused`() throws {
        let key = RSAPrivateKey.generate(bits: 1024)
        // One signature in 256 begins with a zero; among 8192, all but one run in 10^13 have one.
        let messages = (0..<8192).lazy.map { Array("message \($0)".utf8) }
        let found = messages.map { ($0, key.signSHA1(message: $0)) }.first { $0.1[0] == 0 }
        let (message, signature) = try #require(found)
        #expect(key.publicKey.verifySHA1(message: message, signature: signature))
        #expect(!key.publicKey.verifySHA1(message: message, signature: Array(signature.dropFirst())))
    }

    @Test(arguments: [0, 16, 19, 21, 32])
    func `a digest that has not 20 bytes is refused`(_ count: Int) {
        let key = RSAPrivateKey.generate(bits: 1024)
        let digest = [UInt8](repeating: 1, count: count)
        #expect(!key.publicKey.verifySHA1(digest: digest, signature: key.signSHA1(message: message)))
    }

    @Test func `one key verifies on several threads at once`() async {
        let key = RSAPrivateKey.generate(bits: 1024)
        let signature = key.signSHA1(message: message)
        let forged = signature.dropLast() + [signature[127] ^ 1]
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<200).allSatisfy { _ in
                        key.publicKey.verifySHA1(message: message, signature: signature)
                            && !key.publicKey.verifySHA1(message: message, signature: Array(forged))
                    }
                }
            }
            for await allRight in group { #expect(allRight) }
        }
    }
}
