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
                              [--merchant-key PARTNER=FILE]… [--alipay-key FILE] [--alipay-public-key FILE]
                              [--without SERVICE]… [--with OPTION]… [--old-repeats]

              --listen ADDRESS   where to listen (127.0.0.1:8090); port 0 picks a free one
              --account …        a partner it knows, with its MD5 key; several are allowed
              --merchant-key …   that partner's RSA public key; it may sign with RSA as well then
              --alipay-key FILE  the RSA private key that Alipay signs with (a new one)
              --alipay-public-key FILE
                                 where to write Alipay's public key, for a tenant's file
              --without SERVICE  a service that no contract includes, by Alipay's name; several are allowed
              --with OPTION      what every contract has besides: it_b_pay, anti_phishing_key,
                                 exter_invoke_ip, wait_buyer_pay, trade_closed, refund_query_xml
              --old-repeats      the first repeat of a notification after 3 minutes, not 4
              --speed N          Alipay repeats notifications N times faster (1)
              --log LEVEL        debug, info, warning or error (info)

            The tenant's gateway_url is http://ADDRESS/gateway.do. Faults on request: POST /simulator/faults.
            """
    ) { words, console throws in
        let arguments = try Arguments(
            words,
            options: [
                "listen", "account", "speed", "log", "merchant-key", "alipay-key", "alipay-public-key", "without",
                "with",
            ], flags: ["old-repeats"])
        let settings = try SimulateSettings.read(arguments)
        let level = arguments.value("log") ?? "info"
        guard let logLevel = Logger.Level.allCases.first(where: { $0.name == level }) else {
            throw Arguments.UsageError(description: "--log must be debug, info, warning or error")
        }
        let address = arguments.value("listen") ?? "127.0.0.1:8090"
        guard (try? ListenAddress(address)) != nil else {
            throw Arguments.UsageError(description: "--listen must be an IP address and a port, such as 127.0.0.1:8090")
        }
        ServeCommand.prepareProcess()
        let host = try SimulatorHost(settings, address: address, logger: streamLogger(logLevel))
        defer { host.stop() }
        if let path = arguments.value("alipay-public-key") {
            try SimulateSettings.write(host.simulator.alipayPublicKey, to: path)
        }
        console.out("simulated Alipay at \(host.gatewayURL)")
        for partner in host.simulator.partners { console.out("  partner \(partner)") }
        let asked = DispatchSemaphore(value: 0)
        let watch = SignalWatch([.terminate, .interrupt]) { _ in asked.signal() }
        asked.wait()
        withExtendedLifetime(watch) {}
        return CommandRunner.fine
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
