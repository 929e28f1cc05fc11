package import Diagnostics
package import HTTP
import Platform

/// Sends requests with libcurl from threads of its own, one for each loop.
///
/// Connections are kept and used again; a host's requests all go through one loop, where its connections are. Names are
/// resolved beforehand and the addresses held against the request's policy; libcurl dials the checked address and no
/// other. Redirects are answers like any other. No proxy but the settings' own, no cookie, netrc or variable of the
/// environment has a say.
package final class HTTPClient: HTTPSender {
    private let inboxes: [Inbox]
    private let threads: [OwnThread]
    private let metrics: OutboundMetrics
    private let outstandingMax: Int
    private let known = KnownDestinations()

    /// - Parameters:
    ///   - resolver: answers for names; addresses in URLs need none.
    ///   - name: of our own choosing, for the metrics' label `client` and the threads.
    package init(
        settings: ClientSettings = ClientSettings(), resolver: any NameResolver = SystemResolver(), logger: Logger,
        metrics: Metrics, name: String
    ) {
        let connections = SharedConnections(keptMax: settings.connectionsMax + settings.idleConnectionsMax)
        let metrics = OutboundMetrics(metrics: metrics, client: name, connections: connections)
        let log = logger.with(["client": .text(name)])
        let multis = (0..<max(settings.loops, 1)).map { _ in Multi(settings: settings, sharing: connections) }
        let inboxes = multis.map { Inbox(waking: $0) }
        let slots = Slots(count: settings.connectionsMax, inboxes: inboxes)
        self.inboxes = inboxes
        self.metrics = metrics
        outstandingMax = settings.connectionsMax + settings.waitingMax
        threads = multis.enumerated().map { number, multi in
            OwnThread.start(name: multis.count == 1 ? "http-\(name)" : "http-\(name)-\(number)") {
                Loop(
                    number: number, settings: settings, resolver: resolver, inbox: inboxes[number], slots: slots,
                    multi: multi, metrics: metrics, log: log
                ).run()
            }
        }
    }

    /// Whoever forgot `shutdown`: what is in flight is canceled, and the threads end by themselves.
    deinit { stop(at: .now) }

    /// Sends `request` and calls `then` exactly once, on a thread of the client; after `shutdown`, when there is no such
    /// thread any more, on the caller's. `then` must not block, nor call `shutdown`.
    ///
    /// The caller's headers may not be those of the connection (Host, Content-Length, Transfer-Encoding, Connection and
    /// the like) nor hold control characters: `malformed`, nothing sent. A name that does not resolve in time is `dns`;
    /// `timeout` says that a connection was at least tried, unless the message says that nothing was sent.
    ///
    /// When the server closes a kept connection while the request is being written to it, libcurl sends the request once
    /// more on a new one, POST included, unless a byte of an answer came.
    package func send(
        _ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void
    ) {
        let job = Job(request, known: known, then: then)
        metrics.inFlight.add(1)
        let full = metrics.inFlight.value > outstandingMax
        let busy = SendError(code: .connect, message: "Too many outbound requests are waiting; nothing was sent.")
        guard !inbox(for: job).put(full ? .refuse(job, busy) : .send(job)) else { return }
        metrics.count(.failure(job.canceled))
        then(.failure(job.canceled))
    }

    private func inbox(for job: Job) -> Inbox {
        guard inboxes.count > 1, case .success(let destination) = job.destination else { return inboxes[0] }
        return inboxes[destination.origin.loop(of: inboxes.count)]
    }

    /// Takes no further requests, waits for those in flight, cancels what is left after `graceMs`, ends the threads and
    /// closes the connections. Returns when all of that is done; a second call waits for the first.
    package func shutdown(graceMs: Int) {
        stop(at: .now + .milliseconds(max(graceMs, 0)))
        for thread in threads { thread.join() }
    }

    private func stop(at time: ContinuousClock.Instant) {
        for inbox in inboxes { inbox.stop(at: time) }
    }
}
