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
    /// Whether any value has a `&` in it. Hardly a form has one.
    package let hasSeparators: Bool

    /// Decodes and sorts the fields of a body; the caller has limited the body's length.
    package init(_ body: Span<UInt8>, fieldsMax: Int) throws(Malformed) {
        var scanner = FormFieldScanner(fieldsMax: fieldsMax)
        var decoded = [UInt8](repeating: 0, count: body.count + 1)
        var output = decoded.mutableSpan
        try scanner.scan(body, into: &output)
        decoded.removeLast(decoded.count - scanner.decodedBytes)
        var places = scanner.places
        places.sort { $0.precedes($1, in: decoded) }
        for index in places.indices.dropFirst() where !places[index - 1].precedes(places[index], in: decoded) {
            throw .duplicateName(String(decoding: decoded[places[index].name], as: UTF8.self))
        }
        bytes = decoded
        self.places = places
        hasSeparators = scanner.hasSeparators
    }

    /// As ``init(_:fieldsMax:)`` of the array's span.
    package init(_ body: [UInt8], fieldsMax: Int) throws(Malformed) {
        try self.init(body.span, fieldsMax: fieldsMax)
    }

    /// `name=value` of each field that is wanted and has a value, in order, with `&` between.
    package func joined(_ isWanted: (_ name: Span<UInt8>) -> Bool) -> [UInt8] {
        let buffer = bytes.span
        // A slice of each would be counted twice.
        return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + places.count) { out, count in
            for place in places where !place.value.isEmpty && isWanted(buffer.extracting(place.name)) {
                if count > 0 { unsafe FormFields.append(UInt8(ascii: "&"), to: out, &count) }
                unsafe FormFields.append(buffer.extracting(place.whole), to: out, &count)
            }
        }
    }

    private static func append(_ byte: UInt8, to out: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        precondition(count < out.count, "room was made for less")
        unsafe out[count] = byte
        count += 1
    }

    private static func append(_ bytes: Span<UInt8>, to out: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        precondition(bytes.count <= out.count - count, "room was made for less")
        unsafe bytes.withUnsafeBytes { source in
            let room = UnsafeMutableRawBufferPointer(out)
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
            unsafe place.copyMemory(from: source)
        }
        count += bytes.count
    }

    /// Whether there is a value that `body` says so of.
    package func containsValue(where body: (Span<UInt8>) -> Bool) -> Bool {
        let buffer = bytes.span
        for place in places where body(buffer.extracting(place.value)) { return true }
        return false
    }

    /// The value of the field of that name; nil when there is none.
    package subscript(name: String) -> ArraySlice<UInt8>? {
        let wanted = name.utf8Span.span
        let prefix = FormFieldPlace.prefix(of: wanted.indices, in: wanted)
        for place in places where place.prefix == prefix && place.nameCount == wanted.count {
            if place.isNamed(wanted, in: bytes.span) { return bytes[place.value] }
        }
        return nil
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
