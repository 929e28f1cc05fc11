import Diagnostics
import HTTP
import Payments

extension DeliveryWorker {
    /// Makes one attempt with the endpoint's settings as they are now.
    ///
    /// - Parameter then: called once, after the result is kept or could not be; nil if nobody waits.
    func attempt(_ due: DueDelivery, isLastTry: Bool, then: DirectAnswer?) {
        guard let endpoint = endpoints.endpoint(due.delivery.endpointKey) else {
            advance { $0.ended(due.delivery.id, .unsendable, nowMs: $1) }
            then?(.failure(.endpointMissing))
            return
        }
        let startedAtMs = clock.nowMs
        guard
            let request = WebhookRequest.make(
                to: endpoint, carrying: due.event, atMs: startedAtMs, userAgent: userAgent)
        else {
            advance { $0.ended(due.delivery.id, .unsendable, nowMs: $1) }
            then?(.failure(.secretsLapsed))
            return
        }
        sender.send(request) { [self] answer in
            let finished = FinishedAttempt(
                of: due.delivery, answer: answer, startedAtMs: startedAtMs, nowMs: clock.nowMs,
                schedule: isLastTry ? nil : endpoint.schedule, jitter: random())
            guard let finished else { return leaveUncounted(due, answer, then: then) }
            metrics.ended(finished.attempt)
            let jitter = random()
            let (states, rest) = tell { scheduler, nowMs in
                let answered = scheduler.answered(due.delivery.id, finished.attempt, nowMs: nowMs, jitter: jitter)
                return (answered.state.map { [.keep($0)] } ?? []) + answered.actions
            }
            record(finished, states, failures: 0, then: then)
            perform(rest)
        }
    }

    /// Nothing is known of the endpoint: the delivery stays as it was, and is left alone for a while.
    private func leaveUncounted(
        _ due: DueDelivery, _ answer: Result<OutboundResponse, SendError>, then: DirectAnswer?
    ) {
        let isBusy = if case .failure(let error) = answer { error.code == .busy } else { false }
        metrics.dropped(isBusy ? .busy : .canceled)
        advance { $0.ended(due.delivery.id, .unrecorded, nowMs: $1) }
        then?(.failure(isBusy ? .notBegun : .stopping))
    }

    /// The attempt, what it makes of its delivery, and what it says of the endpoint, in one transaction; again and again
    /// until the store can. What was posted is not posted again for that.
    ///
    /// - Parameter failures: how often the store did not take it.
    private func record(
        _ finished: FinishedAttempt, _ states: [EndpointState], failures: Int, then: DirectAnswer?
    ) {
        let (delivery, nowMs) = (finished.delivery, clock.nowMs)
        store.write { transaction throws(StoreError) in
            for state in states { _ = try transaction.put(state) }
            return try transaction.record(finished.attempt, of: delivery, nowMs: nowMs)
        } then: { [self] result in
            switch result {
            case .success(let status?):
                report(finished, status)
                advance { $0.ended(delivery.id, .recorded(nextAttemptAtMs: delivery.nextAttemptAtMs), nowMs: $1) }
                then?(.success((delivery, finished.attempt)))
            case .success(nil):
                metrics.dropped(.superseded)
                log(finished).warning("webhook result came too late: the delivery was changed meanwhile")
                advance { $0.ended(delivery.id, .superseded, nowMs: $1) }
                then?(.failure(.superseded))
            case .failure(let error):
                keepLater(states, error)
                recordLater(finished, error, failures: failures + 1)
                then?(.failure(.store(error)))
            }
        }
    }

    private func recordLater(_ finished: FinishedAttempt, _ error: StoreError, failures: Int) {
        let willBe = unkept.keepLater(finished.delivery.id, failures: failures) { [weak self] in
            self?.record(finished, [], failures: failures, then: nil)
        }
        if willBe {
            if failures > 1 { return }
            log(finished).warning("webhook result cannot be kept yet", ["error": .text(error.description)])
        } else {
            metrics.dropped(.store)
            log(finished).warning(
                "webhook result cannot be kept; it will be sent again", ["error": .text(error.description)])
        }
    }

    /// - Parameter status: as the store has it, which is another than the attempt made of it where somebody asked for the
    ///   delivery again meanwhile.
    private func report(_ finished: FinishedAttempt, _ status: Delivery.Status) {
        let delivery = finished.delivery
        switch status {
        case .delivered:
            metrics.count(.delivered)
            metrics.delivered(afterMs: clock.nowMs - delivery.createdAtMs)
            log(finished).info("webhook delivered")
        case .exhausted:
            // Somebody looks at a test's answer.
            if delivery.eventType == .webhookTest { return log(finished).info("test webhook not taken") }
            metrics.count(.exhausted)
            metrics.alarm(.deliveryExhausted, tenant: delivery.tenant)
            log(finished).error("webhook exhausted: its last try failed")
        case .pending:
            log(finished).info("webhook not taken", ["next_attempt_at_ms": .number(delivery.nextAttemptAtMs ?? 0)])
        // No attempt ends in it.
        case .held: break
        }
    }

    private func log(_ finished: FinishedAttempt) -> Logger {
        let (delivery, attempt) = (finished.delivery, finished.attempt)
        return logger.with([
            "tenant": .text(delivery.tenant), "endpoint": .text(delivery.endpoint), "delivery": .text(delivery.id),
            "event": .text(delivery.event), "type": .text(delivery.eventType.rawValue),
            "attempt": .number(Int64(attempt.number)), "outcome": .text(attempt.outcome.rawValue),
            "status_code": .number(Int64(attempt.statusCode ?? 0)), "duration_ms": .number(attempt.durationMs),
            "error": .text(attempt.error ?? ""),
        ])
    }
}
