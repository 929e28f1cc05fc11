import CLinux
import Diagnostics
import Glibc
import HTTP

/// The one thread's work: waits for sockets and for the mailbox, runs the daemon, keeps the deadlines, stops in order.
// Sendable: made on one thread, handed over once by HTTPServer.start, from then on touched by the loop thread only. The
// mailbox, which others use, is Sendable by itself.
final class Loop: @unchecked Sendable {
    let settings: ListenerSettings
    var limits: Limits { settings.limits }
    let handler: any HTTPHandler
    let clock: any Clock
    let meters: Meters
    let logger: Logger
    let makeRequestID: @Sendable () -> String
    let mailbox: Mailbox

    var daemon: Daemon?
    var stages = Stages()
    /// The time of this turn.
    var nowMs: Int64
    /// Nil while connections are accepted as they come.
    private var listener: ListenSocket?
    private var stopAtMs: Int64?
    /// No request is handed on any more, so no connection can become suspended.
    private(set) var isFinishing = false
    /// The call that the clock owes us.
    private var alarm: (atMs: Int64, call: any ScheduledCall)?
    private var spent: [Mailbox.Finished] = []
    /// The daemon's epoll descriptor and the mailbox's.
    private var polled: [pollfd] = []

    /// Turns given to the last answers to go out before what is left is cut off.
    private static let lastTurns = 4
    /// Turns given to connections that the system completed before the listener closed, ten connections each.
    private static let lastAccepts = 64
    /// A clock that goes back by no more was put right.
    private static let correctionMsMax: Int64 = 1_000

    init(
        settings: ListenerSettings, handler: any HTTPHandler, clock: any Clock, meters: Meters, logger: Logger,
        makeRequestID: @escaping @Sendable () -> String
    ) throws(HTTPServerError) {
        self.settings = settings
        self.handler = handler
        self.clock = clock
        self.meters = meters
        self.logger = logger
        self.makeRequestID = makeRequestID
        mailbox = try Mailbox()
        nowMs = clock.nowMs
    }

    /// Binds; what connects waits in the backlog until ``run()``.
    ///
    /// - Returns: the bound port; 0 for a socket that is a file.
    func open() throws(HTTPServerError) -> UInt16 {
        let listener = try ListenSocket.open(settings.point, backlog: Limits.backlog)
        let daemon: Daemon
        do { daemon = try Daemon(socket: listener, settings: settings, loop: self) } catch {
            listener.file?.remove()
            throw error
        }
        polled = [daemon.epollDescriptor, mailbox.wakeDescriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        self.daemon = consume daemon
        self.listener = listener
        return listener.port
    }

    /// Serves until a stop is asked for and carried out.
    func run() {
        var hasMore = true
        while true {
            if !hasMore { wait() }
            lookAtClock()
            lookIntoMailbox()
            closeOverdue()
            hasMore = daemon?.run() ?? false
            if let stopAtMs, stages.openExchanges == 0 || nowMs >= stopAtMs { break }
            if setAlarm() { hasMore = true }
        }
        finish()
    }

    /// Ends the daemon; called on the loop thread, or instead of it.
    func finish() {
        isFinishing = true
        alarm?.call.cancel()
        for finished in mailbox.close() { deliver(finished) }
        while let connection = stages.firstHandling {
            // Resumed without an answer, it comes back to requestCame, which refuses it.
            stages.move(connection, to: .closing)
            daemon?.resume(connection)
        }
        closeListener()
        for _ in 0..<Loop.lastTurns where daemon?.run() == false { break }
        daemon = nil
    }

    // MARK: Waiting

    private func wait() {
        let ready = unsafe poll(&polled, nfds_t(polled.count), -1)
        // EINTR is the only failure that these arguments allow, and then there is just nothing to read yet.
        if ready > 0, polled[1].revents != 0 { mailbox.drain() }
    }

    private func lookIntoMailbox() {
        var contents = mailbox.take(reusing: spent)
        for finished in contents.finished { deliver(finished) }
        if contents.clockRang { alarm = nil }
        if contents.stopListening { closeListener() }
        if let atMs = contents.stopAtMs { beginToStop(atMs) }
        contents.finished.removeAll(keepingCapacity: true)
        spent = contents.finished
    }

    // MARK: Deadlines

    /// Begins the turn's time. A wall clock that was set back takes all deadlines with it: none is further away than it
    /// was in the last turn, and those of a stage stay in their order.
    private func lookAtClock() {
        let beforeMs = nowMs
        nowMs = clock.nowMs
        let stepMs = beforeMs - nowMs
        guard stepMs > Loop.correctionMsMax else { return }
        stages.moveDeadlines(earlierByMs: stepMs)
        stopAtMs = stopAtMs.map { $0 - stepMs }
        alarm?.call.cancel()
        alarm = nil
    }

    private func closeOverdue() {
        while let connection = stages.overdue(nowMs: nowMs) { hangUp(connection) }
    }

    /// Breaks a connection from below: libmicrohttpd finds its socket at an end and lets go of it.
    func hangUp(_ connection: Connection) {
        stages.move(connection, to: .closing)
        // ENOTCONN means that the peer was quicker.
        _ = shutdown(connection.descriptor, Int32(SHUT_RDWR))
    }

    /// Sees to it that the clock calls at the next deadline.
    ///
    /// - Returns: whether that deadline has come meanwhile.
    private func setAlarm() -> Bool {
        let atMs = min(stages.nextDeadlineMs, stopAtMs ?? .max)
        if atMs == .max { return false }
        if let alarm, alarm.atMs <= atMs { return false }
        alarm?.call.cancel()
        alarm = (atMs, clock.schedule(atMs: atMs) { [mailbox] in mailbox.ring() })
        return clock.nowMs >= atMs
    }

    // MARK: Stopping

    var isStopping: Bool { stopAtMs != nil }

    private func beginToStop(_ atMs: Int64) {
        stopAtMs = min(atMs, stopAtMs ?? atMs)
        while let idle = stages.firstIdle { hangUp(idle) }
    }

    /// Accepts what already waits, then closes the listening socket.
    private func closeListener() {
        guard let listener else { return }
        var waiting = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        for _ in 0..<(isFinishing ? 0 : Loop.lastAccepts) where unsafe poll(&waiting, 1, 0) == 1 { _ = daemon?.run() }
        daemon?.quiesce()
        listener.close()
        self.listener = nil
    }
}
