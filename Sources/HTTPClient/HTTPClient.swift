package import Diagnostics
package import HTTP
import Platform
import Synchronization

/// Sends requests with libcurl from one thread of its own.
///
/// Connections are kept and used again. Names are resolved beforehand and the addresses held against the request's
/// policy; libcurl dials the checked address and no other. Redirects are answers like any other. No proxy, cookie,
/// netrc or variable of the environment has a say.
package final class HTTPClient: HTTPSender {
    private let inbox: Inbox
    private let metrics: OutboundMetrics
    private let outstandingMax: Int
    private let thread: OwnThread

    /// - Parameters:
    ///   - resolver: answers for names; addresses in URLs need none.
    ///   - name: of our own choosing, for the metrics' label `client` and the thread.
    package init(
        settings: ClientSettings = ClientSettings(), resolver: any NameResolver = SystemResolver(), logger: Logger,
        metrics: Metrics, name: String
    ) {
        let multi = Multi(settings: settings)
        let inbox = Inbox(waking: multi)
        let metrics = OutboundMetrics(metrics: metrics, client: name)
        let log = logger.with(["client": .text(name)])
        self.inbox = inbox
        self.metrics = metrics
        outstandingMax = settings.connectionsMax + settings.waitingMax
        thread = OwnThread.start(name: "http-\(name)") {
            Loop(settings: settings, resolver: resolver, inbox: inbox, multi: multi, metrics: metrics, log: log).run()
        }
    }

    /// Whoever forgot `shutdown`: what is in flight is canceled, and the thread ends by itself.
    deinit { inbox.stop(at: .now) }

    /// Sends `request` and calls `then` exactly once, on the client's thread; after `shutdown`, when there is no such
    /// thread any more, on the caller's. `then` must not block, nor call `shutdown`.
    ///
    /// The caller's headers may not be those of the connection (Host, Content-Length, Transfer-Encoding, Connection and
    /// the like) nor hold control characters: `malformed`, nothing sent. A name that does not resolve in time is `dns`;
    /// `timeout` says that a connection was at least tried, unless the message says that nothing was sent.
    package func send(
        _ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    ) {
        let job = Job(request, then: then)
        metrics.inFlight.add(1)
        let full = metrics.inFlight.value > outstandingMax
        let busy = SendError(code: .connect, message: "Too many outbound requests are waiting; nothing was sent.")
        guard !inbox.put(full ? .refuse(job, busy) : .send(job)) else { return }
        metrics.count(.failure(job.canceled))
        then(.failure(job.canceled))
    }

    /// Takes no further requests, waits for those in flight, cancels what is left after `graceMs`, ends the thread and
    /// closes the connections. Returns when all of that is done; a second call waits for the first.
    package func shutdown(graceMs: Int) {
        inbox.stop(at: .now + .milliseconds(max(graceMs, 0)))
        thread.join()
    }
}
