import CXML

/// Builds the tree from libxml2's SAX events, and stops the parser at the first thing that is not allowed here.
///
/// Reached by the callbacks of one parser, on the thread that runs it.
@safe final class XMLTreeBuilder {
    private let context: xmlParserCtxtPtr
    private var open: [OpenElement] = []
    private var root: XMLElement?
    private var failure: XMLError?

    private struct OpenElement {
        var name: String
        var attributes: [XMLElement.Attribute]
        var text: [UInt8] = []
        var children: [XMLElement] = []
    }

    /// The context outlives the builder's use: ``XMLParser`` owns both.
    init(context: xmlParserCtxtPtr) { unsafe self.context = unsafe context }

    /// The root, if the document had one, or the first error.
    func finish() throws(XMLError) -> XMLElement? {
        if let failure { throw failure }
        return root
    }

    /// Keeps the first failure. The parser goes on: libxml2 itself ends after a fatal error, and stopping it inside its
    /// error handler frees what it is about to read.
    fileprivate func record(_ code: XMLError.Code, line: Int? = nil, _ message: String) {
        if failure == nil { failure = XMLError(code: code, line: line ?? currentLine, message: message) }
    }

    /// Only from the callbacks after which libxml2 looks whether it was stopped: the document's start, its DOCTYPE and
    /// an element's start.
    fileprivate func stop(_ code: XMLError.Code, _ message: String) {
        record(code, message)
        unsafe xmlStopParser(context)
    }

    private var currentLine: Int {
        unsafe context.pointee.input.map { unsafe Int($0.pointee.line) } ?? 0
    }

    fileprivate func checkEncoding() {
        // libxml2 notes UTF-8 at the context and every other declared encoding at the input.
        let ofInput = unsafe context.pointee.input.flatMap { unsafe $0.pointee.encoding }
        guard let declared = unsafe ofInput ?? context.pointee.encoding else { return }
        let name = unsafe String(cString: declared)
        if !XMLReader.encodings.contains(name.lowercased()) {
            stop(.encoding, "the encoding \(name) is not one of UTF-8, GBK, GB2312, GB18030")
        }
    }

    fileprivate func start(_ name: String, _ attributes: [XMLElement.Attribute]) {
        guard open.count < XMLReader.depthMax else {
            return stop(.tooDeep, "elements are nested deeper than \(XMLReader.depthMax)")
        }
        open.append(OpenElement(name: name, attributes: attributes))
    }

    fileprivate func append(_ text: UnsafeBufferPointer<UInt8>) {
        guard !open.isEmpty else { return }
        unsafe open[open.count - 1].text.append(contentsOf: text)
    }

    fileprivate func end() {
        guard let done = open.popLast() else { return }
        let element = XMLElement(
            name: done.name,
            attributes: done.attributes,
            text: String(decoding: done.text, as: UTF8.self),
            children: done.children
        )
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
}

/// The C side: each callback turns its pointers into values before it returns.
extension XMLTreeBuilder {
    static func callbacks() -> xmlSAXHandler {
        var sax = unsafe xmlSAXHandler()
        unsafe sax.initialized = XML_SAX2_MAGIC
        unsafe sax.serror = onError
        unsafe sax.startDocument = { unsafe XMLTreeBuilder.from($0).checkEncoding() }
        // Called at `<!DOCTYPE name`, before any declaration inside it is read.
        unsafe sax.internalSubset = { context, _, _, _ in
            unsafe XMLTreeBuilder.from(context).stop(.documentType, "a document type declaration is not allowed")
        }
        unsafe sax.startElementNs = { context, local, prefix, _, _, _, attributeCount, _, attributes in
            unsafe XMLTreeBuilder.from(context).start(
                XMLTreeBuilder.qualifiedName(local, prefix),
                XMLTreeBuilder.copyAttributes(attributes, count: Int(attributeCount))
            )
        }
        unsafe sax.endElementNs = { context, _, _, _ in unsafe XMLTreeBuilder.from(context).end() }
        unsafe sax.characters = { context, text, count in
            unsafe XMLTreeBuilder.from(context).append(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        // The very same function, so that libxml2 does not try to tell blanks from text.
        unsafe sax.ignorableWhitespace = unsafe sax.characters
        unsafe sax.cdataBlock = unsafe sax.characters
        return unsafe sax
    }

    /// Keeps the first error; warnings (a relative namespace name) pass.
    static let onError: xmlStructuredErrorFunc = { context, error in
        guard let error = unsafe error?.pointee, unsafe error.level != XML_ERR_WARNING else { return }
        let text = unsafe error.message.map { unsafe String(cString: $0) } ?? "error \(unsafe error.code)"
        let line = unsafe error.line > 0 ? Int(error.line) : nil
        unsafe XMLTreeBuilder.from(context).record(.malformed, line: line, XMLTreeBuilder.oneLine(text))
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder {
        // libxml2 gives back what XMLParser.parse registered, and only while it runs.
        guard let context = unsafe context else { preconditionFailure("libxml2 called back without its context") }
        return unsafe Unmanaged<XMLTreeBuilder>.fromOpaque(context).takeUnretainedValue()
    }

    private static func qualifiedName(_ local: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?) -> String {
        let name = unsafe local.map { unsafe String(cString: $0) } ?? ""
        return unsafe prefix.map { unsafe String(cString: $0) + ":" + name } ?? name
    }

    /// libxml2: startElementNsSAX2Func, five pointers an attribute: local name, prefix, URI, value, value's end.
    private static func copyAttributes(
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) -> [XMLElement.Attribute] {
        guard let attributes = unsafe attributes else { return [] }
        return (0..<count).map { index in
            let parts = unsafe attributes + 5 * index
            guard let value = unsafe parts[3], let end = unsafe parts[4] else {
                return unsafe XMLElement.Attribute(name: qualifiedName(parts[0], parts[1]), value: "")
            }
            let bytes = unsafe UnsafeBufferPointer(start: value, count: end - value)
            return unsafe XMLElement.Attribute(
                name: qualifiedName(parts[0], parts[1]),
                value: unescapeAmpersands(Array(bytes))
            )
        }
    }

    /// Without entity replacement libxml2 hands over each `&` of an attribute's value as `&#38;`, all else unescaped.
    private static func unescapeAmpersands(_ value: [UInt8]) -> String {
        let escaped = Array("&#38;".utf8)
        var output: [UInt8] = []
        var index = 0
        while index < value.count {
            output.append(value[index])
            index += value[index...].starts(with: escaped) ? escaped.count : 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// libxml2's messages end with a line break and may hold another.
    private static func oneLine(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
