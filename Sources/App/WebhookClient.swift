package import Diagnostics
package import HTTPClient

/// The client that carries webhooks; `payrelay-bench` measures with this very one.
package enum WebhookClient {
    /// Half of them are left to hosts whose name servers hang.
    private static let lookupsMax = 16

    /// - Parameter proxy: through which all webhooks go; nil is none.
    package static func make(logger: Logger, metrics: Metrics, proxy: EgressProxy? = nil) -> HTTPClient {
        var settings = ClientSettings()
        settings.loops = 4
        // For the worker's 2,000 deliveries in flight, those that somebody waits for beside them, and as many idle.
        settings.connectionsMax = 2_048
        settings.idleConnectionsMax = 2_048
        settings.headersKept = ["Retry-After"]
        settings.proxy = proxy
        return HTTPClient(
            settings: settings, resolver: SystemResolver(threadCount: lookupsMax), logger: logger, metrics: metrics,
            name: "webhooks")
    }
}
