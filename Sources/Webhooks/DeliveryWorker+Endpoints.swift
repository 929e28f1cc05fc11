import Diagnostics
package import Payments

extension DeliveryWorker {
    /// To be called after the directory changed: what was held for endpoints that are there again is sent, and a disabled
    /// endpoint whose URL changed is enabled.
    package func endpointsChanged() {
        advance { $0.endpointsChanged(nowMs: $1) }
    }

    /// An admin's word; refused before what was kept of the endpoints is known, which would take its place. `then` is called once it is durable, with whether anything changed. It is in force even if it
    /// could not be kept, and is then kept as soon as the store can.
    package func setDisabled(
        _ disabled: Bool, _ key: EndpointKey, detail: String,
        then: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        guard isSurveyed else {
            let why = "the gateway has only just started, and has not looked through its endpoints yet"
            return then(.failure(StoreError(code: .unavailable, message: why)))
        }
        var changed = false
        let (states, rest) = tell(byAdmin: true) { scheduler, nowMs in
            let said = scheduler.setDisabled(disabled, key, detail: detail, nowMs: nowMs)
            changed = said.changed
            return said.actions
        }
        let unkept = takeUnkept(of: key) + states
        if unkept.isEmpty {
            then(.success(changed))
        } else {
            keep(unkept) { [changed] result in then(result.map { changed }) }
        }
        perform(rest)
    }

    /// Has an open breaker let one message out now; for deliveries that somebody asked to be sent again.
    package func probe(_ key: EndpointKey) {
        advance { $0.probe(key, nowMs: $1) }
    }

    /// A replay was stored: it is taken up.
    package func replaysAdded() { replays.look() }

    /// Whoever asked for held deliveries wants to know whether the endpoint takes them.
    func probeHeld(by replay: Replay) {
        guard replay.filter.statuses.contains(.held) else { return }
        for state in endpointStates where state.hold?.reason == .circuitOpen && replay.filter.covers(state.key) {
            probe(state.key)
        }
    }

    /// Tells operators of an endpoint that is held from now on, or no more.
    func report(_ change: EndpointHolds.Change, byAdmin: Bool) {
        let key = change.key
        let log = logger.with(["tenant": .text(key.tenant), "endpoint": .text(key.endpoint)])
        if let before = change.before {
            metrics.setHeld(false, key, before)
            if change.now == nil { reportReleased(before, isGone: endpoints.endpoint(key) == nil, log) }
        }
        guard let hold = change.now else { return }
        metrics.setHeld(true, key, hold.reason)
        let fields: Logger.Fields = ["detail": .text(hold.detail)]
        switch hold.reason {
        case .disabled where byAdmin: log.warning("webhook endpoint is disabled by an admin", fields)
        case .disabled:
            metrics.alarm(.endpointDisabled, tenant: key.tenant)
            log.error("webhook endpoint is disabled; its deliveries are held", fields)
        case .circuitOpen:
            metrics.alarm(.circuitOpened, tenant: key.tenant)
            log.warning("webhook endpoint keeps failing; its deliveries are held for a while", fields)
        case .missing:
            metrics.alarm(.endpointMissing, tenant: key.tenant)
            log.warning("webhook endpoint is gone; its deliveries are held", fields)
        case .secretsLapsed:
            metrics.alarm(.secretsLapsed, tenant: key.tenant)
            log.error("webhook endpoint has no secret in force; its deliveries are held", fields)
        }
    }

    private func reportReleased(_ reason: EndpointHold.Reason, isGone: Bool, _ log: Logger) {
        switch reason {
        case .circuitOpen where isGone, .missing where isGone, .secretsLapsed where isGone:
            log.info("webhook endpoint is gone, and nothing waits for it")
        case .disabled: log.warning("webhook endpoint is enabled again; what was held is sent")
        case .circuitOpen: log.info("webhook endpoint answers again; what was held is sent")
        case .missing: log.info("webhook endpoint is there again; what was held is sent")
        case .secretsLapsed: log.info("webhook endpoint has a secret in force again; what was held is sent")
        }
    }
}

extension ReplayFilter {
    fileprivate func covers(_ key: EndpointKey) -> Bool {
        key.tenant == tenant && (endpoint.map { $0 == key.endpoint } ?? true)
    }
}
