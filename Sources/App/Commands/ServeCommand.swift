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
        prepareProcess()
        // Before it listens: whoever sees that it does may end it.
        let signals = ServiceSignals()
        let service = try Service(configuration, logger: logger(configuration.service), gaveUp: signals.giveUp)
        // Who watches over the process starts it anew.
        return signals.waitForStop(of: service) ? CommandRunner.fine : CommandRunner.failed
    }

    /// What every long-running command needs of its process.
    static func prepareProcess() {
        ignoreSIGPIPE()
        keepNewFilesPrivate()
        _ = raiseFileLimit()
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
        /// Nil until it is up.
        let service = Mutex<Service?>(nil)
        let stopCount = Atomic<Int>(0)
        let hasGivenUp = Atomic<Bool>(false)
    }

    init() {
        let (asked, running) = (asked, running)
        watch = SignalWatch([.terminate, .interrupt, .hangUp]) { signal in
            if signal == .hangUp {
                running.service.withLock { $0 }?.reload()
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
        running.service.withLock { $0 = service }
        asked.wait()
        service.stop()
        return !running.hasGivenUp.load(ordering: .relaxed)
    }
}
