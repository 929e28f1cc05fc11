/// Why a text is no usable RSA key. The message never holds any part of the text.
package struct RSAKeyError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// Nothing but blanks.
        case empty
        /// Longer than any key PayRelay takes.
        case tooLong
        /// Neither PEM nor base64.
        case notText
        /// A private key where a public one belongs, or the other way round, or a certificate.
        case wrongKind
        /// A private key behind a passphrase.
        case encrypted
        /// A key of another algorithm.
        case notRSA
        /// The right wrapping, but the bytes inside are no key, or its parts do not fit together.
        case malformed
        /// Fewer or more bits than PayRelay takes.
        case size
    }

    package let code: Code
    /// One sentence for the person who wrote the configuration.
    package let message: String

    package var description: String { message }

    static let encrypted = RSAKeyError(
        code: .encrypted,
        message: "the private key is encrypted; keep it without a passphrase in a file only we can read")
}
