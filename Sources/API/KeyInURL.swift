import HTTP
import Text

/// Finds an API key in a URL, where it would end in logs and browser histories.
enum KeyInURL {
    private static let prefix = Array("sk_".utf8)
    /// The one parameter whose values are the merchant's own words.
    private static let reference = Array("merchant_reference".utf8)

    /// Whether a part of the path, or the name or value of a parameter, begins like a key.
    ///
    /// - Parameter isKey: whether a text is a key in force; a merchant's reference may begin like one and counts only if it
    ///   is one.
    static func isPresent(in request: Request, isKey: ([UInt8]) -> Bool) -> Bool {
        if request.query.isEmpty, hasNothingToDecode(request.path) { return false }
        if Array(request.path.utf8).split(separator: UInt8(ascii: "/")).contains(where: { looksLikeKey(decode($0)) }) {
            return true
        }
        return request.query.split(separator: UInt8(ascii: "&")).contains { field in
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = decode(parts[0])
            if looksLikeKey(name) { return true }
            guard parts.count == 2 else { return false }
            let value = decode(parts[1])
            return looksLikeKey(value) && (name != reference || isKey(value))
        }
    }

    /// Whether a path has neither percent-encoding in it nor a part that begins like a key; hardly one is otherwise.
    private static func hasNothingToDecode(_ path: String) -> Bool {
        let bytes = path.utf8Span.span
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") { return false }
            if byte == prefix[0], index + 2 < bytes.count, bytes[index + 1] == prefix[1], bytes[index + 2] == prefix[2]
            {
                return false
            }
        }
        return true
    }

    /// As it stands where it is not percent-encoding.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        PercentCoding.formDecode(bytes) ?? Array(bytes)
    }

    private static func looksLikeKey(_ text: [UInt8]) -> Bool { text.starts(with: prefix) }
}
