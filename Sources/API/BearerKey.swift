/// The API key in an `Authorization` header.
enum BearerKey {
    /// What stands behind `Bearer` and one space; nil if the value is of another kind.
    static func bytes(of value: String) -> [UInt8]? {
        let scheme = value.utf8.prefix { $0 != UInt8(ascii: " ") }
        let key = value.utf8[scheme.endIndex...].dropFirst()
        guard !key.isEmpty, scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        return Array(key)
    }
}
