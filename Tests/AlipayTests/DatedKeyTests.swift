import Alipay
import Crypto
import Diagnostics
import Support
import Testing

/// Keys with an end: the first in force signs, any in force verifies, and what has lapsed does neither.
struct DatedKeyTests {
    static let text = Array("partner=123&service=x".utf8)

    /// The key of all samples until a minute after the clock's time, then the other one.
    private struct Ring {
        let clock = ManualClock()
        let old: TaggedKey<Secret>
        let new = TaggedKey(md5: Secret(otherKeyText))
        let keys: SigningKeys

        init() {
            old = TaggedKey(md5: Secret(keyText), notAfterMs: clock.nowMs + 60_000)
            keys = SigningKeys(md5: [old, new], clock: clock)
        }
    }

    private static func signature(_ key: SigningKeys) throws -> ArraySlice<UInt8> {
        Array(try #require(key.sign(text)).utf8)[...]
    }

    @Test func `the first key signs until the instant at which it lapses, and the next one from then on`() throws {
        let ring = Ring()
        let (old, new) = (SigningKeys.sample.sign(Self.text), SigningKeys.other.sign(Self.text))
        ring.clock.advance(byMs: 59_999)
        #expect(ring.keys.sign(Self.text) == old)
        ring.clock.advance(byMs: 1)
        #expect(ring.keys.sign(Self.text) == new)
        #expect(ring.keys.canSign)
    }

    @Test func `both verify until then, and the lapsed one no more, though it is told who it was`() throws {
        let ring = Ring()
        let (old, new) = (try Self.signature(.sample), try Self.signature(.other))
        #expect(ring.keys.verify(Self.text, signature: old) && ring.keys.verify(Self.text, signature: new))
        ring.clock.advance(byMs: 60_000)
        #expect(!ring.keys.verify(Self.text, signature: old) && ring.keys.verify(Self.text, signature: new))
        #expect(ring.keys.match(Self.text, signature: old) == .lapsed(ring.old.tag))
        #expect(ring.keys.match(Self.text, signature: new) == .inForce(ring.new.tag))
        #expect(ring.keys.match(Self.text + [0x20], signature: old) == .none)
        #expect(ring.old.tag.shownLapsed == "\(ring.old.tag.fingerprint), which lapsed at 2026-01-02T03:05:05Z")
    }

    @Test func `once all have lapsed nothing is signed, and the last one is named`() throws {
        let clock = ManualClock()
        let (first, last) = (
            TaggedKey(md5: Secret(keyText), notAfterMs: clock.nowMs + 2),
            TaggedKey(md5: Secret(otherKeyText), notAfterMs: clock.nowMs + 5)
        )
        let keys = SigningKeys(md5: [last, first], clock: clock)
        clock.advance(byMs: 4)
        #expect(keys.canSign && keys.lastLapsed == nil)
        clock.advance(byMs: 1)
        #expect(!keys.canSign)
        #expect(keys.sign(Self.text) == nil)
        #expect(keys.lastLapsed == last.tag)
        let contract = Contract.sample(keys: keys)
        #expect(CreateDirectPayTests.url(CreateDirectPayTests.payment(), contract) == "unsigned")
        #expect(SingleTradeQuery.request(.outTradeNo("ORDER-1"), contract) == nil)
        #expect(AcquireCancel.request(outTradeNo: "ORDER-1", contract) == nil)
    }

    @Test func `a public key of Alipay's lapses, and the merchant's own still signs`() throws {
        let clock = ManualClock()
        let ends = clock.nowMs + 1
        let keys = SigningKeys(
            rsa: SampleRSA.merchant, alipay: [TaggedKey(alipay: SampleRSA.alipay.publicKey, notAfterMs: ends)],
            clock: clock)
        let signature = SigningKeysTests.base64(SampleRSA.alipay, Self.text)
        #expect(keys.verify(Self.text, signature: signature))
        clock.advance(byMs: 1)
        #expect(!keys.verify(Self.text, signature: signature))
        #expect(keys.lastLapsed?.fingerprint == SampleRSA.alipay.publicKey.fingerprint)
        #expect(keys.canSign)
    }

    @Test func `signing and verifying count, each its key; explaining does not`() throws {
        let ring = Ring()
        let new = try Self.signature(.other)
        _ = ring.keys.sign(Self.text)
        _ = ring.keys.match(Self.text, signature: new)
        #expect((ring.old.tag.use.count, ring.new.tag.use.count) == (1, 0))
        ring.clock.advance(byMs: 7)
        _ = ring.keys.verify(Self.text, signature: new)
        _ = ring.keys.verify(Self.text, signature: Array("no".utf8)[...])
        #expect((ring.old.tag.use.count, ring.new.tag.use.count) == (1, 1))
        #expect(ring.new.tag.use.lastUsedAtMs == ring.clock.nowMs)
        #expect(ring.old.tag.use.lastUsedAtMs == ring.clock.nowMs - 7)
    }

    @Test func `a pair counts what it signs, and Alipay's key what it verifies`() throws {
        let keys = SampleRSA.keys.counted { _ in KeyUse() }
        _ = keys.sign(Self.text)
        _ = keys.verify(Self.text, signature: SigningKeysTests.base64(SampleRSA.alipay, Self.text))
        _ = keys.verify(Self.text, signature: SigningKeysTests.base64(SampleRSA.alipay, Self.text))
        #expect(keys.entries.map(\.place) == ["private_key", "alipay_public_keys[0]"])
        #expect(keys.entries.map(\.signs) == [true, false])
        #expect(keys.entries.map(\.tag.use.count) == [1, 2])
        #expect(SigningKeys.sample.entries.map(\.place) == ["keys[0]"])
    }

    /// `openssl pkey -pubin -outform DER | sha256sum` of the key that Alipay publishes.
    @Test func `the fingerprint of Alipay's fixed key is the one that openssl gives`() {
        #expect(AlipayKey.fixed.fingerprint == "ce187c187219")
    }
}
