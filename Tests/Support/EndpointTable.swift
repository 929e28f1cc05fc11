package import Payments
import Synchronization
package import Webhooks

/// A directory of endpoints that a test changes as it likes.
package final class EndpointTable: EndpointDirectory {
    private let endpoints = Mutex<[EndpointKey: EndpointSettings]>([:])

    package init() {}

    package func endpoint(_ key: EndpointKey) -> EndpointSettings? { endpoints.withLock { $0[key] } }

    package subscript(tenant: String, endpoint: String) -> EndpointSettings? {
        get { self.endpoint(EndpointKey(tenant: tenant, endpoint: endpoint)) }
        set { endpoints.withLock { $0[EndpointKey(tenant: tenant, endpoint: endpoint)] = newValue } }
    }
}
