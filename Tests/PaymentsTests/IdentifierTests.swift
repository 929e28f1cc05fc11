import Payments
import Testing

struct IdentifierTests {
    /// What each Crockford digit is worth, by its ASCII code.
    private static let worth = Dictionary(
        uniqueKeysWithValues: "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.enumerated().map { ($1, UInt64($0)) })

    /// Reads a ULID back: milliseconds, and the 80 bits after them.
    private func parts(_ id: String) throws -> (ms: UInt64, high: UInt64, low: UInt64) {
        let digits = id.utf8.suffix(26).compactMap { Self.worth[$0] }
        try #require(digits.count == 26)
        // Five bits a digit: 10 of time, then 8 and 8 of randomness.
        let number = { (slice: ArraySlice<UInt64>) in slice.reduce(0) { $0 << 5 | $1 } }
        return (number(digits[0..<10]), number(digits[10..<18]), number(digits[18..<26]))
    }

    /// `b - a` of the 80 bits; nil if it is not from 0 to 2^63.
    private func distance(
        _ a: (ms: UInt64, high: UInt64, low: UInt64), _ b: (ms: UInt64, high: UInt64, low: UInt64)
    ) -> Int64? {
        guard a.ms == b.ms, b.high >= a.high, b.high - a.high < 1 << 23 else { return nil }
        return Int64(b.high - a.high) << 40 + Int64(b.low) - Int64(a.low)
    }

    @Test(arguments: IdentifierKind.allCases)
    func `an id is a prefix, an underscore and a ULID of its time`(kind: IdentifierKind) throws {
        let id = IdentifierSource().make(kind, nowMs: 1_767_323_045_678)
        #expect(id.hasPrefix(kind.rawValue + "_01KDYAK3SE"))
        #expect(id.utf8.count == kind.rawValue.utf8.count + 27)
        #expect(try parts(id).ms == 1_767_323_045_678)
        #expect(IdentifierSource.isWellFormed(id, kind))
    }

    @Test(
        arguments: [
            (0, "0000000000"), (1, "0000000001"), (31, "000000000Z"), (32, "0000000010"), ((1 << 48) - 1, "7ZZZZZZZZZ"),
            (-1, "0000000000"), (Int64.max, "7ZZZZZZZZZ"),
        ] as [(Int64, String)])
    func `the time stands in ten digits`(nowMs: Int64, digits: String) {
        #expect(IdentifierSource().make(.event, nowMs: nowMs).dropFirst(4).prefix(10) == digits)
    }

    @Test func `ids of different times sort by time`() {
        let source = IdentifierSource()
        let ids = (0..<1_000).map { source.make(.event, nowMs: 1_767_323_045_000 + $0 * 37) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test func `within a millisecond each id is a random step of at most 2^48 above the last`() throws {
        let source = IdentifierSource()
        let ids = (0..<5_000).map { _ in source.make(.payment, nowMs: 1_767_323_045_000) }
        var steps = Set<Int64>()
        for (a, b) in zip(ids, ids.dropFirst()) {
            try #require(a < b)
            let step = try #require(distance(try parts(a), try parts(b)))
            try #require((1...(1 << 48)).contains(step))
            steps.insert(step)
        }
        #expect(steps.count > 4_990)
    }

    @Test func `a clock that steps back does not make ids step back`() {
        let source = IdentifierSource()
        let times: [Int64] = [5_000, 4_000, 4_999, 5_000, 1, 5_001, 0, -7, 6_000]
        let ids = times.map { source.make(.delivery, nowMs: $0) }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
    }

    @Test func `the random part of a new millisecond has nothing to do with the last one's`() throws {
        let source = IdentifierSource()
        var seen = Set<UInt64>()
        var ones = 0
        for ms in 1...2_000 as ClosedRange<Int64> {
            let (_, high, low) = try parts(source.make(.payment, nowMs: ms))
            seen.insert(low)
            ones += high.nonzeroBitCount + low.nonzeroBitCount
            // Room to count up.
            #expect(high >> 39 == 0)
        }
        #expect(seen.count == 2_000)
        // 79 random bits each: 79,000 ones with a standard deviation of 199.
        #expect((77_500...80_500).contains(ones))
    }

    /// Counts up from nought.
    private struct Counter: RandomNumberGenerator {
        var last: UInt64 = .max
        mutating func next() -> UInt64 {
            last &+= 1
            return last << 32
        }
    }

    @Test func `the random part is the generator's`() throws {
        let source = IdentifierSource(using: Counter())
        let ids = try [5, 5, 4, 6].map { try parts(source.make(.event, nowMs: $0)) }
        #expect(ids.map(\.ms) == [5, 5, 5, 6])
        // 0 and 1; a step of 2 and one more, then of 3; 4 and 5, of which the first leaves no digit in 15 bits.
        let low = [1 << 32, (1 << 32) + (2 << 16) + 1, (1 << 32) + (5 << 16) + 2, 5 << 32] as [UInt64]
        #expect(ids.map { $0.high << 40 | $0.low } == low)
    }

    @Test func `threads that share a source never get the same id`() async {
        let source = IdentifierSource()
        let all = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<2_000).map { _ in source.make(.request, nowMs: 1_767_323_045_000) } }
            }
            return await group.reduce(into: [[String]]()) { $0.append($1) }
        }
        #expect(Set(all.joined()).count == 16_000)
        for ids in all { #expect(ids == ids.sorted()) }
    }

    @Test(arguments: [
        "", "pay", "pay_", "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4", "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4VV",
        "pay-01J9ZK3V5W8Q2M4N6P8R0S2T4V", "re_01J9ZK3V5W8Q2M4N6P8R0S2T4V", "PAY_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
        "pay_01j9zk3v5w8q2m4n6p8r0s2t4v", "pay_01I9ZK3V5W8Q2M4N6P8R0S2T4V", "pay_01L9ZK3V5W8Q2M4N6P8R0S2T4V",
        "pay_01O9ZK3V5W8Q2M4N6P8R0S2T4V", "pay_01U9ZK3V5W8Q2M4N6P8R0S2T4V", "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4 ",
        "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4\n", "pay_01J9ZK3V5W8Q2M4N6P8R0S2T\u{0}V", "pay_01J9ZK3V5W8Q2M4N6P8R0S2Té",
        "pay_../../../../../../../etc/x", " pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V",
    ])
    func `what is not an id of the kind is refused`(text: String) {
        #expect(!IdentifierSource.isWellFormed(text, .payment))
    }

    @Test func `an id is well formed for its own kind only`() {
        #expect(IdentifierSource.isWellFormed("pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", .payment))
        #expect(IdentifierSource.isWellFormed("re_01J9ZK3V5W8Q2M4N6P8R0S2T4V", .refund))
        for kind in IdentifierKind.allCases where kind != .payment {
            #expect(!IdentifierSource.isWellFormed("pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", kind))
        }
    }
}
