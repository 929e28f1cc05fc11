/// Why a document was not read.
package struct XMLError: Error, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// Longer than ``XMLReader/bytesMax``.
        case tooLarge
        /// Deeper than ``XMLReader/depthMax``.
        case tooDeep
        /// It has a DOCTYPE, and with it perhaps entities.
        case documentType
        /// It is in, or declares, an encoding that Alipay does not use.
        case encoding
        /// It is not well-formed: truncated, bad bytes, HTML, an undeclared entity.
        case malformed
        /// libxml2 had no memory.
        case outOfMemory
    }

    package var code: Code
    /// From 1; 0 when the fault has no place in the document.
    package var line: Int
    /// One sentence, without a line break; it may name elements but holds no text of the document.
    package var message: String

    package var description: String { line > 0 ? "line \(line): \(message)" : message }
}
