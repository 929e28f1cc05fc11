/// Decodes the segments of a form one after the other; names are checked, nothing is sorted.
///
/// Every notification is read byte by byte here, whoever sent it. So bytes are told apart by one comparison where that is
/// possible, and written to their place without asking for room: decoding makes nothing longer but by a `=` that was not there.
struct FormFieldScanner {
    private let fieldsMax: Int
    private(set) var places: [FormFieldPlace] = []
    /// How much of the output is written.
    private(set) var decodedBytes = 0
    /// Whether a value has a `&` in it, which it can have percent-encoded only.
    private(set) var hasSeparators = false
    private var index = 0

    /// Room is made for so many before the first one is known.
    private static let fieldsUsual = 32

    init(fieldsMax: Int) {
        self.fieldsMax = fieldsMax
        places.reserveCapacity(min(fieldsMax, FormFieldScanner.fieldsUsual))
    }

    /// - Parameter output: one byte longer than the body, which has a `&` between any two fields.
    mutating func scan(_ body: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(FormFields.Malformed) {
        while index < body.count {
            if body[index] == UInt8(ascii: "&") {
                index += 1
                continue
            }
            guard places.count < fieldsMax else { throw .tooManyFields }
            places.append(try scanField(of: body, into: &output))
        }
    }

    /// Decodes one segment, up to its `&` or the end, and stays there.
    private mutating func scanField(
        of body: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(FormFields.Malformed) -> FormFieldPlace {
        var (from, to) = (index, decodedBytes)
        try scanName(of: body, &from, into: &output, &to)
        guard to > decodedBytes else { throw .emptyName }
        var place = FormFieldPlace(name: decodedBytes..<to, in: output.span)
        if from < body.count, body[from] == UInt8(ascii: "=") { from += 1 }
        output[to] = UInt8(ascii: "=")
        to += 1
        try scanValue(of: body, &from, into: &output, &to)
        place.end = to
        (index, decodedBytes) = (from, to)
        return place
    }

    /// Decodes up to the next `=` or `&` or the end, and stays there. Names are too short for more than a byte at a time.
    @inline(__always)
    private func scanName(
        of body: Span<UInt8>, _ from: inout Int, into output: inout MutableSpan<UInt8>, _ to: inout Int
    ) throws(FormFields.Malformed) {
        while from < body.count {
            var byte = body[from]
            if FormFieldScanner.isNameByte(byte) {
                from &+= 1
            } else {
                if byte == UInt8(ascii: "=") || byte == UInt8(ascii: "&") { break }
                byte = try FormFieldScanner.nextByte(of: body, at: &from, coded: byte)
                guard FormFieldScanner.isNameByte(byte) else { throw .nameCharacter }
            }
            output[to] = byte
            to &+= 1
        }
    }

    /// Decodes up to the next `&` or the end, and stays there.
    private mutating func scanValue(
        of body: Span<UInt8>, _ from: inout Int, into output: inout MutableSpan<UInt8>, _ to: inout Int
    ) throws(FormFields.Malformed) {
        while true {
            while from &+ Word.bytes <= body.count {
                let word = unsafe body.bytes.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self)
                var out = unsafe output.mutableBytes
                // What of it is not plain is written over by what is decoded next.
                out.storeBytes(of: word, toByteOffset: to, as: UInt64.self)
                let plain = Word.plainBytes(word)
                from &+= plain
                to &+= plain
                if plain < Word.bytes { break }
            }
            guard from < body.count else { break }
            let coded = body[from]
            if coded > Word.lastSpecial {
                output[to] = coded
                from &+= 1
            } else {
                if coded == UInt8(ascii: "&") { break }
                let byte = try FormFieldScanner.nextByte(of: body, at: &from, coded: coded)
                if byte == UInt8(ascii: "&") { hasSeparators = true }
                output[to] = byte
            }
            to &+= 1
        }
    }

    @inline(__always)
    private static func nextByte(
        of body: Span<UInt8>, at index: inout Int, coded: UInt8
    ) throws(FormFields.Malformed) -> UInt8 {
        if coded != UInt8(ascii: "%"), coded != UInt8(ascii: "+") {
            index += 1
            return coded
        }
        do { return try PercentCoding.nextFormByte(of: body, at: &index) } catch {
            throw .badEscape(atByte: error.atByte)
        }
    }

    /// Letters, digits, `_`, `.` and `-`, told by one bit each.
    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x03FF_6000_0000_0000 : byte < 128 ? 0x07FF_FFFE_87FF_FFFE : 0
        return bits &>> UInt64(byte & 63) & 1 == 1
    }
}

/// Eight bytes of a form, looked at together.
private enum Word {
    static let bytes = 8

    /// `%`, `&` and `+` stand before all letters, digits and most signs.
    static let lastSpecial = UInt8(ascii: "+")

    /// How many of them, the first ones in memory, come before any that is not above ``lastSpecial``.
    ///
    /// A byte below a bound borrows from its highest bit when the bound is taken from it, and has none there before. One
    /// above the first such byte may look so as well, and is not asked.
    @inline(__always)
    static func plainBytes(_ word: UInt64) -> Int {
        let word = UInt64(littleEndian: word)
        let bounds = UInt64(lastSpecial + 1) &* 0x0101_0101_0101_0101
        return ((word &- bounds) & ~word & 0x8080_8080_8080_8080).trailingZeroBitCount &>> 3
    }
}
