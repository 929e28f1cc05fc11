import HTTP
import Payments
import Testing
import Webhooks

struct FinishedAttemptTests {
    @Test(arguments: SendError.Code.allCases)
    func `a failure is an attempt, but for those that say nothing of the endpoint`(code: SendError.Code) {
        let delivery = Delivery(
            id: "dlv_1", tenant: "shop", event: "evt_1", eventType: .paymentSucceeded, endpoint: "default",
            nextAttemptAtMs: 1_000, createdAtMs: 1_000)
        let finished = FinishedAttempt(
            of: delivery, answer: .failure(SendError(code: code, message: "The test says so.")), startedAtMs: 1_000,
            nowMs: 2_000, schedule: .payments, jitter: 0.5)
        let counts = code != .canceled && code != .busy
        #expect((finished != nil) == counts)
    }
}
