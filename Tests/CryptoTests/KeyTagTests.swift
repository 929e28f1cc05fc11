import Crypto
import Synchronization
import Testing

struct KeyTagTests {
    /// FIPS 180-2 appendix B.1: SHA-256 of "abc" begins so.
    @Test func `a fingerprint is the beginning of the SHA-256 of the key's bytes, which may be all that is known`() {
        #expect(KeyFingerprint.of(Array("abc".utf8)) == "ba7816bf8f01")
        #expect(KeyFingerprint.ofDigest(SHA256.digest(Array("abc".utf8))) == "ba7816bf8f01")
    }

    @Test func `a key is in force until the very instant of its end`() {
        let tag = KeyTag(KeyFingerprint.of([]), notAfterMs: 1_000)
        #expect(tag.isInForce(atMs: 999))
        #expect(!tag.isInForce(atMs: 1_000))
        #expect(KeyTag(KeyFingerprint.of([])).isInForce(atMs: .max))
    }

    @Test func `uses from many threads are all counted, and the last time is the latest`() async {
        let use = KeyUse()
        use.add(count: 5, lastUsedAtMs: 50)
        await withTaskGroup { group in
            for task in 0..<8 { group.addTask { for ms in 0..<1_000 { use.note(atMs: Int64(100 * task + ms)) } } }
        }
        #expect(use.count == 8_005)
        #expect(use.lastUsedAtMs == 1_699)
        use.note(atMs: 3)
        #expect(use.lastUsedAtMs == 1_699)
        #expect(KeyUse().lastUsedAtMs == nil)
    }

    @Test func `a key that is read again is the same key and counts where it did`() {
        let (use, fingerprint) = (KeyUse(), KeyFingerprint.of([]))
        let again = KeyTag(fingerprint, notAfterMs: 7).counted(in: use)
        #expect(again == KeyTag(fingerprint, notAfterMs: 7))
        #expect(again != KeyTag(fingerprint, notAfterMs: 8))
        again.use.note(atMs: 1)
        #expect(use.count == 1)
    }
}
