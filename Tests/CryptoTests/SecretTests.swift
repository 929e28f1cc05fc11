import Crypto
import Testing

struct ConstantTimeTests {
    @Test(
        arguments: [
            ([], [], true),
            ([1], [1], true),
            ([1, 2, 3], [1, 2, 3], true),
            ([1, 2, 3], [0, 2, 3], false),
            ([1, 2, 3], [1, 2, 2], false),
            ([1, 2, 3], [1, 2], false),
            ([1, 2], [1, 2, 3], false),
            ([], [0], false),
        ] as [([UInt8], [UInt8], Bool)])
    func `equal is equal, in length as well`(_ a: [UInt8], _ b: [UInt8], _ same: Bool) {
        #expect(constantTimeEqual(a, b) == same)
        let spans = constantTimeEqual(a.span, b.span)
        #expect(spans == same)
    }
}

struct SecureRandomTests {
    @Test(arguments: [0, 1, 32, SecureRandom.bytesMax])
    func `as many bytes come as are asked for`(_ count: Int) {
        #expect(SecureRandom.bytes(count).count == count)
    }

    @Test func `two draws of 32 bytes differ`() {
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    /// Past several refills.
    @Test func `the generator never says the same, and its bits are even`() {
        var generator = SecureRandomGenerator()
        let numbers = (0..<1000).map { _ in generator.next() }
        #expect(Set(numbers).count == 1000)
        // 64,000 bits: 32,000 ones with a standard deviation of 126, and of each bit 500 with one of 16.
        #expect((31_000...33_000).contains(numbers.reduce(0) { $0 + $1.nonzeroBitCount }))
        for bit in 0..<64 { #expect((380...620).contains(numbers.count { $0 >> UInt64(bit) & 1 == 1 })) }
    }
}
