import API
import Console
import Crypto
package import Diagnostics
import Dispatch
import FoundationEssentials
import Gateway
import HTTP
import HTTPClient
import HTTPServer
import Payments
import Platform
import Settings
package import Storage
import Synchronization
package import Tenants
import Webhooks

/// The running gateway: every part, wired; it starts whole or not at all, and stops in order.
package final class Service: Sendable {
    /// The ports that were bound.
    package let publicPort: UInt16
    /// 0 where the admin listener is a file only.
    package let adminPort: UInt16
    package let publicURL: String

    private let store: SQLiteStore
    private let alipayClient: HTTPClient
    private let webhookClient: HTTPClient
    private let worker: DeliveryWorker
    private let publicHandler: PublicHandler
    private let adminHandler: AdminHandler
    private let publicServer: HTTPServer
    /// One for each place.
    private let adminServers: [HTTPServer]
    private let adminPlace: AdminPlace
    private let housekeeping: Housekeeping
    private let journalPruner: JournalPruner
    private let keyUseKeeper: KeyUseKeeper
    private let poller: PollOpenPayments
    private let audit: TenantAudit
    private let reloader: TenantReloader
    private let drains: DrainWatch
    private let logger: Logger

    /// How long each part may take to end; together less than the 35 s that SIGTERM gives.
    private enum Grace {
        static let requestsMs: Int64 = 10_000
        static let deliveriesMs: Int64 = 16_000
        static let looksMs: Int64 = 5000
        static let clientsMs = 1000
        static let adminMs: Int64 = 500
    }

    /// A return's query echoes up to 400 characters of Chinese, percent-encoded.
    private static let publicLimits: Limits = {
        var limits = Limits()
        limits.uriBytesMax = limits.headBytesMax
        return limits
    }()

    package struct StartError: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - storeSettings: what tests make small: the file, the patience.
    ///   - gaveUp: called if the store writes no more, and only a new process can go on; it must not block.
    package init(
        _ configuration: Configuration, logger: Logger, clock: any Clock = SystemClock(),
        storeSettings: SQLiteStoreSettings = SQLiteStoreSettings(), gaveUp: @escaping @Sendable () -> Void = {}
    ) throws(StartError) {
        let settings = configuration.service
        let metrics = Metrics()
        self.logger = logger
        store = try Service.openStore(
            settings.databasePath, storeSettings, logger: logger, metrics: metrics, clock: clock, gaveUp: gaveUp)
        let alipayClient = HTTPClient(logger: logger, metrics: metrics, name: "alipay")
        let webhookClient = WebhookClient.make(
            logger: logger, metrics: metrics, proxy: settings.webhookProxy)
        (self.alipayClient, self.webhookClient) = (alipayClient, webhookClient)
        let (loader, tenants, latest) = Service.settled(configuration, store, clock)
        let directory = TenantDirectory(tenants)
        let tenantProblems = Set(configuration.tenants.problems)
        let serviceProblems = configuration.problems.filter { !tenantProblems.contains($0) }
        let worker = DeliveryWorker(
            store: store, sender: webhookClient, endpoints: directory, clock: clock, logger: logger, metrics: metrics,
            version: Version.text, random: Service.evenlySpread(),
            backlogMax: { tenant in
                directory.current.tenant(tenant)?.limits.webhookBacklog ?? TenantLimits.webhookBacklogDefault
            },
            attemptRetentionMs: settings.attemptRetention.components.seconds * 1000
        )
        self.worker = worker
        let identifiers = IdentifierSource(using: SecureRandomGenerator())
        let requestMetrics = RequestMetrics(metrics)
        let publicEntrance = Entrance()
        let adminEntrance = Entrance()
        let ownersEntrance = Entrance()
        let makeRequestID: @Sendable () -> String = { identifiers.make(.request, nowMs: clock.nowMs) }
        do {
            publicServer = try HTTPServer(
                ListenerSettings(
                    address: settings.listen, limits: Service.publicLimits, trustedProxies: settings.trustedProxies,
                    tls: settings.tls),
                handler: publicEntrance, clock: clock, metrics: metrics, logger: logger, makeRequestID: makeRequestID
            )
            adminServers = try Service.adminServers(settings.admin) { listener, isFile throws(HTTPServerError) in
                try HTTPServer(
                    listener, handler: isFile ? ownersEntrance : adminEntrance, clock: clock, metrics: Metrics(),
                    logger: logger, makeRequestID: makeRequestID)
            }
        } catch {
            alipayClient.shutdown(graceMs: 0)
            webhookClient.shutdown(graceMs: 0)
            Service.wait { [store] done in store.close(then: done) }
            throw StartError(description: error.description)
        }
        adminPlace = settings.admin
        (publicPort, adminPort) = (publicServer.port, adminServers.first { $0.port != 0 }?.port ?? 0)
        publicURL =
            settings.publicURL.hasSuffix(":0") ? settings.publicURL.dropLast() + String(publicPort) : settings.publicURL
        let house = House(
            store: store, alipay: alipayClient, tenants: directory, clock: clock, identifiers: identifiers,
            publicURLs: PublicURLs(base: publicURL), logger: logger,
            metrics: GatewayMetrics(metrics), keyUses: configuration.keyUses
        )
        let accept = AcceptNotification(house)
        let relay = Relay(house, worker: worker)
        publicHandler = PublicHandler(
            house, accept: accept, relay: relay,
            owner: identifiers.make(.request, nowMs: clock.nowMs),
            metrics: requestMetrics
        )
        audit = TenantAudit(store: store, clock: clock, logger: logger)
        let audit = audit
        let reloader = TenantReloader(
            loader, directory: directory, clock: clock, logger: logger, metrics: metrics
        ) { changes in
            audit.append(changes)
            worker.endpointsChanged()
        }
        self.reloader = reloader
        drains = DrainWatch(directory, store: store, clock: clock, logger: logger) { id in reloader.drop(id) { _ in } }
        adminHandler = AdminHandler(
            house, accept: accept, relay: relay, reloader: reloader, metrics: metrics, token: settings.adminToken,
            serviceProblems: serviceProblems)
        housekeeping = Housekeeping(store: store, clock: clock, logger: logger)
        journalPruner = JournalPruner(
            store: store, clock: clock, logger: logger,
            retentionMs: settings.notificationRetention.components.seconds * 1000)
        keyUseKeeper = KeyUseKeeper(configuration.keyUses, store: store, clock: clock, logger: logger)
        configuration.keyUses.show(in: metrics)
        poller = PollOpenPayments(house)
        publicEntrance.open(publicHandler)
        adminEntrance.open(adminHandler)
        ownersEntrance.open(adminHandler.forOwners)
        Service.noteBuild(metrics)
        start(serviceProblems + tenants.problems, loader, tenants, latest, clock)
    }

    private func start(
        _ problems: [Settings.Problem], _ loader: TenantLoader, _ tenants: TenantSnapshot, _ latest: [TenantChange]?,
        _ clock: any Clock
    ) {
        for problem in problems {
            let fields: Logger.Fields = ["problem": .text(problem.description)]
            switch problem.severity {
            case .error: logger.error("configuration error", fields)
            case .warning: logger.warning("configuration warning", fields)
            }
        }
        if let latest {
            audit.append(
                TenantAudit.missed(
                    latest, digests: loader.digests, partners: loader.partners, broken: tenants.broken,
                    missing: tenants.missing, nowMs: clock.nowMs))
        }
        for tenant in tenants.missing.sorted() {
            logger.error(
                "a tenant's file is missing and something of it is open: put the file back, or end it with `payrelay tenant drop`",
                ["tenant": .text(tenant)])
        }
        Service.wait { [keyUseKeeper] done in keyUseKeeper.start(then: done) }
        worker.start()
        housekeeping.start()
        journalPruner.start()
        reloader.start()
        drains.start()
        poller.start()
        for server in adminServers { server.start() }
        publicServer.start()
        logger.info(
            "listening",
            [
                "version": .text(Version.text), "allocator": .text(Allocator.name),
                "public_port": .number(Int64(publicPort)),
                "admin_port": .number(Int64(adminPort)), "admin_socket": .text(adminPlace.socketPath ?? ""),
                "public_url": .text(publicURL),
                "tenants": .number(Int64(tenants.count)), "tenants_bad": .number(Int64(tenants.broken.count)),
            ]
        )
    }

    /// Ends what is open, within 35 s: requests are answered, deliveries in flight are finished, the store is closed.
    /// Blocks; call it on a thread of its own.
    package func stop() {
        logger.info("stopping")
        adminHandler.drain()
        publicHandler.drain()
        drains.stop()
        reloader.stop()
        let deliveries = DispatchSemaphore(value: 0)
        worker.stop(graceMs: Grace.deliveriesMs) { _ in deliveries.signal() }
        let looks = DispatchSemaphore(value: 0)
        poller.stop { looks.signal() }
        publicServer.stop(graceMs: Grace.requestsMs)
        deliveries.wait()
        // A look that Alipay does not answer ends by its timeout; its time stands in the store.
        _ = looks.wait(timeout: .now() + .milliseconds(Int(Grace.looksMs)))
        housekeeping.stop()
        journalPruner.stop()
        audit.stop()
        webhookClient.shutdown(graceMs: Grace.clientsMs)
        alipayClient.shutdown(graceMs: Grace.clientsMs)
        for server in adminServers { server.stop(graceMs: Grace.adminMs) }
        Service.wait { [keyUseKeeper] done in keyUseKeeper.stop(then: done) }
        Service.wait { [store] done in store.close(then: done) }
        logger.info("stopped")
    }

    /// Reads the tenants' files again, as SIGHUP asks; what became of it is in the log.
    package func reload(then: @escaping @Sendable (TenantReloader.Report) -> Void = { _ in }) {
        reloader.reload { [logger] report in
            logger.info(
                "tenants' files were read again",
                [
                    "changes": .number(Int64(report.changes.count)), "problems": .number(Int64(report.problems.count)),
                    "failure": .text(report.failure ?? "none"),
                ])
            then(report)
        }
    }

    /// Of two files that claim the same, the one that was served before is served again, whatever their names are; no tenant
    /// is served with another partner than its open payments were made with; and of tenants that have no file any more those
    /// are known of which something is open.
    ///
    /// - Returns: also the newest row of the audit for each tenant; nil if the store cannot be read now.
    private static func settled(
        _ configuration: Configuration, _ store: SQLiteStore, _ clock: any Clock
    ) -> (loader: TenantLoader, tenants: TenantSnapshot, latest: [TenantChange]?) {
        var (loader, tenants) = (configuration.loader, configuration.tenants)
        loader.isBound = { tenant in
            let open = read(store) { reader throws(StoreError) in try reader.openWork(tenant: tenant) }
            // Where nobody can say, the partner stays.
            return open?.isAtAlipay ?? true
        }
        guard let latest = read(store, { reader throws(StoreError) in try reader.latestTenantChanges() }) else {
            return (loader, tenants, nil)
        }
        if loader.learn(of: latest) { tenants = loader.settle(by: latest, nowMs: clock.nowMs).snapshot }
        let (digests, broken) = (loader.digests, tenants.broken)
        let gone = read(store) { reader throws(StoreError) in
            try GoneTenants(reader, latest, digests: digests, broken: broken).ids
        }
        // Where nobody can say, none is given up.
        let missing = gone ?? Set(TenantAudit.gone(latest, digests: digests, broken: broken).map(\.tenant))
        if !missing.isEmpty { tenants = loader.note(missing: missing) }
        return (loader, tenants, latest)
    }

    /// Waits for the store; nil if it cannot be read now.
    private static func read<Value: Sendable>(
        _ store: SQLiteStore, _ body: @escaping @Sendable (any StoreReader) throws(StoreError) -> Value
    ) -> Value? {
        let found = Mutex<Value?>(nil)
        wait { done in
            store.read(body) { result in
                found.withLock { $0 = try? result.get() }
                done()
            }
        }
        return found.withLock { $0 }
    }

    /// All of them, or none: what was opened before one that cannot be is stopped.
    private static func adminServers(
        _ place: AdminPlace,
        _ open: (ListenerSettings, _ isFile: Bool) throws(HTTPServerError) -> HTTPServer
    ) throws(HTTPServerError) -> [HTTPServer] {
        var servers: [HTTPServer] = []
        do throws(HTTPServerError) {
            if let path = place.socketPath { servers.append(try open(ListenerSettings(socketPath: path), true)) }
            if let address = place.address { servers.append(try open(ListenerSettings(address: address), false)) }
            return servers
        } catch {
            for server in servers { server.stop(graceMs: 0) }
            throw error
        }
    }

    private static func openStore(
        _ path: String, _ settings: SQLiteStoreSettings, logger: Logger, metrics: Metrics, clock: any Clock,
        gaveUp: @escaping @Sendable () -> Void
    ) throws(StartError) -> SQLiteStore {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw StartError(description: "store: cannot make the folder \(folder)")
        }
        do {
            return try SQLiteStore(
                path: path, settings: settings, logger: logger, metrics: metrics, clock: clock, gaveUp: gaveUp)
        } catch {
            throw StartError(description: "store: \(error.message)")
        }
    }

    /// 0..<1.
    private static func evenlySpread() -> @Sendable () -> Double {
        let generator = Mutex(SecureRandomGenerator())
        return { generator.withLock { Double.random(in: 0..<1, using: &$0) } }
    }

    private static func noteBuild(_ metrics: Metrics) {
        metrics.gauge("payrelay_build", help: "Always 1; the version is the label.").with([("version", Version.text)])
            .set(1)
    }

    private static func wait(_ body: (@escaping @Sendable () -> Void) -> Void) {
        let done = DispatchSemaphore(value: 0)
        body { done.signal() }
        done.wait()
    }
}

/// A listener's handler that is known only after the port is bound.
private final class Entrance: HTTPHandler {
    private let handler = Mutex<(any HTTPHandler)?>(nil)

    func open(_ handler: any HTTPHandler) { self.handler.withLock { $0 = handler } }

    func handle(_ request: Request, _ reply: any Reply) {
        guard let handler = handler.withLock({ $0 }) else { return reply.send(Response(status: 503)) }
        handler.handle(request, reply)
    }
}
