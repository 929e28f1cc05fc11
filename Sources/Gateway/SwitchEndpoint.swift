package import Payments
import Tenants
import Webhooks

/// An admin's word that an endpoint is to get no more, or is to get what waits for it after all.
package struct SwitchEndpoint: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// False if it was so already.
        case switched(changed: Bool)
        /// Neither a file nor the worker knows it.
        case unknownEndpoint
        case unavailable(StoreError)
    }

    private let house: House
    private let worker: DeliveryWorker

    init(_ house: House, worker: DeliveryWorker) {
        self.house = house
        self.worker = worker
    }

    /// - Parameter then: called once it is durable.
    package func run(_ key: EndpointKey, disabled: Bool, then: @escaping @Sendable (Outcome) -> Void) {
        let isKnown =
            house.tenants.endpoint(key) != nil || worker.endpointStates.contains { $0.key == key }
        guard isKnown else { return then(.unknownEndpoint) }
        worker.setDisabled(disabled, key, detail: "an admin disabled it") { result in
            switch result {
            case .success(let changed): then(.switched(changed: changed))
            case .failure(let error): then(.unavailable(error))
            }
        }
    }
}
