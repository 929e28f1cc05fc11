/// The fields of one application/x-www-form-urlencoded body, decoded once, in byte order of their names.
///
/// All decoded bytes lie in one buffer and the fields are offsets into it, so a notification of 25 fields costs two
/// allocations. The order is the one that Alipay signs in. Segments are split on `&` and then on the first `=`; a
/// segment without `=` is a field with an empty value; empty segments (`a=1&&b=2`, a trailing `&`) are ignored.
package struct FormFields: Sendable {
    /// Why a body is not a form that can be trusted to mean one thing.
    package enum Malformed: Error, Hashable {
        /// A `%` without two hexadecimal digits; the offset is into the body, from 0.
        case badEscape(atByte: Int)
        case tooManyFields
        case duplicateName(String)
        case emptyName
        /// A name, once decoded, has a byte outside `A-Z a-z 0-9 _ . -`.
        case nameCharacter
    }

    /// One field; both slices share the form's buffer, so keep copies only.
    package struct Field: Sendable {
        package let name: ArraySlice<UInt8>
        package let value: ArraySlice<UInt8>
    }

    private let bytes: [UInt8]
    private let places: [FormFieldPlace]

    /// Decodes and sorts the fields of a body; the caller has limited the body's length.
    package init(_ body: Span<UInt8>, fieldsMax: Int) throws(Malformed) {
        var scanned: [FormFieldPlace] = []
        scanned.reserveCapacity(Swift.min(fieldsMax, 32))
        bytes = try [UInt8](capacity: body.count) { (output: inout OutputSpan<UInt8>) throws(Malformed) in
            var index = 0
            while index < body.count {
                if body[index] == UInt8(ascii: "&") {
                    index += 1
                    continue
                }
                guard scanned.count < fieldsMax else { throw .tooManyFields }
                scanned.append(try Self.scanField(of: body, at: &index, into: &output))
            }
        }
        let buffer = bytes
        scanned.sort { $0.precedes($1, in: buffer) }
        places = scanned
        for (place, next) in zip(places, places.dropFirst()) where !place.precedes(next, in: bytes) {
            throw .duplicateName(String(decoding: bytes[place.name], as: UTF8.self))
        }
    }

    /// As ``init(_:fieldsMax:)`` of the array's span.
    package init(_ body: [UInt8], fieldsMax: Int) throws(Malformed) {
        try self.init(body.span, fieldsMax: fieldsMax)
    }

    /// How many bytes all names and values have together.
    package var decodedBytes: Int { bytes.count }

    /// Calls `body` with every name and value in order, where they lie: a slice of each would cost what hashing it costs.
    package func forEachSpan(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        let buffer = bytes.span
        for place in places { body(buffer.extracting(place.name), buffer.extracting(place.value)) }
    }

    /// The value of the field of that name; nil when there is none.
    package subscript(name: String) -> ArraySlice<UInt8>? {
        let wanted = name.utf8
        let prefix = FormFieldPlace.prefix(of: wanted)
        for place in places where place.prefix == prefix && place.nameCount == wanted.count {
            if bytes[place.name].elementsEqual(wanted) { return bytes[place.value] }
        }
        return nil
    }

    /// Decodes one segment, up to its `&` or the end, and leaves `index` there.
    @inline(__always)
    private static func scanField(
        of body: Span<UInt8>, at index: inout Int, into output: inout OutputSpan<UInt8>
    ) throws(Malformed) -> FormFieldPlace {
        var place = FormFieldPlace(start: output.count)
        while index < body.count {
            let coded = body[index]
            if coded == UInt8(ascii: "=") || coded == UInt8(ascii: "&") { break }
            let byte = try nextByte(of: body, at: &index, coded: coded)
            guard isNameByte(byte) else { throw .nameCharacter }
            place.appendToName(byte)
            output.append(byte)
        }
        guard place.nameCount > 0 else { throw .emptyName }
        if index < body.count, body[index] == UInt8(ascii: "=") { index += 1 }
        while index < body.count {
            let coded = body[index]
            if coded == UInt8(ascii: "&") { break }
            output.append(try nextByte(of: body, at: &index, coded: coded))
        }
        place.end = output.count
        return place
    }

    @inline(__always)
    private static func nextByte(
        of body: Span<UInt8>, at index: inout Int, coded: UInt8
    ) throws(Malformed) -> UInt8 {
        if coded != UInt8(ascii: "%"), coded != UInt8(ascii: "+") {
            index += 1
            return coded
        }
        do { return try PercentCoding.nextFormByte(of: body, at: &index) } catch {
            throw .badEscape(atByte: error.atByte)
        }
    }

    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The fields in byte order of their names.
extension FormFields: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { places.count }

    package subscript(position: Int) -> Field {
        let place = places[position]
        return Field(name: bytes[place.name], value: bytes[place.value])
    }
}

extension FormFields.Malformed: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badEscape(let atByte): "bad percent-encoding at byte \(atByte)"
        case .tooManyFields: "too many fields"
        case .duplicateName(let name): "the field \(name) appears twice"
        case .emptyName: "a field without a name"
        case .nameCharacter: "a field name with a character outside A-Z a-z 0-9 _ . -"
        }
    }
}
