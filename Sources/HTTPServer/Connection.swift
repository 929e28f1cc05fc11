import HTTP

/// One TCP connection, from libmicrohttpd's "started" to its "closed".
// Sendable: only the loop thread reads or writes what is in it; a reply on another thread carries the reference and no more.
@safe final class Connection: @unchecked Sendable {
    enum Stage {
        /// Idle, or a head is coming.
        case head
        case body
        /// The handler has the request, and the connection is suspended.
        case handling
        /// An answer is on its way out.
        case sending
        /// To be closed by libmicrohttpd on its next turn.
        case closing
    }

    /// libmicrohttpd's connection; good until its "closed".
    let handle: OpaquePointer
    let descriptor: Int32
    /// The other end of the socket.
    let socketPeer: IPAddress
    let isTrustedProxy: Bool
    fileprivate(set) var stage = Stage.head
    /// Unix milliseconds at which the present stage has taken too long; counts in `head`, `body` and `sending`.
    var deadlineMs: Int64 = 0
    var request = IncomingRequest()

    // Links of the stage's list. A connection leaves its list before libmicrohttpd's "closed" lets go of it.
    fileprivate unowned(unsafe) var next: Connection?
    fileprivate unowned(unsafe) var previous: Connection?

    init(handle: OpaquePointer, descriptor: Int32, socketPeer: IPAddress, isTrustedProxy: Bool) {
        unsafe self.handle = handle
        self.descriptor = descriptor
        self.socketPeer = socketPeer
        self.isTrustedProxy = isTrustedProxy
    }
}

/// What has come of the request in progress.
struct IncomingRequest {
    /// The raw URI and where in libmicrohttpd's buffer it began; empty if it is longer than the limit.
    var uri: [UInt8] = []
    var uriAddress: UInt = 0
    var uriBytes = 0
    /// Nil until the head is whole and checked.
    var head: Head?
    var id = ""
    var body: [UInt8] = []
    /// What came of the body, thrown away or not.
    var bodyBytes = 0
    /// The body is too large: what comes is thrown away.
    var discardsBody = false
}

/// The open connections by stage; within a stage in the order of their deadlines, since a stage gives all the same time
/// and a clock that is set back moves them all.
struct Stages {
    private var head = ConnectionList()
    private var body = ConnectionList()
    private var handling = ConnectionList()
    private var sending = ConnectionList()
    private var closing = ConnectionList()

    var count: Int { head.count + openExchanges + closing.count }

    /// Requests whose head is whole and whose answer is not yet sent.
    var openExchanges: Int { body.count + handling.count + sending.count }

    /// The earliest deadline of all; `.max` if there is none.
    var nextDeadlineMs: Int64 { min(head.deadlineMs, body.deadlineMs, sending.deadlineMs) }

    mutating func insert(_ connection: Connection, deadlineMs: Int64) {
        connection.deadlineMs = deadlineMs
        head.append(connection)
    }

    mutating func move(_ connection: Connection, to stage: Connection.Stage, deadlineMs: Int64 = .max) {
        remove(connection)
        connection.stage = stage
        connection.deadlineMs = deadlineMs
        switch stage {
        case .head: head.append(connection)
        case .body: body.append(connection)
        case .handling: handling.append(connection)
        case .sending: sending.append(connection)
        case .closing: closing.append(connection)
        }
    }

    mutating func remove(_ connection: Connection) {
        switch connection.stage {
        case .head: head.remove(connection)
        case .body: body.remove(connection)
        case .handling: handling.remove(connection)
        case .sending: sending.remove(connection)
        case .closing: closing.remove(connection)
        }
    }

    /// A connection whose time is up.
    func overdue(nowMs: Int64) -> Connection? {
        if head.deadlineMs <= nowMs { return head.first }
        if body.deadlineMs <= nowMs { return body.first }
        return sending.deadlineMs <= nowMs ? sending.first : nil
    }

    /// Has every deadline come so much earlier.
    func moveDeadlines(earlierByMs ms: Int64) {
        head.moveDeadlines(earlierByMs: ms)
        body.moveDeadlines(earlierByMs: ms)
        sending.moveDeadlines(earlierByMs: ms)
    }

    var firstIdle: Connection? { head.first }
    /// The connection whose request, or the rest of it, has been waited for the longest.
    var longestAwaited: Connection? { head.deadlineMs <= body.deadlineMs ? head.first ?? body.first : body.first }
    var firstHandling: Connection? { handling.first }
}

/// A list through the links of its members.
private struct ConnectionList {
    private unowned(unsafe) var oldest: Connection?
    private unowned(unsafe) var newest: Connection?
    private(set) var count = 0

    var first: Connection? { unsafe oldest }
    /// The earliest deadline; `.max` if there is none.
    var deadlineMs: Int64 { first?.deadlineMs ?? .max }

    func moveDeadlines(earlierByMs ms: Int64) {
        var connection = first
        while let current = connection {
            current.deadlineMs -= ms
            connection = unsafe current.next
        }
    }

    mutating func append(_ connection: Connection) {
        unsafe connection.previous = newest
        unsafe connection.next = nil
        if let newest = unsafe newest { unsafe newest.next = connection } else { unsafe oldest = connection }
        unsafe newest = connection
        count += 1
    }

    mutating func remove(_ connection: Connection) {
        if let previous = unsafe connection.previous {
            unsafe previous.next = connection.next
        } else {
            unsafe oldest = connection.next
        }
        if let next = unsafe connection.next {
            unsafe next.previous = connection.previous
        } else {
            unsafe newest = connection.previous
        }
        unsafe connection.next = nil
        unsafe connection.previous = nil
        count -= 1
    }
}
