import CLinux
import CMicrohttpd
import Glibc
import HTTP

// libmicrohttpd calls these inside Daemon.run(), on the loop thread. `context` is the loop, borrowed: it owns the daemon.

/// MHD_AcceptPolicyCallback: whether a peer may connect.
func accepted(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<sockaddr>?, _ count: socklen_t
) -> MHD_Result {
    unsafe loop(context).mayAccept() ? .YES : .NO
}

/// MHD_NotifyConnectionCallback: the socket context holds a reference to our connection from "started" to "closed".
func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let handle = unsafe handle, let socketContext = unsafe socketContext else { return }
    switch change {
    case .CONNECTION_NOTIFY_STARTED:
        let peer = unsafe shim_mhd_peer(handle).flatMap { unsafe SocketAddress($0) }
        let connection = unsafe loop(context).opened(
            handle, descriptor: shim_mhd_socket(handle), peer: peer?.address ?? .loopback)
        unsafe socketContext.pointee = Unmanaged.passRetained(connection).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let held = unsafe socketContext.pointee else { return }
        unsafe socketContext.pointee = nil
        unsafe loop(context).closed(Unmanaged<Connection>.fromOpaque(held).takeRetainedValue())
    @unknown default: break
    }
}

/// MHD_OPTION_URI_LOG_CALLBACK: the raw URI, before the library cuts it up. What this returns is the request context of the
/// later calls: our connection, borrowed from the socket context.
func uriCame(
    _ context: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let handle = unsafe handle, let held = unsafe shim_mhd_socket_context(handle) else { return nil }
    let uri = unsafe bytes(uri, uri.map { unsafe strlen($0) } ?? 0)
    unsafe loop(context).uriCame(connection(held), uri)
    return unsafe held
}

/// MHD_OPTION_UNESCAPE_CALLBACK: we decode by ourselves, once.
func leaveEscaped(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?
) -> Int {
    unsafe text.map { unsafe strlen($0) } ?? 0
}

/// MHD_AccessHandlerCallback: once when the head is whole, then for each piece of the body, then once when all is there.
func accessed(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ uri: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
    _ count: UnsafeMutablePointer<Int>?, _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let held = unsafe requestContext?.pointee, let count = unsafe count else { return .NO }
    let connection = unsafe connection(held)
    let loop = unsafe loop(context)
    if connection.request.head == nil, connection.stage == .head {
        guard let method = unsafe method, let version = unsafe version else { return .NO }
        let head = unsafe read(connection, method: method, version: version, limits: loop.limits)
        return loop.headCame(connection, head) ? .YES : .NO
    }
    let piece = unsafe bytes(data, count.pointee)
    unsafe count.pointee = 0
    if !piece.isEmpty { return unsafe loop.bodyCame(connection, piece) ? .YES : .NO }
    return loop.requestCame(connection) ? .YES : .NO
}

/// MHD_RequestCompletedCallback: the answer is out, or the connection broke.
func completed(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let held = unsafe requestContext?.pointee else { return }
    unsafe loop(context).requestEnded(connection(held))
}

private func loop(_ context: UnsafeMutableRawPointer?) -> Loop {
    guard let context = unsafe context else { preconditionFailure("libmicrohttpd lost its context") }
    return unsafe Unmanaged<Loop>.fromOpaque(context).takeUnretainedValue()
}

private func connection(_ held: UnsafeMutableRawPointer) -> Connection {
    unsafe Unmanaged<Connection>.fromOpaque(held).takeUnretainedValue()
}

/// Reads the head out of libmicrohttpd's buffer, where the method begins it and the library counted its bytes.
private func read(
    _ connection: Connection, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, limits: Limits
) -> Result<Head, Problem> {
    let method = unsafe bytes(method, strlen(method))
    let version = unsafe bytes(version, strlen(version))
    let headBytes = unsafe shim_mhd_head_bytes(connection.handle)
    if connection.request.uriBytes > limits.uriBytesMax {
        return .failure(.tooLarge(414, "the URI is longer than \(limits.uriBytesMax) bytes"))
    }
    if headBytes > limits.headBytesMax {
        return .failure(.tooLarge(431, "the head is larger than \(limits.headBytesMax) bytes"))
    }
    if unsafe headBytes + memoryOfParts(connection.handle) > limits.headMemoryBytesMax {
        return .failure(
            .tooLarge(431, "the head has too many or too large header fields, cookies and query arguments"))
    }
    let start = unsafe address(method)
    let versionStart = unsafe address(version)
    // One space between the three parts of the request line, and nothing after them.
    guard connection.request.uriAddress == start &+ UInt(method.count) &+ 1,
        versionStart == connection.request.uriAddress &+ UInt(connection.request.uriBytes) &+ 1,
        unsafe Token.isToken(method.span), version.count == 8
    else { return .failure(.malformed("the request line is malformed")) }
    var reader = HeadReader(limits: limits, firstField: versionStart &+ 10)
    unsafe withUnsafeMutablePointer(to: &reader) { reader in
        _ = unsafe MHD_get_connection_values_n(connection.handle, .HEADER_KIND, fieldCame, reader)
    }
    return unsafe reader.finish(
        method: Method(rawValue: String(method.span)), version: version.span, uri: connection.request.uri,
        headEnd: start &+ UInt(headBytes)
    )
}

/// What the parts of a head take of the pool besides its text: a record for each, and the cookies once more.
private func memoryOfParts(_ handle: OpaquePointer) -> Int {
    var cookieBytes = 0
    _ = unsafe MHD_lookup_connection_value_n(handle, .HEADER_KIND, "Cookie", 6, nil, &cookieBytes)
    return unsafe Int(shim_mhd_head_parts(handle)) * Limits.headPartBytes + cookieBytes
}

/// MHD_KeyValueIteratorN: one header field; `context` is the head reader on the stack of `read`.
private func fieldCame(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameBytes: Int,
    _ value: UnsafePointer<CChar>?, _ valueBytes: Int
) -> MHD_Result {
    guard let context = unsafe context else { return .NO }
    let name = unsafe bytes(name, nameBytes)
    let value = unsafe bytes(value, valueBytes)
    let start = unsafe address(name)
    // A value that is not behind its name makes a place too small or too large to fit the head.
    let length = Int(truncatingIfNeeded: unsafe address(value) &+ UInt(valueBytes) &- start)
    unsafe context.assumingMemoryBound(to: HeadReader.self).pointee
        .take(name: name.span, value: value.span, place: Piece(address: start, count: max(length, 0)))
    return .YES
}

private func address(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt {
    UInt(bitPattern: bytes.baseAddress)
}

private func bytes(_ text: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    let start = unsafe UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self)
    return unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
}
