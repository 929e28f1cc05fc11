import Diagnostics
import Glibc
import HTTP

// What libmicrohttpd's callbacks do. `false` makes it close the connection without an answer.
extension Loop {
    // MARK: Connections

    /// Where all connections are taken, the one that has been waited for the longest gives up its place: nobody keeps everybody
    /// out by connecting and saying nothing, or half of something.
    func mayAccept() -> Bool {
        if stages.count < limits.connectionsMax { return true }
        if stages.count < limits.connectionsMax + Limits.closingMax, let silent = stages.longestAwaited {
            hangUp(silent)
            return true
        }
        meters.refusedConnections.increment()
        return false
    }

    func opened(_ handle: OpaquePointer, descriptor: Int32, peer: IPAddress) -> Connection {
        let connection = unsafe Connection(
            handle: handle, descriptor: descriptor, socketPeer: peer,
            isTrustedProxy: settings.trustedProxies.contains { $0.contains(peer) }
        )
        stages.insert(connection, deadlineMs: nowMs + limits.headTimeoutMs)
        meters.connections.add(1)
        if case .unix = settings.point, !UnixPeer.isOwnerOrRoot(descriptor) {
            logger.warning("a process of another user was hung up on", ["listener": .text("\(settings.point)")])
            hangUp(connection)
        }
        return connection
    }

    func closed(_ connection: Connection) {
        stages.remove(connection)
        meters.connections.add(-1)
    }

    // MARK: A request comes

    func uriCame(_ connection: Connection, _ uri: UnsafeBufferPointer<UInt8>) {
        connection.request.uriBytes = uri.count
        connection.request.uriAddress = UInt(bitPattern: uri.baseAddress)
        if uri.count <= limits.uriBytesMax { connection.request.uri = unsafe Array(uri) }
        // libmicrohttpd 0.9.75 takes no notice when its pool has no room for a query argument, and then waits for a head that
        // it has thrown away.
        let arguments = unsafe uri.count { $0 == UInt8(ascii: "&") } + 1
        if uri.count + arguments * Limits.headPartBytes > limits.headMemoryBytesMax { hangUp(connection) }
    }

    func headCame(_ connection: Connection, _ result: Result<Head, Problem>) -> Bool {
        connection.request.id = makeRequestID()
        stages.move(connection, to: .body, deadlineMs: nowMs + limits.bodyTimeoutMs)
        switch result {
        case .failure(let refusal): return refuse(connection, refusal)
        case .success(let head): return expectBody(connection, head)
        }
    }

    func bodyCame(_ connection: Connection, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        connection.request.bodyBytes += piece.count
        if connection.request.bodyBytes > limits.bodyBytesMax {
            connection.request.discardsBody = true
            connection.request.body = []
        }
        if !connection.request.discardsBody { unsafe connection.request.body.append(contentsOf: piece) }
        return connection.request.bodyBytes <= limits.bodyBytesMax + Limits.discardedBytesMax
    }

    /// The request is whole, or the connection was resumed without an answer.
    func requestCame(_ connection: Connection) -> Bool {
        guard !isFinishing, connection.stage == .body, let head = connection.request.head else { return false }
        if connection.request.discardsBody { return refuse(connection, bodyTooLarge) }
        let request = Request(
            method: head.method, path: head.path, query: head.query, headers: head.headers,
            body: connection.request.body, peer: peer(connection, head), id: connection.request.id
        )
        connection.request.body = []
        let reply = PendingReply(connection: connection, requestID: request.id, mailbox: mailbox)
        handler.handle(request, reply)
        if let response = reply.settle() { return answer(connection, response) }
        stages.move(connection, to: .handling)
        daemon?.suspend(connection)
        return true
    }

    /// An answer that was given after the handler returned.
    func deliver(_ finished: Mailbox.Finished) {
        let connection = finished.connection
        guard connection.stage == .handling else { return }
        if !answer(connection, finished.response) { stages.move(connection, to: .closing) }
        daemon?.resume(connection)
    }

    func requestEnded(_ connection: Connection) {
        connection.request = IncomingRequest()
        if connection.stage == .closing { return }
        stages.move(connection, to: .head, deadlineMs: nowMs + limits.headTimeoutMs)
    }

    // MARK: Parts

    private func expectBody(_ connection: Connection, _ head: Head) -> Bool {
        connection.request.head = head
        guard let bytes = head.contentLength else { return true }
        if bytes > limits.bodyBytesMax {
            let readable = bytes <= limits.bodyBytesMax + Limits.discardedBytesMax
            if head.expectsContinue || !readable { return refuse(connection, bodyTooLarge) }
            connection.request.discardsBody = true
        } else if bytes > 0 {
            connection.request.body.reserveCapacity(min(bytes, Limits.bodyBytesReserved))
        }
        return true
    }

    /// A chunked body is the last thing that a connection brings. libmicrohttpd takes a bare LF in chunk lines and ends the
    /// trailers at a line that begins with a colon, so what it holds for the next request may be part of this one.
    private func answer(_ connection: Connection, _ response: Response) -> Bool {
        let id = connection.request.id
        let closes = isStopping || connection.request.head?.isChunked == true
        guard
            let answer = Answer(
                response, requestID: id, closes: closes, headBytesMax: limits.answerHeadBytesMax, logger: logger),
            answer.queue(on: connection)
        else {
            logger.error("answer not queued", ["request_id": .text(id)])
            return false
        }
        stages.move(connection, to: .sending, deadlineMs: nowMs + limits.sendTimeoutMs)
        return true
    }

    private func refuse(_ connection: Connection, _ refusal: Problem) -> Bool {
        meters.refusedRequests(status: refusal.status).increment()
        return answer(connection, refusal.response(requestID: connection.request.id))
    }

    private var bodyTooLarge: Problem { .tooLarge(413, "the body is larger than \(limits.bodyBytesMax) bytes") }

    private func peer(_ connection: Connection, _ head: Head) -> IPAddress {
        guard connection.isTrustedProxy, !head.forwardedFor.isEmpty else { return connection.socketPeer }
        return ForwardedFor.peer(
            lines: head.forwardedFor, socket: connection.socketPeer, trusted: settings.trustedProxies)
    }
}
