import JSON
import Payments
import Testing

/// Deliveries as merchants and admins see them, whole.
struct DeliveryShapeTests {
    private static let nowMs: Int64 = 1_767_323_045_000

    private let attempts = [
        Attempt(
            number: 1, startedAtMs: 1_767_323_046_000, durationMs: 15_000, outcome: .timeout, statusCode: nil,
            error: "no answer within 15 s", address: nil, responseExcerpt: []),
        Attempt(
            number: 2, startedAtMs: 1_767_323_047_000, durationMs: 12, outcome: .status, statusCode: 500,
            error: "status 500", address: "203.0.113.9",
            responseExcerpt: Array("<b>\"o\u{1}\t".utf8) + [0xFF, 0xE4]),
    ]

    private func delivery(
        _ status: Delivery.Status = .pending, nextAttemptAtMs: Int64? = nowMs + 5000, behindDueMs: Int64? = nil,
        hold: EndpointHold? = nil
    ) -> Delivery {
        Delivery(
            id: "dlv_1", tenant: "bookshop", event: "evt_1", eventType: .paymentSucceeded, endpoint: "erp",
            status: status, nextAttemptAtMs: nextAttemptAtMs, behindDueMs: behindDueMs, orderedPayment: "pay_1",
            sequence: 2, createdAtMs: DeliveryShapeTests.nowMs, hold: hold)
    }

    private func text(_ delivery: Delivery, attempts: [Attempt] = [], nowMs: Int64 = nowMs) -> String {
        var out = JSONWriter()
        Shape.write(delivery, attempts: attempts, nowMs: nowMs, to: &out)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    /// Up to where the status begins.
    private static let head =
        #"{"id":"dlv_1","object":"delivery","event":"evt_1","event_type":"payment.succeeded","endpoint":"erp","#

    @Test func `a delivery with its attempts`() {
        let expected = """
            \(DeliveryShapeTests.head)\
            "status":"pending","next_attempt_at":"2026-01-02T03:04:10.000Z","waiting_for":null,\
            "created_at":"2026-01-02T03:04:05.000Z",\
            "attempts":[{"number":1,"started_at":"2026-01-02T03:04:06.000Z","duration_ms":15000,"outcome":"timeout",\
            "status_code":null,"error":"no answer within 15 s","address":null,"response_excerpt":""},\
            {"number":2,"started_at":"2026-01-02T03:04:07.000Z","duration_ms":12,"outcome":"status",\
            "status_code":500,"error":"status 500","address":"203.0.113.9",\
            "response_excerpt":"<b>\\"o\\u0001\\u0009\u{FFFD}\u{FFFD}"}]}
            """
        #expect(text(delivery(), attempts: attempts) == expected)
    }

    @Test(arguments: [Delivery.Status.delivered, .exhausted])
    func `a delivery that is done waits for nothing`(status: Delivery.Status) {
        let expected = """
            \(DeliveryShapeTests.head)\
            "status":"\(status.rawValue)","next_attempt_at":null,"waiting_for":null,\
            "created_at":"2026-01-02T03:04:05.000Z","attempts":[]}
            """
        #expect(text(delivery(status, nextAttemptAtMs: nil)) == expected)
    }

    @Test(
        arguments: [
            (.circuitOpen, nowMs + 30_000, "circuit_breaker", #""2026-01-02T03:04:35.000Z""#),
            (.disabled, nil, "endpoint_disabled", "null"), (.missing, nil, "endpoint_missing", "null"),
        ] as [(EndpointHold.Reason, Int64?, String, String)])
    func `a held delivery says why, since when and until when, and has no next attempt`(
        reason: EndpointHold.Reason, untilMs: Int64?, word: String, until: String
    ) {
        let hold = EndpointHold(
            reason: reason, sinceMs: DeliveryShapeTests.nowMs, untilMs: untilMs, detail: "it \"said\" so")
        let expected = """
            \(DeliveryShapeTests.head)\
            "status":"held","next_attempt_at":null,"waiting_for":{"reason":"\(word)",\
            "since":"2026-01-02T03:04:05.000Z","until":\(until),"detail":"it \\"said\\" so"},\
            "created_at":"2026-01-02T03:04:05.000Z","attempts":[]}
            """
        #expect(text(delivery(.held, hold: hold)) == expected)
    }

    @Test func `a delivery behind an earlier event is pending, and says what it waits for`() {
        let waiting = delivery(
            nextAttemptAtMs: DeliveryShapeTests.nowMs + Delivery.orderWaitMs,
            behindDueMs: DeliveryShapeTests.nowMs + 1)
        let expected = """
            \(DeliveryShapeTests.head)\
            "status":"pending","next_attempt_at":"2026-01-02T03:19:05.000Z","waiting_for":{"reason":"earlier_event",\
            "since":"2026-01-02T03:04:05.001Z","until":"2026-01-02T03:19:05.000Z",\
            "detail":"an earlier event of the same payment is not delivered to this endpoint yet"},\
            "created_at":"2026-01-02T03:04:05.000Z","attempts":[]}
            """
        #expect(text(waiting) == expected)
    }

    @Test func `one that has waited long enough for an earlier event waits no more`() {
        let untilMs = DeliveryShapeTests.nowMs + Delivery.orderWaitMs
        let waiting = delivery(nextAttemptAtMs: untilMs, behindDueMs: DeliveryShapeTests.nowMs)
        #expect(text(waiting, nowMs: untilMs - 1).contains(#""waiting_for":{"reason":"earlier_event""#))
        #expect(text(waiting, nowMs: untilMs).contains(#""waiting_for":null"#))
    }

    @Test func `a replay, and one that matched nothing`() {
        let filter = ReplayFilter(tenant: "bookshop", sinceMs: 0, untilMs: 1, statuses: [.exhausted])
        for (replay, expected) in [
            (
                Replay(id: "rpl_1", filter: filter, matched: 12, createdAtMs: 0),
                #"{"object":"replay","id":"rpl_1","count":12}"#
            ),
            (nil, #"{"object":"replay","id":null,"count":0}"#),
        ] {
            var out = JSONWriter()
            Shape.write(replay, to: &out)
            #expect(String(decoding: out.bytes, as: UTF8.self) == expected)
        }
    }
}
