import Synchronization

/// The open connections of one loop, by origin. On that loop's thread only.
///
/// libcurl's own limit, CURLMOPT_MAXCONNECTS, must not be reached: 7.88 closes the oldest connection then, but keeps a
/// record of its host for good and walks all such records at the next (Curl_conncache_extract_oldest): after 50 000
/// hosts a request cost 4 ms. So a connection beyond what may be kept is closed after its request, whose end drops the
/// record.
final class Connections {
    let shared: SharedConnections
    private let sockets: SocketWatch
    /// For new TLS connections of this loop.
    var budget: ConnectionBudget
    private var byOrigin: [Origin: OriginConnections] = [:]
    private var byDescriptor: [Int32: (connections: OriginConnections, number: Int)] = [:]
    private var openedCount = 0

    init(shared: SharedConnections, sockets: SocketWatch, budget: ConnectionBudget) {
        self.shared = shared
        self.sockets = sockets
        self.budget = budget
    }

    /// What is known of an origin; `dropIfUnused` when its last request or connection has gone.
    func of(_ origin: Origin) -> OriginConnections {
        if let known = byOrigin[origin] { return known }
        let new = OriginConnections(origin)
        byOrigin[origin] = new
        return new
    }

    func dropIfUnused(_ connections: OriginConnections) {
        if connections.isUnused { byOrigin[connections.origin] = nil }
    }

    /// - Returns: the socket, and whether its connection may be kept for another request.
    func opened(_ descriptor: Int32, to connections: OriginConnections) -> (OpenedSocket, mayBeKept: Bool) {
        // Another one had that number, and nobody has said yet that it is gone.
        closed(descriptor)
        openedCount += 1
        connections.openCount += 1
        byDescriptor[descriptor] = (connections, openedCount)
        return (OpenedSocket(descriptor: descriptor, number: openedCount), shared.open())
    }

    func closed(_ descriptor: Int32) {
        sockets.forget(descriptor)
        guard let (connections, _) = byDescriptor.removeValue(forKey: descriptor) else { return }
        connections.openCount -= 1
        shared.close()
        dropIfUnused(connections)
    }

    /// The same for a socket over which no connection came about, its TLS included, whose transfer has ended: libcurl 7.88 closes
    /// those without calling back (cf_socket_close).
    func gaveUp(_ socket: OpenedSocket) {
        if byDescriptor[socket.descriptor]?.number == socket.number { closed(socket.descriptor) }
    }
}

/// A socket of a loop; its descriptor comes again, its number does not.
struct OpenedSocket {
    let descriptor: Int32
    fileprivate let number: Int
}

/// How many connections all loops of a client have open, and how many they may keep for other requests.
final class SharedConnections: Sendable {
    private let count = Atomic<Int>(0)
    /// All that can be in use at once and the idle ones that are wanted beside them: a smaller number would close
    /// connections that would have been used again.
    let keptMax: Int

    init(keptMax: Int) { self.keptMax = keptMax }

    var openCount: Int { count.load(ordering: .relaxed) }

    /// - Returns: whether one more may be kept.
    fileprivate func open() -> Bool { count.wrappingAdd(1, ordering: .relaxed).newValue <= keptMax }
    fileprivate func close() { count.wrappingSubtract(1, ordering: .relaxed) }
}

/// What one loop knows of its connections to one origin, so that it can tell whether a request needs another.
final class OriginConnections {
    let origin: Origin
    /// Those still connecting included.
    var openCount = 0
    /// Requests on the wire.
    var busyCount = 0
    /// Whether the origin last answered in HTTP/2: one connection then carries many requests.
    var isMultiplexed = false
    /// Requests in the room that wait because this origin has no connection free; the ids of those that have gone
    /// elsewhere are still among them.
    var waiting = TurnQueue()
    var waitingCount = 0

    /// Requests that libcurl puts on one HTTP/2 connection, if the server does not allow fewer.
    static let streamsMax = 100

    init(_ origin: Origin) { self.origin = origin }

    /// Whether one more request needs no new connection. A guess: the server may be about to close the idle one.
    var isOneFree: Bool { busyCount < openCount * (isMultiplexed ? OriginConnections.streamsMax : 1) }
    var isUnused: Bool { openCount == 0 && busyCount == 0 && waitingCount == 0 }
}
