package import Diagnostics
import HTTP
import HTTPClient
import HTTPServer
import Payments
package import Simulator

/// The simulated Alipay on a listener of its own.
package final class SimulatorHost: Sendable {
    package let simulator: AlipaySimulator
    package let url: String
    private let server: HTTPServer
    private let client: HTTPClient

    package var gatewayURL: String { "\(url)/gateway.do" }

    /// - Parameter address: `127.0.0.1:0` picks a free port.
    package init(
        _ settings: SimulatorSettings, address: String = "127.0.0.1:0", logger: Logger, clock: any Clock = SystemClock()
    ) throws(Service.StartError) {
        client = HTTPClient(logger: logger, metrics: Metrics(), name: "simulator")
        simulator = AlipaySimulator(settings: settings, sender: client, clock: clock, logger: logger)
        do {
            server = try LocalServer.start(
                address, simulator, limits: AlipaySimulator.listenerLimits, logger: logger, clock: clock)
        } catch {
            client.shutdown(graceMs: 0)
            throw error
        }
        url = "http://127.0.0.1:\(server.port)"
    }

    /// Blocks until all is closed.
    package func stop() {
        simulator.stop()
        server.stop(graceMs: 1000)
        client.shutdown(graceMs: 0)
    }
}

/// A sample merchant's backend on a listener of its own.
package final class MerchantHost: Sendable {
    package let merchant: SampleMerchant
    package let url: String
    private let server: HTTPServer

    package var hookURL: String { url + SampleMerchant.hookPath }
    package var thanksURL: String { url + SampleMerchant.thanksPath }

    /// - Parameter secrets: `whsec_…` each.
    package init(
        secrets: [String], address: String = "127.0.0.1:0", logger: Logger, clock: any Clock = SystemClock()
    ) throws(Service.StartError) {
        guard let merchant = SampleMerchant(secrets: secrets, clock: clock) else {
            throw Service.StartError(description: "the sample merchant's secret is not a whsec_ secret")
        }
        self.merchant = merchant
        server = try LocalServer.start(address, merchant, logger: logger, clock: clock)
        url = "http://127.0.0.1:\(server.port)"
    }

    /// Blocks until all is closed.
    package func stop() {
        merchant.release()
        server.stop(graceMs: 1000)
    }
}

private enum LocalServer {
    static func start(
        _ address: String, _ handler: any HTTPHandler, limits: Limits = Limits(), logger: Logger, clock: any Clock
    ) throws(Service.StartError) -> HTTPServer {
        let identifiers = IdentifierSource()
        do {
            let server = try HTTPServer(
                ListenerSettings(address: try ListenAddress(address), limits: limits), handler: handler, clock: clock,
                metrics: Metrics(),
                logger: logger, makeRequestID: { identifiers.make(.request, nowMs: clock.nowMs) }
            )
            server.start()
            return server
        } catch { throw Service.StartError(description: error.description) }
    }
}
