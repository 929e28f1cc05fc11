import Diagnostics
import Payments

extension DeliveryWorker {
    /// How many endpoints' deliveries become pending in one transaction.
    private static var releaseKeysMax: Int { 100 }

    /// To be called after the directory changed: deliveries held for endpoints that are there become pending and due.
    package func endpointsChanged() {
        let begins = withRelease { release in
            defer { release = release == .idle ? .running : .again }
            return release == .idle
        }
        if begins { findHeld() }
    }

    private func findHeld() {
        store.write { transaction throws(StoreError) in
            try transaction.endpointsWithOpenDeliveries()
        } then: { [self] result in
            switch result {
            case .success(let keys): release(keys.filter { endpoints.endpoint($0) != nil }[...])
            case .failure(let error): releaseLater(error)
            }
        }
    }

    /// One part of the endpoints after the other.
    private func release(_ keys: ArraySlice<EndpointKey>) {
        guard !keys.isEmpty else { return releaseEnded() }
        let part = keys.prefix(DeliveryWorker.releaseKeysMax)
        let nowMs = clock.nowMs
        store.write { transaction throws(StoreError) in
            var count = 0
            for key in part {
                count += try transaction.setHeld(false, tenant: key.tenant, endpoint: key.endpoint, nowMs: nowMs)
            }
            return count
        } then: { [self] result in
            switch result {
            case .success(let count):
                if count > 0 {
                    logger.info("held webhooks are pending again", ["deliveries": .number(Int64(count))])
                    wake()
                }
                release(keys.dropFirst(part.count))
            case .failure(let error): releaseLater(error)
            }
        }
    }

    private func releaseEnded() {
        let again = withRelease { release in
            defer { release = release == .again ? .running : .idle }
            return release == .again
        }
        if again { findHeld() }
    }

    private func releaseLater(_ error: StoreError) {
        logger.warning("held webhooks cannot be made pending", ["error": .text(error.description)])
        _ = clock.schedule(atMs: clock.nowMs + limits.storeRetryMs) { [weak self] in
            guard let self, !isStopping else { return }
            findHeld()
        }
    }

    /// Keeps the deliveries of an endpoint that is gone, without spending a try.
    func hold(_ key: EndpointKey) {
        guard endpoints.endpoint(key) == nil else { return advance { $0.holdEnded(key, nowMs: $1) } }
        let nowMs = clock.nowMs
        store.write { transaction throws(StoreError) in
            try transaction.setHeld(true, tenant: key.tenant, endpoint: key.endpoint, nowMs: nowMs)
        } then: { [self] result in
            let log = logger.with(["tenant": .text(key.tenant), "endpoint": .text(key.endpoint)])
            switch result {
            case .success(let count):
                metrics.count(.held, count)
                log.warning("webhook endpoint is gone; its deliveries are held", ["deliveries": .number(Int64(count))])
                advance { $0.holdEnded(key, nowMs: $1) }
                // It may have come back while they were being held.
                if endpoints.endpoint(key) != nil { endpointsChanged() }
            case .failure(let error):
                log.warning("webhooks of an endpoint that is gone cannot be held", ["error": .text(error.description)])
                _ = clock.schedule(atMs: clock.nowMs + limits.storeRetryMs) { [weak self] in
                    guard let self, !isStopping else { return }
                    hold(key)
                }
            }
        }
    }
}
