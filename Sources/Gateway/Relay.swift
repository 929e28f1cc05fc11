package import Webhooks

/// What merchants and admins ask of the webhook relay.
package struct Relay: Sendable {
    package let test: TestWebhook
    package let redeliver: RedeliverEvent
    package let replay: ReplayDeliveries
    package let listEndpoints: ListEndpoints
    package let switchEndpoint: SwitchEndpoint

    package init(_ house: House, worker: DeliveryWorker) {
        test = TestWebhook(house, worker: worker)
        redeliver = RedeliverEvent(house, worker: worker)
        replay = ReplayDeliveries(house, worker: worker)
        listEndpoints = ListEndpoints(house, worker: worker)
        switchEndpoint = SwitchEndpoint(house, worker: worker)
    }
}
