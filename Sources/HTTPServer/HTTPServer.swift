package import Diagnostics
package import HTTP
import Platform
import Synchronization

/// One listener: a bound port, or the file of a Unix domain socket, and one thread that serves it.
///
/// The handler is called on that thread and must not block. Every answer carries `Request-Id`. An answer that the peer no longer
/// waits for is dropped. The connection ends after the answer to a chunked request, and after one to a malformed head.
///
/// Whoever started a server stops it; a server that is let go of unstopped ends by itself, at once and unwaited for.
package final class HTTPServer: Sendable {
    /// The bound port; 0 where the listener is a file.
    package let port: UInt16

    private enum State {
        case bound
        case running(OwnThread)
        case stopped
    }

    private let state = Mutex(State.bound)
    private let loop: Loop
    private let clock: any Clock

    /// Binds the port; what connects waits until ``start()``.
    ///
    /// - Parameter makeRequestID: called once for each request on the server's thread; ASCII, no quotes, backslashes or spaces.
    /// - Throws: the address is taken or not ours, or the certificate and key are no pair.
    package init(
        _ settings: ListenerSettings, handler: any HTTPHandler, clock: any Clock, metrics: Metrics, logger: Logger,
        makeRequestID: @escaping @Sendable () -> String
    ) throws(HTTPServerError) {
        loop = try Loop(
            settings: settings, handler: handler, clock: clock, meters: Meters(metrics), logger: logger,
            makeRequestID: makeRequestID
        )
        port = try loop.open()
        self.clock = clock
    }

    /// Serves from now on, until stopped.
    ///
    /// - Precondition: neither started nor stopped before.
    package func start() {
        state.withLock { state in
            guard case .bound = state else { preconditionFailure("a server starts once") }
            state = .running(OwnThread.start(name: "http") { [loop] in loop.run() })
        }
    }

    /// Closes the listening socket soon; open connections go on.
    package func stopListening() { loop.mailbox.stopListening() }

    /// Stops listening, closes idle connections, gives open exchanges `graceMs` to end, closes what is left without an answer,
    /// and returns when all is done. Answers say `Connection: close` from here on.
    ///
    /// Must not be called by a handler on the server's thread. A second call waits as the first does.
    package func stop(graceMs: Int64) {
        loop.mailbox.stop(atMs: clock.nowMs + graceMs)
        state.withLock { state in
            switch state {
            case .bound: loop.finish()
            case .running(let thread): thread.join()
            case .stopped: return
            }
            state = .stopped
        }
    }

    deinit {
        loop.mailbox.stop(atMs: .min)
    }
}
