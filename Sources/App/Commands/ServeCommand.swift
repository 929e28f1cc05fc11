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

            SIGTERM and SIGINT end it in order, within 35 s; a second one ends it at once.
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
        let service = try Service(configuration, logger: logger(configuration.service))
        waitForStop(of: service)
        return CommandRunner.fine
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

    /// Returns when the service has ended because a signal asked for it.
    static func waitForStop(of service: Service) {
        let asked = DispatchSemaphore(value: 0)
        let count = Atomic<Int>(0)
        let watch = SignalWatch([.terminate, .interrupt, .hangUp]) { signal in
            guard signal != .hangUp else { return service.noteHangUp() }
            if count.wrappingAdd(1, ordering: .relaxed).newValue > 1 { exitNow(CommandRunner.failed) }
            asked.signal()
        }
        asked.wait()
        service.stop()
        withExtendedLifetime(watch) {}
    }
}
