import Diagnostics
import Dispatch
import HTTPServer
import Platform
import Simulator
import Synchronization

/// `payrelay simulate`: Alipay's side, alone.
enum SimulateCommand {
    static let command = CommandRunner.Command(
        name: "simulate", summary: "run a simulated Alipay, for tests and demos",
        usage: """
            payrelay simulate [--listen ADDRESS] [--account PARTNER:KEY[:EMAIL]]… [--speed N] [--log LEVEL]

              --listen ADDRESS   where to listen (127.0.0.1:8090); port 0 picks a free one
              --account …        a partner it knows, with its MD5 key; several are allowed
              --speed N          Alipay repeats notifications N times faster (1)
              --log LEVEL        debug, info, warning or error (info)

            The tenant's gateway_url is http://ADDRESS/gateway.do. Faults on request: POST /simulator/faults.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["listen", "account", "speed", "log"])
        let accounts = try (arguments.values["account"] ?? []).map(account)
        let speed = try arguments.number("speed", in: 1...SimulatorSettings.speedMax) ?? 1
        let level = arguments.value("log") ?? "info"
        guard let logLevel = Logger.Level.allCases.first(where: { $0.name == level }) else {
            throw Arguments.UsageError(description: "--log must be debug, info, warning or error")
        }
        let address = arguments.value("listen") ?? "127.0.0.1:8090"
        guard (try? ListenAddress(address)) != nil else {
            throw Arguments.UsageError(description: "--listen must be an IP address and a port, such as 127.0.0.1:8090")
        }
        ServeCommand.prepareProcess()
        let host = try SimulatorHost(
            SimulatorSettings(accounts: accounts.isEmpty ? [.sample] : accounts, speed: speed),
            address: address, logger: streamLogger(logLevel)
        )
        console.out("simulated Alipay at \(host.gatewayURL)")
        for partner in host.simulator.partners { console.out("  partner \(partner)") }
        let asked = DispatchSemaphore(value: 0)
        let watch = SignalWatch([.terminate, .interrupt]) { _ in asked.signal() }
        asked.wait()
        host.stop()
        withExtendedLifetime(watch) {}
        return CommandRunner.fine
    }

    private static func account(_ text: String) throws(Arguments.UsageError) -> SimulatorAccount {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        let isPartner = parts[0].utf8.count == 16 && parts[0].hasPrefix("2088") && Int(parts[0]) != nil
        guard parts.count >= 2, isPartner, !parts[1].isEmpty else {
            throw Arguments.UsageError(
                description: "--account must be PARTNER:KEY or PARTNER:KEY:EMAIL, PARTNER being 16 digits from 2088 on"
            )
        }
        return SimulatorAccount(
            partner: parts[0], key: Secret(parts[1]), sellerEmail: parts.count == 3 ? parts[2] : "seller@example.com"
        )
    }

    static func streamLogger(_ level: Logger.Level) -> Logger {
        let stream = StandardStream.error
        let lock = Mutex(())
        return Logger(
            sink: FormattedLog(level: level, format: stream.isTerminal ? .text : .json, clock: SystemClock()) { bytes in
                lock.withLock { _ in _ = stream.write(bytes) }
            }
        )
    }
}
