package import Payments

extension DeliveryWorker {
    /// Every endpoint that ever failed or is held, as it is now.
    package var endpointStates: [EndpointState] { [] }

    /// An admin's word; `then` is called once it is durable, with whether anything changed.
    package func setDisabled(
        _ disabled: Bool, _ key: EndpointKey, detail: String,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {}

    /// Has an open breaker let one message out now; for deliveries that somebody asked to be sent again.
    package func probe(_ key: EndpointKey) {}

    /// A replay was stored: it is taken up.
    package func replaysAdded() {}
}
