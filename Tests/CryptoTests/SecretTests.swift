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
}
