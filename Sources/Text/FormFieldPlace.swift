/// Where one field lies in the decoded buffer of a ``FormFields``: the name, a `=`, and the value.
struct FormFieldPlace {
    private let start: Int
    let nameCount: Int
    var end: Int
    /// The name's first eight bytes, the first in the highest place, zeros after a shorter name: nearly every
    /// comparison of two names is settled by this one number. Names hold no zero byte.
    let prefix: UInt64

    private static let prefixBytes = 8

    /// A field whose name is in the buffer, and its value not yet.
    init(name: Range<Int>, in buffer: Span<UInt8>) {
        start = name.lowerBound
        nameCount = name.count
        end = name.upperBound + 1
        prefix = Self.prefix(of: name, in: buffer)
    }

    /// All of it, as it is signed.
    var whole: Range<Int> { start..<end }
    var name: Range<Int> { start..<(start + nameCount) }
    var value: Range<Int> { (start + nameCount + 1)..<end }

    static func prefix(of name: Range<Int>, in buffer: Span<UInt8>) -> UInt64 {
        guard name.lowerBound + prefixBytes <= buffer.count else {
            var prefix: UInt64 = 0
            for place in 0..<min(name.count, prefixBytes) {
                prefix |= UInt64(buffer[name.lowerBound + place]) << UInt64(56 - 8 * place)
            }
            return prefix
        }
        let word = unsafe buffer.bytes.unsafeLoadUnaligned(fromByteOffset: name.lowerBound, as: UInt64.self)
        // What stands behind a shorter name counts for nothing; a shift by all 64 bits leaves none.
        return UInt64(bigEndian: word) & ~(UInt64.max >> UInt64(8 * min(name.count, prefixBytes)))
    }

    /// Whether this is the name, if the prefix and the count are.
    func isNamed(_ wanted: Span<UInt8>, in buffer: Span<UInt8>) -> Bool {
        guard nameCount > Self.prefixBytes else { return true }
        for index in Self.prefixBytes..<nameCount where buffer[start + index] != wanted[index] { return false }
        return true
    }

    /// Whether this name stands before the other one in byte order; a longer name stands after its own beginning.
    func precedes(_ other: FormFieldPlace, in buffer: [UInt8]) -> Bool {
        if prefix != other.prefix { return prefix < other.prefix }
        for index in Self.prefixBytes..<max(min(nameCount, other.nameCount), Self.prefixBytes) {
            let (byte, otherByte) = (buffer[start + index], buffer[other.start + index])
            if byte != otherByte { return byte < otherByte }
        }
        return nameCount < other.nameCount
    }
}
