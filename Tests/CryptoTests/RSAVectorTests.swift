import Crypto
import FoundationEssentials
import Testing

/// A published or computed signature, in the form of Fixtures/rsa-vectors.json.
struct RSAVector: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let public_key: String
    let key_bits: Int
    /// The signed bytes, or
    let message_hex: String?
    /// their SHA-1 where the message itself may not be published.
    let sha1_hex: String?
    let sign: String

    var testDescription: String { id }

    static let all: [RSAVector] = {
        do {
            return try JSONDecoder().decode([RSAVector].self, from: Fixture.data("rsa-vectors.json"))
        } catch {
            preconditionFailure("rsa-vectors.json: \(error)")
        }
    }()
    static let withMessage = all.filter { $0.message_hex != nil }

    func digest() throws -> [UInt8] {
        if let sha1_hex { return try #require(Hex.decode(sha1_hex)) }
        return SHA1.digest(try message())
    }

    func message() throws -> [UInt8] {
        let hex = try #require(message_hex)
        return try #require(Hex.decode(hex))
    }
    func signature() throws -> [UInt8] { try #require(Base64.decode(sign)) }
}

struct RSAVectorTests {
    @Test func `there are vectors of three sources`() {
        #expect(RSAVector.all.count == 8)
        #expect(RSAVector.withMessage.count == 5)
    }

    @Test(arguments: RSAVector.all)
    func `a signature made elsewhere is accepted, by Alipay's own key too`(_ vector: RSAVector) throws {
        let key = try RSAPublicKey(text: vector.public_key)
        #expect(key.bits == vector.key_bits)
        #expect(try key.verifySHA1(digest: vector.digest(), signature: vector.signature()))
    }

    @Test(arguments: RSAVector.withMessage)
    func `its message is accepted as well`(_ vector: RSAVector) throws {
        let key = try RSAPublicKey(text: vector.public_key)
        #expect(try key.verifySHA1(message: vector.message(), signature: vector.signature()))
    }

    @Test(arguments: RSAVector.all)
    func `one flipped bit in any byte of the signature is refused`(_ vector: RSAVector) throws {
        let key = try RSAPublicKey(text: vector.public_key)
        let digest = try vector.digest()
        let signature = try vector.signature()
        let accepted = signature.indices.filter { index in
            var forged = signature
            forged[index] ^= 1
            return key.verifySHA1(digest: digest, signature: forged)
        }
        #expect(accepted == [])
    }

    @Test(arguments: RSAVector.withMessage)
    func `one flipped bit in any byte of the message is refused`(_ vector: RSAVector) throws {
        let key = try RSAPublicKey(text: vector.public_key)
        let message = try vector.message()
        let signature = try vector.signature()
        let accepted = message.indices.filter { index in
            var forged = message
            forged[index] ^= 1
            return key.verifySHA1(message: forged, signature: signature)
        }
        #expect(accepted == [])
    }

    @Test(arguments: RSAVector.all)
    func `one flipped bit in any byte of the digest is refused`(_ vector: RSAVector) throws {
        let key = try RSAPublicKey(text: vector.public_key)
        let digest = try vector.digest()
        let signature = try vector.signature()
        let accepted = digest.indices.filter { index in
            var forged = digest
            forged[index] ^= 1
            return key.verifySHA1(digest: forged, signature: signature)
        }
        #expect(accepted == [])
    }
}
