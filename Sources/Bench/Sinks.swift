import Payments
import Webhooks

/// The merchants of a measurement, `shop-0`, `shop-1` and so on, with one endpoint each: a port of 127.0.0.1.
struct Sinks: EndpointDirectory {
    private let endpoints: [EndpointKey: EndpointSettings]

    /// - Parameter timeoutMs: nil for the product's default.
    init(ports: [UInt16], timeoutMs: Int? = nil) {
        let timeout = timeoutMs.map { Duration.milliseconds($0) } ?? EndpointSettings.timeoutDefault
        let pairs = ports.enumerated().map { index, port in
            let settings = EndpointSettings(
                url: "http://127.0.0.1:\(port)/webhook", secrets: [.generate()], timeout: timeout, allowHTTP: true,
                allowPrivateNetwork: true)
            return (EndpointKey(tenant: Sinks.tenant(index), endpoint: settings.id), settings)
        }
        endpoints = Dictionary(uniqueKeysWithValues: pairs)
    }

    static func tenant(_ index: Int) -> String { "shop-\(index)" }

    func endpoint(_ key: EndpointKey) -> EndpointSettings? { endpoints[key] }

    /// A merchant's only endpoint.
    func endpoint(ofTenant index: Int) -> EndpointSettings? {
        endpoints[EndpointKey(tenant: Sinks.tenant(index), endpoint: EndpointSettings.defaultID)]
    }
}
