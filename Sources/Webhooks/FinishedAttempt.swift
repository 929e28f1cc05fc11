package import HTTP
package import Payments

/// An attempt and what it makes of its delivery.
package struct FinishedAttempt: Sendable, Hashable {
    package let attempt: Attempt
    /// As it is to be from now on: delivered, pending until the next try, or exhausted.
    package let delivery: Delivery

    /// - Parameters:
    ///   - delivery: as the attempt found it.
    ///   - startedAtMs: when the attempt began; `nowMs`: when it ended, from which the next one is counted.
    ///   - schedule: nil if this was the last try whatever came of it.
    ///   - jitter: 0..<1.
    /// - Returns: nil if our own shutdown cut it off, or this process had too much to do to begin it: that counts no
    ///   try, and nothing is known about the receiver.
    package init?(
        of delivery: Delivery, answer: Result<OutboundResponse, SendError>, startedAtMs: Int64, nowMs: Int64,
        schedule: RetrySchedule?, jitter: Double
    ) {
        let number = delivery.attemptCount + 1
        switch answer {
        case .success(let response):
            attempt = FinishedAttempt.attempt(number, startedAtMs, response)
        case .failure(let error):
            guard let outcome = FinishedAttempt.outcome(error.code) else { return nil }
            attempt = Attempt(
                number: number, startedAtMs: startedAtMs, durationMs: error.duration.wholeMs,
                outcome: outcome,
                statusCode: nil, error: error.message, address: error.address, responseExcerpt: [])
        }
        var delivery = delivery
        delivery.attemptCount = number
        delivery.nextAttemptAtMs = nil
        delivery.behindDueMs = nil
        if attempt.outcome == .taken {
            delivery.status = .delivered
        } else if let schedule,
            let delayMs = schedule.nextDelayMs(
                afterAttempt: number - delivery.roundBase, jitter: jitter,
                retryAfter: FinishedAttempt.retryAfterMs(answer, nowMs))
        {
            delivery.status = .pending
            if delivery.lane == .live { delivery.lane = .retry }
            delivery.nextAttemptAtMs = nowMs + delayMs
        } else {
            delivery.status = .exhausted
        }
        self.delivery = delivery
    }

    private static func attempt(_ number: Int, _ startedAtMs: Int64, _ response: OutboundResponse) -> Attempt {
        let taken = (200...299).contains(response.status)
        return Attempt(
            number: number, startedAtMs: startedAtMs, durationMs: response.duration.wholeMs,
            outcome: taken ? .taken : .status,
            statusCode: response.status, error: taken ? nil : refusal(response.status),
            address: response.address.isEmpty ? nil : response.address,
            responseExcerpt: Array(response.body.prefix(WebhookRequest.excerptBytesMax)))
    }

    private static func refusal(_ status: Int) -> String {
        (300...399).contains(status)
            ? "the endpoint answered \(status); redirects are not followed" : "the endpoint answered \(status)"
    }

    /// Nil for an attempt that counts as none.
    private static func outcome(_ code: SendError.Code) -> Attempt.Outcome? {
        switch code {
        case .url: .url
        case .dns: .dns
        case .refusedDestination: .refusedDestination
        case .connect: .connect
        case .tls: .tls
        case .timeout: .timeout
        case .reset: .reset
        // Webhooks ask for long answers to be cut, so that a sender that says tooLarge did not understand the answer.
        case .tooLarge, .malformed: .malformed
        case .canceled, .busy: nil
        }
    }

    /// Only 429 and 503 say when to come back.
    private static func retryAfterMs(_ answer: Result<OutboundResponse, SendError>, _ nowMs: Int64) -> Int64? {
        guard case .success(let response) = answer, response.status == 429 || response.status == 503,
            let value = response.headers["Retry-After"]
        else { return nil }
        return RetryAfter.delayMs(value, nowMs: nowMs)
    }
}
