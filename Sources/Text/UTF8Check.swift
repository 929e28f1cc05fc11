/// Whether bytes are well-formed UTF-8 (no surrogates, no overlong forms), without making a `String` of them.
package enum UTF8Check {
    package static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }
    package static func isValid(_ bytes: [UInt8]) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }
}
