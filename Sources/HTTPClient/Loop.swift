import CCurl
import Diagnostics
import Glibc
import HTTP

/// All requests of one client, on one thread, from the inbox to their outcome.
final class Loop {
    /// How many hosts' last good address is remembered.
    private static let pinsMax = 4_096
    /// How many addresses of a host are tried.
    private static let addressesMax = 8
    private static let pollMsMax = 1_000

    private let settings: ClientSettings
    private let resolver: any NameResolver
    private let inbox: Inbox
    private let multi: Multi
    private let metrics: OutboundMetrics
    private let log: Logger
    private let refusedBlocks: [AddressBlock]

    /// What came since the last turn; empty between turns.
    private var items: [Inbox.Item] = []
    private var room = WaitingRoom()
    /// Every transfer made so far; at most `connectionsMax`.
    private var transfers: [Transfer] = []
    private var idleSlots: [Int] = []
    /// The address that a host was last reached at: while it stays among the host's, connections are used again.
    private var pins: [String: IPAddress] = [:]
    private var stopAt: ContinuousClock.Instant?

    init(
        settings: ClientSettings, resolver: any NameResolver, inbox: Inbox, multi: Multi, metrics: OutboundMetrics,
        log: Logger
    ) {
        self.settings = settings
        self.resolver = resolver
        self.inbox = inbox
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

    private var activeCount: Int { transfers.count - idleSlots.count }

    private var isOver: Bool {
        guard let stopAt else { return false }
        return (room.isEmpty && activeCount == 0) || stopAt <= .now
    }

    /// libcurl shortens it to its own next timer.
    private var pollMs: Int32 {
        let times = [room.nextDeadline, stopAt].compactMap { $0 }
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
            case .resolved(let id, let answer): if let job = room.takeResolved(id) { resolved(job, answer) }
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
            if let literal = destination.literal { return route(job, to: [literal]) }
            let id = room.addResolving(job)
            let timeoutMs = min(settings.resolveTimeoutMs, job.remainingMs)
            resolver.resolve(destination.host, timeoutMs: timeoutMs) { [inbox] answer in
                // A loop that has ended has given every job its outcome.
                _ = inbox.put(.resolved(id: id, answer))
            }
        }
    }

    private func resolved(_ job: Job, _ answer: Result<[IPAddress], SendError>) {
        switch answer {
        case .success(let addresses) where addresses.isEmpty:
            finish(job, .failure(job.failure(.dns, "The name has no address.")))
        case .success(let addresses): route(job, to: addresses)
        case .failure(let error): finish(job, .failure(job.failure(error.code, error.message)))
        }
    }

    /// Holds all addresses against the policy and queues the job for those it may try.
    private func route(_ job: Job, to addresses: [IPAddress]) {
        guard case .success(let destination) = job.destination else { return }
        guard job.request.policy.allowPrivateNetwork || !addresses.contains(where: isRefused) else {
            return finish(job, .failure(job.refusedDestination))
        }
        var ordered = addresses
        if let pin = pins[destination.host], let index = ordered.firstIndex(of: pin) { ordered.swapAt(0, index) }
        let load = Transfer.Load(job: job, destination: destination, addresses: ordered.prefix(Loop.addressesMax))
        if let transfer = freeTransfer() { begin(load, on: transfer) } else { room.addReady(load) }
    }

    private func isRefused(_ address: IPAddress) -> Bool {
        AddressClass(address) != .public || refusedBlocks.contains { $0.contains(address) }
    }

    private func freeTransfer() -> Transfer? {
        if let slot = idleSlots.popLast() { return transfers[slot] }
        guard transfers.count < settings.connectionsMax else { return nil }
        let transfer = Transfer(slot: transfers.count, settings: settings, sockets: multi.sockets)
        transfers.append(transfer)
        return transfer
    }

    private func begin(_ load: Transfer.Load, on transfer: Transfer) {
        let remainingMs = max(load.job.remainingMs, 1)
        // An address that swallows packets leaves time for those after it.
        let connectMs = min(settings.connectTimeoutMs, max(remainingMs / load.addresses.count, 1))
        transfer.begin(load, timeoutMs: remainingMs, connectTimeoutMs: connectMs)
        multi.add(transfer)
    }

    // MARK: Outcomes

    private func ended(_ transfer: Transfer, _ code: CURLcode) {
        multi.remove(transfer)
        guard var load = transfer.load else { preconditionFailure("a transfer that ended had begun") }
        if transfer.mayTryNextAddress(after: code), load.addresses.count > 1, load.job.remainingMs > 0 {
            load.addresses = load.addresses.dropFirst()
            return begin(load, on: transfer)
        }
        if transfer.requestBegan, load.destination.literal == nil { pin(load) }
        let outcome = transfer.outcome(code, of: load)
        transfer.end()
        if let next = room.takeReady() { begin(next, on: transfer) } else { idleSlots.append(transfer.slot) }
        finish(load.job, outcome)
    }

    private func pin(_ load: Transfer.Load) {
        let host = load.destination.host
        if pins.count >= Loop.pinsMax, pins[host] == nil, let any = pins.keys.first { pins[any] = nil }
        pins[host] = load.addresses.first
    }

    private func expire() {
        for (job, resolving) in room.takeExpired(.now) {
            let late =
                resolving
                ? job.failure(.dns, "The lookup of the URL's host took too long.")
                : job.failure(.timeout, "The request did not get its turn in time; nothing was sent.")
            finish(job, .failure(late))
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
            case .resolved: break
            }
        }
        if !jobs.isEmpty {
            log.warning("outbound requests canceled by shutdown", ["count": .number(Int64(jobs.count))])
        }
        for job in jobs { finish(job, .failure(job.canceled)) }
    }
}
