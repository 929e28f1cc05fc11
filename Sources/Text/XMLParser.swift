import CXML

/// One libxml2 parser context, freed once. Used only by the thread that makes it.
@safe struct XMLParser: ~Copyable {
    private let context: xmlParserCtxtPtr
    private let builder: XMLTreeBuilder

    /// Runs before the first context is made; libxml2: xmlInitParser.
    private static let libraryReady: Void = xmlInitParser()

    init() throws(XMLError) {
        _ = Self.libraryReady
        guard let made = unsafe xmlNewParserCtxt() else {
            throw XMLError(code: .outOfMemory, line: 0, message: "libxml2 could not make a parser")
        }
        unsafe context = made
        builder = unsafe XMLTreeBuilder(context: made)
    }

    deinit { unsafe xmlFreeParserCtxt(context) }

    consuming func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        // Borrowed: the builder lives until this function returns, and libxml2 calls back only inside it.
        let borrowed = unsafe Unmanaged.passUnretained(builder).toOpaque()
        unsafe context.pointee.userData = unsafe borrowed
        unsafe context.pointee.sax.pointee = XMLTreeBuilder.callbacks()
        // Errors of libxml2's character conversion know no context and would go to stderr; this handler is the thread's.
        unsafe xmlSetStructuredErrorFunc(borrowed, XMLTreeBuilder.onError)
        // No NOENT, no DTDLOAD, no RECOVER, no HUGE. nil is right: our callbacks make no libxml2 document.
        let document = unsafe bytes.withUnsafeBytes { buffer in
            let text = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe xmlCtxtReadMemory(
                context, text, Int32(buffer.count), nil, nil, Int32(XML_PARSE_NONET.rawValue))
        }
        xmlSetStructuredErrorFunc(nil, nil)
        unsafe xmlFreeDoc(document)
        let wellFormed = unsafe context.pointee.wellFormed == 1
        let root = try withExtendedLifetime(builder) { () throws(XMLError) in try builder.finish() }
        guard wellFormed, let root else {
            throw XMLError(code: .malformed, line: 0, message: "the document is not well-formed")
        }
        return root
    }
}
