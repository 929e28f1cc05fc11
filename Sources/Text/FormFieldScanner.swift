/// Decodes the segments of a form one after the other; names are checked, nothing is sorted.
///
/// Every notification is read byte by byte here, whoever sent it. So bytes are told apart by one comparison where that is
/// possible, and written to their place without asking for room: decoding makes nothing longer.
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

    /// - Parameter output: as long as the body.
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
        var place = FormFieldPlace(start: decodedBytes)
        var (from, to) = (index, decodedBytes)
        while from < body.count {
            var byte = body[from]
            if FormFieldScanner.isNameByte(byte) {
                from &+= 1
            } else {
                if byte == UInt8(ascii: "=") || byte == UInt8(ascii: "&") { break }
                byte = try FormFieldScanner.nextByte(of: body, at: &from, coded: byte)
                guard FormFieldScanner.isNameByte(byte) else { throw .nameCharacter }
            }
            place.appendToName(byte)
            output[to] = byte
            to &+= 1
        }
        guard place.nameCount > 0 else { throw .emptyName }
        if from < body.count, body[from] == UInt8(ascii: "=") { from += 1 }
        while from < body.count {
            let coded = body[from]
            // `%`, `&` and `+` stand before all letters, digits and most signs.
            if coded > UInt8(ascii: "+") {
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
        place.end = to
        (index, decodedBytes) = (from, to)
        return place
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
