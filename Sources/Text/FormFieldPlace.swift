/// Where one field lies in the decoded buffer of a ``FormFields``: the name, and right after it the value.
struct FormFieldPlace {
    private var start: Int
    private(set) var nameCount = 0
    var end: Int
    /// The name's first eight bytes, the first in the highest place, zeros after a shorter name: nearly every
    /// comparison of two names is settled by this one number. Names hold no zero byte.
    private(set) var prefix: UInt64 = 0

    private static let prefixBytes = 8

    init(start: Int) {
        self.start = start
        end = start
    }

    var name: Range<Int> { start..<(start + nameCount) }
    var value: Range<Int> { (start + nameCount)..<end }

    @inline(__always)
    mutating func appendToName(_ byte: UInt8) {
        if nameCount < Self.prefixBytes { prefix |= UInt64(byte) &<< UInt64(truncatingIfNeeded: 56 &- 8 &* nameCount) }
        nameCount &+= 1
    }

    static func prefix(of name: Span<UInt8>) -> UInt64 {
        var place = FormFieldPlace(start: 0)
        for index in 0..<min(name.count, prefixBytes) { place.appendToName(name[index]) }
        return place.prefix
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
