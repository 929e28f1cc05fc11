import Crypto
import Testing

struct HMACSHA256KeyTests {
    /// RFC 4231 §4.2 to §4.8 without §4.6, which cuts the tag; and one with neither key nor message, from Python's hmac.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(0x01...0x19), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
        ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func `tags are those of RFC 4231`(_ key: [UInt8], _ message: [UInt8], _ tag: String) {
        #expect(Hex.encode(HMACSHA256Key(key).authenticate(message)) == tag)
    }

    @Test func `parts are taken as one message`() {
        let key = HMACSHA256Key(Array("Jefe".utf8))
        let whole = key.authenticate(Array("what do ya want for nothing?".utf8))
        #expect(key.authenticate(Array("what do ya ".utf8), [], Array("want for nothing?".utf8)) == whole)
    }

    @Test func `a key makes the same tag again, whatever it made in between`() {
        let key = HMACSHA256Key(Array("Jefe".utf8))
        let first = key.authenticate(Array("one".utf8))
        #expect(key.authenticate(Array("two".utf8)) != first)
        #expect(key.authenticate(Array("one".utf8)) == first)
    }

    @Test func `one key serves several threads at once`() async {
        let key = HMACSHA256Key(Array("Jefe".utf8))
        let expected = (0..<64).map { HMACSHA256Key(Array("Jefe".utf8)).authenticate([UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<6400).allSatisfy { key.authenticate([UInt8($0 % 64)]) == expected[$0 % 64] } }
            }
            for await allRight in group { #expect(allRight) }
        }
    }
}
