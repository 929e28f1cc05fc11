/// A value on its way into a statement. An integer, a double or null takes no allocation of its own.
package enum Value: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

extension Value {
    package init(_ integer: Int64?) { self = integer.map(Value.integer) ?? .null }
    package init(_ integer: Int) { self = .integer(Int64(integer)) }
    package init(_ real: Double?) { self = real.map(Value.real) ?? .null }
    package init(_ text: String?) { self = text.map(Value.text) ?? .null }
    package init(_ bytes: [UInt8]?) { self = bytes.map(Value.bytes) ?? .null }
    /// 1 or 0, which is what SQL has for it.
    package init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}
