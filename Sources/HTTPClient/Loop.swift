import CCurl
import Diagnostics
import Glibc
import HTTP

/// All requests of one client's loop, on one thread, from the inbox to their outcome.
///
/// A request is resolved, checked, admitted and carried. Admission is in `Loop+Admission.swift`.
final class Loop {
    /// How many hosts' last good address is remembered.
    private static let pinsMax = 4_096
    /// How many addresses of a host are tried.
    private static let addressesMax = 8
    private static let pollMsMax = 1_000

    /// Among the client's loops, from 0.
    let number: Int
    let settings: ClientSettings
    let slots: Slots
    let multi: Multi
    let metrics: OutboundMetrics
    private let resolver: any NameResolver
    private let inbox: Inbox
    private let log: Logger
    private let refusedBlocks: [AddressBlock]

    /// What came since the last turn; empty between turns.
    private var items: [Inbox.Item] = []
    var room = WaitingRoom()
    /// Slots that this loop holds and has not begun a request in; none between turns.
    var slotsInHand = 0
    /// Whether ``Slots`` has this loop in line for one.
    var waitsForSlot = false
    /// Every transfer made so far; at most `connectionsMax`.
    var transfers: [Transfer] = []
    var idleTransfers: [Int] = []
    /// The address that a host was last reached at: while it stays among the host's, connections are used again.
    private var pins: [String: IPAddress] = [:]
    private var stopAt: ContinuousClock.Instant?

    init(
        number: Int, settings: ClientSettings, resolver: any NameResolver, inbox: Inbox, slots: Slots, multi: Multi,
        metrics: OutboundMetrics, log: Logger
    ) {
        self.number = number
        self.settings = settings
        self.resolver = resolver
        self.inbox = inbox
        self.slots = slots
        self.multi = multi
        self.metrics = metrics
        self.log = log
        let own = OwnAddresses.read().compactMap { AddressBlock("\($0.canonical)") }
        refusedBlocks = settings.refusedBlocks + own
    }

    /// Returns after `inbox.stop`, when nothing is in flight or the grace is over.
    func run() {
        blockBrokenPipeSignal()
        while !isOver {
            take()
            expire()
            admitWaiting()
            multi.perform()
            while let (transfer, code) = multi.nextEnded() { ended(transfer, code) }
            if !isOver, inbox.mayLoopSleep(stopSeen: stopAt != nil) { multi.poll(timeoutMs: pollMs) }
        }
        cancelAll()
    }

    /// With TLS, OpenSSL writes to sockets without MSG_NOSIGNAL. Blocked for this thread alone, the signal harms nobody.
    private func blockBrokenPipeSignal() {
        var signals = sigset_t()
        let emptied = unsafe sigemptyset(&signals)
        let added = unsafe sigaddset(&signals, SIGPIPE)
        let code = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        precondition(emptied == 0 && added == 0 && code == 0, "SIGPIPE can be blocked")
    }

    private var activeCount: Int { transfers.count - idleTransfers.count }

    private var isOver: Bool {
        guard let stopAt else { return false }
        return (room.isEmpty && activeCount == 0) || stopAt <= .now
    }

    /// libcurl shortens it to its own next timer.
    private var pollMs: Int32 {
        let times = [room.nextDeadline, stopAt, nextConnectionAt].compactMap { $0 }
        return Int32(times.map { min(($0 - .now).wholeMs, Loop.pollMsMax) }.min() ?? Loop.pollMsMax)
    }

    // MARK: On its way

    private func take() {
        let stopAt = inbox.take(into: &items)
        // First the items: what was sent before the stop is still done.
        for item in items {
            switch item {
            case .send(let job): accept(job)
            case .refuse(let job, let error): finish(job, .failure(error))
            case .resolved(let id, let answer): resolved(id, answer)
            case .slot: gotSlot()
            }
        }
        items.removeAll(keepingCapacity: true)
        self.stopAt = stopAt
    }

    private func accept(_ job: Job) {
        guard stopAt == nil else { return finish(job, .failure(job.canceled)) }
        switch job.destination {
        case .failure(let error): finish(job, .failure(job.failure(error.code, error.message)))
        case .success(let destination):
            if let literal = destination.literal { return check(job, [literal]) }
            // No address is dialled, so no name has to be looked up.
            if settings.unixSocket != nil { return check(job, [.loopback]) }
            resolve(destination.host, for: job, place: room.addResolving(job))
        }
    }

    private func resolve(_ host: String, for job: Job, place id: UInt64) {
        // The resolver knows whether the lookup began, or has an old answer; so it has its say before the deadline.
        let patienceMs = min(settings.resolveTimeoutMs, max(job.remainingMs * 3 / 4, 1))
        resolver.resolve(host, timeoutMs: patienceMs) { [inbox] answer in
            // A loop that has ended has given every job its outcome.
            _ = inbox.put(.resolved(id: id, answer))
        }
    }

    private func resolved(_ id: UInt64, _ answer: Result<[IPAddress], SendError>) {
        switch (room.takeResolved(id), answer) {
        case (.resolving(let job), .success(let addresses)) where addresses.isEmpty:
            finish(job, .failure(job.failure(.dns, "The name has no address.")))
        case (.resolving(let job), .success(let addresses)): check(job, addresses)
        case (.resolving(let job), .failure(let error)): finish(job, .failure(job.failure(error.code, error.message)))
        case (.resolvingProxy(let job, let checked), .success(let addresses)) where !addresses.isEmpty:
            load(job, with: checked, proxyAddress: pinned(settings.proxy?.host ?? "", among: addresses).first)
        case (.resolvingProxy(let job, _), .failure(let error)) where error.code == .busy:
            finish(job, .failure(job.failure(error.code, error.message)))
        case (.resolvingProxy(let job, _), _): finish(job, .failure(job.proxyUnknown))
        case (.unconnected, _), (.ready, _), (nil, _): break
        }
    }

    /// Holds all addresses against the policy.
    private func check(_ job: Job, _ addresses: [IPAddress]) {
        guard job.request.policy.allowPrivateNetwork || !addresses.contains(where: isRefused) else {
            return finish(job, .failure(job.refusedDestination))
        }
        guard let proxy = settings.proxy else { return load(job, with: addresses, proxyAddress: nil) }
        if let literal = proxy.literal { return load(job, with: addresses, proxyAddress: literal) }
        resolve(proxy.host, for: job, place: room.addResolvingProxy(job, checked: addresses))
    }

    private func load(_ job: Job, with addresses: [IPAddress], proxyAddress: IPAddress?) {
        guard case .success(let destination) = job.destination else { return }
        let tried = pinned(destination.host, among: addresses).prefix(Loop.addressesMax)
        let load = Transfer.Load(job: job, destination: destination, addresses: tried, proxyAddress: proxyAddress)
        admit(load, to: multi.connections.of(destination.origin))
    }

    private func isRefused(_ address: IPAddress) -> Bool {
        AddressClass(address) != .public || refusedBlocks.contains { $0.contains(address) }
    }

    /// The addresses with the one first that the host was last reached at.
    private func pinned(_ host: String, among addresses: [IPAddress]) -> [IPAddress] {
        guard let pin = pins[host], let index = addresses.firstIndex(of: pin) else { return addresses }
        var ordered = addresses
        ordered.swapAt(0, index)
        return ordered
    }

    // MARK: Outcomes

    private func ended(_ transfer: Transfer, _ code: CURLcode) {
        multi.remove(transfer)
        guard var load = transfer.load, let origin = transfer.origin else {
            preconditionFailure("a transfer that ended had begun")
        }
        if transfer.mayTryNextAddress(after: code), load.addresses.count > 1, load.job.remainingMs > 0 {
            load.addresses = load.addresses.dropFirst()
            return carry(load, on: transfer, to: origin, holdsToken: transfer.holdsToken)
        }
        if transfer.requestBegan { note(transfer, load, origin) }
        let outcome = transfer.outcome(code, of: load)
        transfer.end()
        idleTransfers.append(transfer.slot)
        left(origin)
        finish(load.job, outcome)
    }

    /// Learns from a request that was written.
    private func note(_ transfer: Transfer, _ load: Transfer.Load, _ origin: OriginConnections) {
        if transfer.openedCount == 0 { metrics.reusedConnections.increment() }
        origin.isMultiplexed = transfer.isHTTP2
        if load.destination.literal == nil { pin(load.destination.host, to: load.addresses.first) }
        if let proxy = settings.proxy, proxy.literal == nil { pin(proxy.host, to: load.proxyAddress) }
    }

    private func pin(_ host: String, to address: IPAddress?) {
        if pins.count >= Loop.pinsMax, pins[host] == nil, let any = pins.keys.first { pins[any] = nil }
        pins[host] = address
    }

    private func expire() {
        for place in room.takeExpired(.now) {
            let job = place.job
            switch place {
            case .resolving: finish(job, .failure(job.failure(.dns, "The lookup of the URL's host took too long.")))
            case .resolvingProxy: finish(job, .failure(job.proxyUnknown))
            case .unconnected(_, let connections):
                multi.connections.dropIfUnused(connections)
                finish(job, .failure(job.outOfTurn))
            case .ready: finish(job, .failure(job.outOfTurn))
            }
        }
    }

    private func finish(_ job: Job, _ outcome: Result<OutboundResponse, SendError>) {
        metrics.count(outcome)
        job.then(outcome)
    }

    /// Ends what is still in flight, so that every request has its outcome.
    private func cancelAll() {
        var jobs = room.takeAll()
        for transfer in transfers {
            guard let load = transfer.load else { continue }
            multi.remove(transfer)
            transfer.end()
            jobs.append(load.job)
        }
        transfers = []
        for item in inbox.close() {
            switch item {
            case .send(let job), .refuse(let job, _): jobs.append(job)
            case .slot: slotsInHand += 1
            case .resolved: break
            }
        }
        // Those of what was on the wire go with it: then it is the end of the grace, and so for every loop.
        giveBackSlots()
        if !jobs.isEmpty {
            log.warning("outbound requests canceled by shutdown", ["count": .number(Int64(jobs.count))])
        }
        for job in jobs { finish(job, .failure(job.canceled)) }
    }
}
