import CMicrohttpd
import Diagnostics
import HTTP

/// A `Response` made into libmicrohttpd's form, destroyed once; a queued copy counts its own references.
@safe struct Answer: ~Copyable {
    private let handle: OpaquePointer
    private let status: UInt32

    /// Copies everything. What may not go out (see ``mayGoOut``) is left out and logged; a status that is none of 200 to 599, or
    /// a head beyond ``Limits/answerHeadBytesMax``, becomes a 500.
    ///
    /// - Parameters:
    ///   - closes: adds `Connection: close`.
    ///   - headBytesMax: see ``Limits/answerHeadBytesMax``.
    /// - Returns: nil when there is no memory.
    init?(_ response: Response, requestID: String, closes: Bool, headBytesMax: Int, logger: Logger) {
        var response = response
        if let fault = Answer.fault(response, headBytesMax: headBytesMax) {
            logger.error("answer cannot be sent", ["request_id": .text(requestID), "reason": .text(fault)])
            response = Problem.internalError.response(requestID: requestID)
        }
        let made = unsafe response.body.withUnsafeBytes { body in
            // Copied at once (RESPMEM_MUST_COPY), so the bytes need not be mutable although C asks for that.
            unsafe MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made = unsafe made else { return nil }
        unsafe handle = made
        status = UInt32(response.status)
        if closes { add("Connection", "close", requestID, logger) }
        add("Request-Id", requestID, requestID, logger)
        for field in response.headers.fields {
            if Answer.mayGoOut(field) {
                add(field.name, field.value, requestID, logger)
            } else {
                Answer.log(field.name, requestID, logger)
            }
        }
    }

    deinit { unsafe MHD_destroy_response(handle) }

    /// - Returns: false if the connection is past being answered.
    func queue(on connection: Connection) -> Bool {
        unsafe MHD_queue_response(connection.handle, status, handle) == .YES
    }

    private func add(_ name: String, _ value: String, _ requestID: String, _ logger: Logger) {
        if unsafe MHD_add_response_header(handle, name, value) != .YES { Answer.log(name, requestID, logger) }
    }

    private static func log(_ name: String, _ requestID: String, _ logger: Logger) {
        logger.error("header of an answer dropped", ["request_id": .text(requestID), "header": .text(name)])
    }

    private static func fault(_ response: Response, headBytesMax: Int) -> String? {
        if !(200...599).contains(response.status) { return "status \(response.status)" }
        let bytes = response.headers.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        if bytes > headBytesMax - reservedBytes { return "\(bytes) bytes of header fields" }
        return nil
    }

    /// For the status line and the fields that the server adds.
    private static let reservedBytes = 512

    /// Not the fields that the server itself writes, and nothing that would end a line early.
    private static func mayGoOut(_ field: Headers.Field) -> Bool {
        Token.isToken(field.name.utf8Span.span) && FieldValue.isAllowed(field.value.utf8Span.span)
            && !field.value.isEmpty && !isOurs(field.name.utf8Span.span)
    }

    private static func isOurs(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: Token.equal(name, "date")
        case 10: Token.equal(name, "connection") || Token.equal(name, "request-id")
        case 14: Token.equal(name, "content-length")
        case 17: Token.equal(name, "transfer-encoding")
        default: false
        }
    }
}
