package import Payments

/// A delivery as merchants and admins see it.
extension Shape {
    /// `{"id", "object": "delivery", "event", "event_type", "endpoint", "status", "next_attempt_at", "waiting_for",
    /// "created_at", "attempts"}`
    ///
    /// `next_attempt_at` is null unless the status is `pending`; `waiting_for` is null unless something else than that time
    /// has to come first, as the other `write` has it.
    ///
    /// - Parameter nowMs: the moment of the look.
    package static func write(_ delivery: Delivery, attempts: [Attempt], nowMs: Int64, to out: inout JSONWriter) {
        out.beginObject()
        out.field("id", delivery.id)
        out.field("object", "delivery")
        out.field("event", delivery.event)
        out.field("event_type", delivery.eventType.rawValue)
        out.field("endpoint", delivery.endpoint)
        out.field("status", delivery.status.rawValue)
        out.timeField("next_attempt_at", delivery.status == .pending ? delivery.nextAttemptAtMs : nil)
        out.name("waiting_for")
        switch delivery.status {
        case .held: write(delivery.hold, to: &out)
        case .pending: writeOrder(delivery, nowMs: nowMs, to: &out)
        case .delivered, .exhausted: out.null()
        }
        out.timeField("created_at", delivery.createdAtMs)
        out.name("attempts")
        out.beginArray()
        for attempt in attempts { write(attempt, to: &out) }
        out.endArray()
        out.endObject()
    }

    /// Why deliveries are kept back without spending tries: null, or `{"reason", "since", "until", "detail"}`.
    ///
    /// `reason` is `earlier_event` (an undelivered event of the same payment goes first; `since` is when this one would have
    /// been sent), `circuit_breaker`, `endpoint_disabled`, `endpoint_missing` or `secrets_lapsed`; `until` is when the wait ends
    /// by itself, null if it does not; `detail` is a sentence.
    package static func write(_ hold: EndpointHold?, to out: inout JSONWriter) {
        guard let hold else { return out.null() }
        write(
            reason: reason(hold.reason), sinceMs: hold.sinceMs, untilMs: hold.untilMs, detail: hold.detail, to: &out)
    }

    /// `{"object": "replay", "id", "count"}`; the id is null of one that was not stored because nothing matched.
    package static func write(_ replay: Replay?, to out: inout JSONWriter) {
        out.beginObject()
        out.field("object", "replay")
        out.field("id", replay?.id)
        out.field("count", replay?.matched ?? 0)
        out.endObject()
    }

    private static func reason(_ reason: EndpointHold.Reason) -> String {
        switch reason {
        case .circuitOpen: "circuit_breaker"
        case .disabled: "endpoint_disabled"
        case .missing: "endpoint_missing"
        case .secretsLapsed: "secrets_lapsed"
        }
    }

    /// One whose wait is over is simply due.
    private static func writeOrder(_ delivery: Delivery, nowMs: Int64, to out: inout JSONWriter) {
        guard let sinceMs = delivery.behindDueMs, let untilMs = delivery.nextAttemptAtMs, nowMs < untilMs else {
            return out.null()
        }
        write(
            reason: "earlier_event", sinceMs: sinceMs, untilMs: untilMs,
            detail: "an earlier event of the same payment is not delivered to this endpoint yet", to: &out)
    }

    private static func write(
        reason: String, sinceMs: Int64, untilMs: Int64?, detail: String, to out: inout JSONWriter
    ) {
        out.beginObject()
        out.field("reason", reason)
        out.timeField("since", sinceMs)
        out.timeField("until", untilMs)
        out.field("detail", detail)
        out.endObject()
    }

    private static func write(_ attempt: Attempt, to out: inout JSONWriter) {
        out.beginObject()
        out.field("number", attempt.number)
        out.timeField("started_at", attempt.startedAtMs)
        out.field("duration_ms", attempt.durationMs)
        out.field("outcome", attempt.outcome.rawValue)
        out.field("status_code", attempt.statusCode.map(Int64.init))
        out.field("error", attempt.error)
        out.field("address", attempt.address)
        // Somebody else's bytes: what is not UTF-8 shows as U+FFFD.
        out.field("response_excerpt", String(decoding: attempt.responseExcerpt, as: UTF8.self))
        out.endObject()
    }
}
