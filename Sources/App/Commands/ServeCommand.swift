import Diagnostics
import Dispatch
import Platform
import Settings
import Synchronization

/// `payrelay serve`: the gateway, until SIGTERM or SIGINT.
enum ServeCommand {
    static let command = CommandRunner.Command(
        name: "serve", summary: "run the gateway",
        usage: """
            payrelay serve [--config FILE]

              --config FILE   the service's settings (payrelay.yaml)

            A changed tenant file takes effect within a second; SIGHUP has all of them read again.
            SIGTERM and SIGINT end it in order, within 35 s; a second one ends it at once. When the disk does not
            take a commit, or another gateway has taken the database over, it ends by itself with status 1.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["config"])
        let path = arguments.value("config") ?? ConfigFile.pathDefault
        let loaded = Configuration.load(path: path)
        guard let configuration = loaded.configuration else {
            for problem in loaded.problems { console.error(problem.description) }
            console.error(
                "payrelay serve: nothing was started; repair what stands above, `payrelay check` tells when it is right"
            )
            return CommandRunner.failed
        }
        let fileLimit = prepareProcess()
        // Before it listens: whoever sees that it does may end it.
        let signals = ServiceSignals()
        let logger = logger(configuration.service)
        warnOfFewFiles(fileLimit, logger)
        let service = try Service(configuration, logger: logger, gaveUp: signals.giveUp)
        // Who watches over the process starts it anew.
        return signals.waitForStop(of: service) ? CommandRunner.fine : CommandRunner.failed
    }

    /// What every long-running command needs of its process.
    ///
    /// - Returns: how many files it may have open.
    @discardableResult
    static func prepareProcess() -> Int {
        ignoreSIGPIPE()
        keepNewFilesPrivate()
        return raiseFileLimit()
    }

    /// What all listeners and both clients may have open at once, and the store, the log and what is read besides.
    static let filesWanted = 14_000

    static func warnOfFewFiles(_ limit: Int, _ logger: Logger) {
        guard limit < filesWanted else { return }
        logger.warning(
            "the limit of open files is low: connections may be refused and webhooks may wait for want of them",
            ["limit": .number(Int64(limit)), "wanted": .number(Int64(filesWanted))])
    }

    static func logger(_ settings: ServiceSettings) -> Logger {
        let stream = StandardStream.error
        let lock = Mutex(())
        let format = settings.logFormat ?? (stream.isTerminal ? .text : .json)
        return Logger(
            sink: FormattedLog(level: settings.logLevel, format: format, clock: SystemClock()) { bytes in
                lock.withLock { _ in _ = stream.write(bytes) }
            }
        )
    }
}

/// The signals that an operator sends, heard from the moment this is made; and the store's, that it writes no more.
private final class ServiceSignals {
    private let asked = DispatchSemaphore(value: 0)
    private let running = Running()
    private let watch: SignalWatch

    private final class Running: Sendable {
        private struct State {
            /// Nil until it is up.
            var service: Service?
            /// A reload that was asked for before that.
            var wantsReload = false
        }

        private let state = Mutex(State())
        let stopCount = Atomic<Int>(0)
        let hasGivenUp = Atomic<Bool>(false)

        func reload() {
            state.withLock { state in
                if let service = state.service { service.reload() } else { state.wantsReload = true }
            }
        }

        func isUp(_ service: Service) {
            let wantsReload = state.withLock { state in
                state.service = service
                return state.wantsReload
            }
            if wantsReload { service.reload() }
        }
    }

    init() {
        let (asked, running) = (asked, running)
        watch = SignalWatch([.terminate, .interrupt, .hangUp]) { signal in
            if signal == .hangUp {
                running.reload()
                return
            }
            if running.stopCount.wrappingAdd(1, ordering: .relaxed).newValue > 1 { exitNow(CommandRunner.failed) }
            asked.signal()
        }
    }

    /// The service cannot go on: it ends as if it had been asked to.
    var giveUp: @Sendable () -> Void {
        { [asked, running] in
            running.hasGivenUp.store(true, ordering: .relaxed)
            asked.signal()
        }
    }

    /// Returns when the service has ended.
    ///
    /// - Returns: whether a signal asked for it.
    func waitForStop(of service: Service) -> Bool {
        running.isUp(service)
        asked.wait()
        service.stop()
        return !running.hasGivenUp.load(ordering: .relaxed)
    }
}
