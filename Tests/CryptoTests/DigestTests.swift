import Crypto
import Testing

/// A message, and its digest in hex.
private typealias Vector = (message: String, hex: String)

private let million = String(repeating: "a", count: 1_000_000)

struct DigestTests {
    /// RFC 1321 §A.5.
    private static let md5: [Vector] = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ]

    @Test(arguments: md5)
    private func `MD5 gives the digests of RFC 1321`(_ vector: Vector) {
        #expect(Hex.encode(MD5.digest(Array(vector.message.utf8))) == vector.hex)
    }

    @Test(arguments: md5)
    private func `the hasher gives the same, byte by byte`(_ vector: Vector) {
        var hasher = MD5Hasher()
        for byte in vector.message.utf8 { hasher.update([byte]) }
        #expect(hex(hasher.finish()) == vector.hex)
    }

    /// The examples of FIPS 180-4 (csrc.nist.gov, Cryptographic Standards and Guidelines) and the digest of nothing.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    ])
    func `SHA-1 gives the digests of FIPS 180`(_ message: String, _ hex: String) {
        #expect(Hex.encode(SHA1.digest(Array(message.utf8))) == hex)
    }

    /// From the same source.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `SHA-256 gives the digests of FIPS 180`(_ message: String, _ hex: String) {
        #expect(Hex.encode(SHA256.digest(Array(message.utf8))) == hex)
    }

    @Test func `the hasher takes pieces of any length, and none`() {
        var hasher = MD5Hasher()
        hasher.update(Array("ab".utf8).span)
        hasher.update([])
        hasher.update(Array("c".utf8).span)
        #expect(hex(hasher.finish()) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(hex(MD5Hasher().finish()) == "d41d8cd98f00b204e9800998ecf8427e")
    }

    private func hex(_ digest: [16 of UInt8]) -> String {
        String(decoding: Hex.encodeBytes(digest.span), as: UTF8.self)
    }
}
