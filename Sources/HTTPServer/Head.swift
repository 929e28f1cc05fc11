import HTTP

/// A request's head after all checks.
struct Head {
    let method: Method
    let path: String
    let query: [UInt8]
    let headers: Headers
    /// Nil for a chunked body.
    let contentLength: Int?
    let isChunked: Bool
    /// The peer waits for `100 Continue` before it sends its body.
    let expectsContinue: Bool
    let forwardedFor: [String]
}

/// Text in libmicrohttpd's buffer: where it is and how long.
struct Piece {
    let address: UInt
    let count: Int

    init(address: UInt, count: Int) {
        self.address = address
        self.count = count
    }

    var end: UInt { address &+ UInt(count) }
}

/// Reads and checks one head, field by field.
///
/// libmicrohttpd is lenient: it takes a bare LF for an end of line, glues continuation lines to the wrong text, cuts a line at a
/// zero byte, lets names hold spaces and ends the head at a line that begins with a colon. Each of these lets two servers in a row see two different requests (RFC 9112 §11.2).
/// It leaves every text where it found it, though, so whatever hides between the texts shows as a gap: here each field must
/// begin exactly where the line before it ended, with CRLF between.
struct HeadReader {
    private let limits: Limits
    private var headers = Headers()
    private var fields = 0
    private var hosts = 0
    private var contentLengths = 0
    private var contentLength: Int?
    private var transferCodings = 0
    private var isChunked = false
    private var expectsContinue = false
    private var forwardedFor: [String] = []
    private var expected: UInt
    private var fault: String?

    /// - Parameter firstField: where the first header field must begin.
    init(limits: Limits, firstField: UInt) {
        self.limits = limits
        expected = firstField
    }

    /// Takes the next field; `place` is from the first byte of its name to the last of its value.
    mutating func take(name: Span<UInt8>, value: Span<UInt8>, place: Piece) {
        fields += 1
        guard fault == nil, fields <= limits.headFieldsMax else { return }
        guard place.address == expected, place.count > name.count else {
            return fault = "a line of the head is malformed"
        }
        expected = place.end &+ 2
        guard Token.isToken(name) else { return fault = "the name of a header field is malformed" }
        guard FieldValue.isAllowed(value) else { return fault = "the value of a header field has a control character" }
        note(name: name, value: value)
        headers.add(String(name), String(value.extracting(FieldValue.trimmed(value))))
    }

    /// Ends the head, which ended `headEnd` bytes from the start of memory.
    func finish(method: Method, version: Span<UInt8>, uri: [UInt8], headEnd: UInt) -> Result<Head, Problem> {
        if fields > limits.headFieldsMax {
            return .failure(.tooLarge(431, "more than \(limits.headFieldsMax) header fields"))
        }
        if let fault { return .failure(.malformed(fault)) }
        guard expected &+ 2 == headEnd else { return .failure(.malformed("a line of the head is malformed")) }
        guard let target = Target(uri) else { return .failure(.malformed("the path is malformed")) }
        let isOld = version[version.count - 1] == 0x30
        if let fault = framingFault(isOld: isOld) { return .failure(.malformed(fault)) }
        return .success(
            Head(
                method: method, path: target.path, query: target.query, headers: headers,
                contentLength: isChunked ? nil : contentLength ?? 0, isChunked: isChunked,
                expectsContinue: expectsContinue && !isOld, forwardedFor: forwardedFor
            )
        )
    }

    /// Remembers the few fields that steer the server itself.
    private mutating func note(name: Span<UInt8>, value: Span<UInt8>) {
        switch name.count {
        case 4 where Token.equal(name, "host"): hosts += 1
        case 6 where Token.equal(name, "expect"):
            expectsContinue = Token.equal(value.extracting(FieldValue.trimmed(value)), "100-continue")
        case 14 where Token.equal(name, "content-length"):
            contentLengths += 1
            contentLength = FieldValue.number(value)
        case 15 where Token.equal(name, "x-forwarded-for"): forwardedFor.append(String(value))
        case 17 where Token.equal(name, "transfer-encoding"):
            transferCodings += 1
            isChunked = Token.equal(value, "chunked")
        default: break
        }
    }

    /// Where a body ends must have one answer only (RFC 9112 §6.3). `chunked` stands alone and without spaces, because that is
    /// how libmicrohttpd compares it.
    private func framingFault(isOld: Bool) -> String? {
        if hosts > 1 || (hosts == 0 && !isOld) { return "one Host is required" }
        if transferCodings > 0 {
            if contentLengths > 0 { return "Transfer-Encoding and Content-Length exclude each other" }
            if transferCodings > 1 || !isChunked || isOld { return "the only Transfer-Encoding is chunked" }
        }
        if contentLengths > 1 { return "Content-Length appears more than once" }
        if contentLengths == 1, contentLength == nil { return "Content-Length is malformed" }
        return nil
    }
}

/// What stands between the method and the version of a request line.
struct Target {
    let path: String
    let query: [UInt8]

    /// Takes `/path?query`, and `http://host/path?query` for its path (RFC 9112 §3.2); nil for anything else, for a byte in
    /// the path that is not ASCII and for a control character or space anywhere.
    init?(_ uri: [UInt8]) {
        guard uri.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        let origin = Target.withoutAuthority(uri[...])
        let path = origin.prefix { $0 != 0x3F }
        guard path.first == 0x2F, path.allSatisfy({ $0 < 0x7F }) else { return nil }
        self.path = String(decoding: path, as: UTF8.self)
        query = Array(origin[path.endIndex...].dropFirst())
    }

    private static func withoutAuthority(_ uri: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if uri.first == 0x2F { return uri }
        for scheme in ["http://", "https://"] where uri.starts(with: scheme.utf8) {
            return uri.dropFirst(scheme.utf8.count).drop { $0 != 0x2F && $0 != 0x3F }
        }
        return uri
    }
}
