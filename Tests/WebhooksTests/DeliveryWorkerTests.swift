import Diagnostics
import HTTP
import Payments
import Support
import Testing
import Webhooks

struct DeliveryWorkerTests {
    @Test func `a committed delivery is signed, sent and kept as delivered`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit(body: "{\"type\":\"payment.succeeded\"}")

        let request = try #require(bench.sender.waiting.first)
        #expect(request.method == .post)
        #expect(request.url == WorkerBench.shopURL)
        #expect(request.body == due.event.body)
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["user-agent"] == "PayRelay/1.2.3")
        #expect(request.headers["webhook-id"] == due.event.id)
        #expect(request.timeout == .seconds(15))
        #expect(request.policy == .publicHTTPS)
        #expect(request.bodyLimit == .truncate(bytesKept: 4096, bytesMax: 65_536))
        try StandardWebhooks.verify(
            request.headers, body: request.body, secrets: [bench.secret], nowSeconds: bench.clock.nowMs / 1000)
        #expect(bench.metric("payrelay_deliveries_in_flight") == "1")

        bench.clock.advance(byMs: 80)
        bench.sender.answer(status: 204, body: "")
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .delivered)
        #expect(delivery.attemptCount == 1)
        #expect(delivery.nextAttemptAtMs == nil)
        #expect(
            attempts == [
                Attempt(
                    number: 1, startedAtMs: due.delivery.createdAtMs, durationMs: 80, outcome: .taken, statusCode: 204,
                    error: nil, address: "203.0.113.7", responseExcerpt: [])
            ])
        #expect(bench.sender.requests.count == 1)
        #expect(bench.metric("payrelay_deliveries_in_flight") == "0")
        #expect(bench.metric("payrelay_delivery_attempts_total{outcome=\"taken\"}") == "1")
        #expect(bench.metric("payrelay_deliveries_total{result=\"delivered\"}") == "1")
        #expect(bench.metric("payrelay_delivery_seconds_sum") == "0.08")
    }

    @Test func `a 500 is tried again 5 s later with the same id and a new timestamp`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.clock.advance(byMs: 1_000)
        bench.sender.answer(status: 500, body: "boom")

        let (failed, attempts) = try await bench.stored(due)
        #expect(failed.status == .pending)
        #expect(failed.nextAttemptAtMs == bench.clock.nowMs + 5_000)
        #expect(attempts.map(\.outcome) == [.status])
        #expect(attempts.first?.statusCode == 500)
        #expect(attempts.first?.error == "the endpoint answered 500")
        #expect(attempts.first?.responseExcerpt == Array("boom".utf8))

        bench.clock.advance(byMs: 4_999)
        #expect(bench.sender.requests.count == 1)
        bench.clock.advance(byMs: 1)
        #expect(bench.sender.requests.count == 2)
        let ids = bench.sender.requests.map { $0.headers["webhook-id"] }
        let times = bench.sender.requests.compactMap { $0.headers["webhook-timestamp"].flatMap { Int64($0) } }
        #expect(ids == [due.event.id, due.event.id])
        #expect(times[1] - times[0] == 6)

        bench.sender.answer(status: 200)
        let (delivered, both) = try await bench.stored(due)
        #expect(delivered.status == .delivered)
        #expect(both.map(\.number) == [1, 2])
    }

    @Test func `fourteen failures at the schedule's times make it exhausted`() async throws {
        let bench = WorkerBench()
        bench.sender.always { _ in .failure(SendError(code: .timeout, message: "no answer in 15 s")) }
        let due = try await bench.commit()
        bench.worker.start()
        for delay in RetrySchedule.payments.delaysMs.dropFirst() {
            let before = bench.sender.requests.count
            bench.clock.advance(byMs: delay - 1)
            #expect(bench.sender.requests.count == before)
            bench.clock.advance(byMs: 1)
            #expect(bench.sender.requests.count == before + 1)
        }
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .exhausted)
        #expect(delivery.attemptCount == 14)
        #expect(delivery.nextAttemptAtMs == nil)
        #expect(attempts.map(\.number) == Array(1...14))
        #expect(attempts.allSatisfy { $0.outcome == .timeout && $0.error == "no answer in 15 s" })
        bench.clock.advance(byMs: 10 * 86_400_000)
        #expect(bench.sender.requests.count == 14)
        #expect(bench.log.messages(.error) == ["webhook exhausted: its last try failed"])
        #expect(bench.metric("payrelay_deliveries_total{result=\"exhausted\"}") == "1")
        #expect(bench.metric("payrelay_delivery_attempts_total{outcome=\"timeout\"}") == "14")
    }

    @Test(arguments: [
        (SendError.Code.url, Attempt.Outcome.url), (.dns, .dns), (.refusedDestination, .refusedDestination),
        (.connect, .connect), (.tls, .tls), (.timeout, .timeout), (.reset, .reset), (.malformed, .malformed),
        (.tooLarge, .malformed),
    ])
    func `a failure to send is an outcome of the same name`(code: SendError.Code, outcome: Attempt.Outcome) async throws
    {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.fail(code)
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .pending)
        #expect(attempts.map(\.outcome) == [outcome])
        #expect(attempts.first?.statusCode == nil)
        #expect(attempts.first?.durationMs == 15_000)
    }

    @Test func `a redirect is a failure and is not followed`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 302, headers: Headers([("Location", "https://elsewhere.example/")]))
        let (delivery, attempts) = try await bench.stored(due)
        #expect(delivery.status == .pending)
        #expect(attempts.first?.outcome == .status)
        #expect(attempts.first?.error == "the endpoint answered 302; redirects are not followed")
        #expect(bench.sender.requests.map(\.url) == [WorkerBench.shopURL])
    }

    @Test(arguments: [
        (301, "status_3xx"), (404, "status_4xx"), (410, "status_410"), (429, "status_429"), (503, "status_5xx"),
    ])
    func `an answer that takes nothing is counted by what it says`(status: Int, outcome: String) async throws {
        let bench = WorkerBench()
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: status)
        #expect(bench.metric("payrelay_delivery_attempts_total{outcome=\"\(outcome)\"}") == "1")
    }

    @Test(arguments: [(429, Int64(60_000)), (503, 60_000), (500, 5_000), (200, -1)])
    func `Retry-After is obeyed on 429 and 503 alone`(status: Int, delayMs: Int64) async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: status, headers: Headers([("retry-after", "60")]))
        let (delivery, _) = try await bench.stored(due)
        #expect(delivery.nextAttemptAtMs == (delayMs < 0 ? nil : bench.clock.nowMs + delayMs))
    }

    @Test func `an answer is kept to its first 4 KiB`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 200, body: String(repeating: "a", count: 4096) + "b")
        let (_, attempts) = try await bench.stored(due)
        #expect(attempts.first?.responseExcerpt == [UInt8](repeating: 0x61, count: 4096))
    }

    @Test func `secrets and address are those in force when the attempt is made`() async throws {
        let bench = WorkerBench()
        let new = WebhookSecret.generate()
        bench.worker.start()
        try await bench.commit()
        bench.sender.answer(status: 500)
        bench.endpoints["shop", "default"] = EndpointSettings(
            url: "http://10.0.0.5:8080/new", secrets: [new, bench.secret], timeout: .seconds(3), allowHTTP: true,
            allowPrivateNetwork: true)
        bench.clock.advance(byMs: 5_000)

        let request = try #require(bench.sender.waiting.first)
        #expect(request.url == "http://10.0.0.5:8080/new")
        #expect(request.timeout == .seconds(3))
        #expect(request.policy == .trusted)
        #expect(request.headers["webhook-signature"]?.split(separator: " ").count == 2)
        let nowSeconds = bench.clock.nowMs / 1000
        try StandardWebhooks.verify(request.headers, body: request.body, secrets: [new], nowSeconds: nowSeconds)
        try StandardWebhooks.verify(
            request.headers, body: request.body, secrets: [bench.secret], nowSeconds: nowSeconds)

        bench.sender.answer(status: 500)
        bench.endpoints["shop", "default"] = EndpointSettings(url: WorkerBench.shopURL, secrets: [new])
        bench.clock.advance(byMs: 30_000)
        let last = try #require(bench.sender.waiting.first)
        try StandardWebhooks.verify(last.headers, body: last.body, secrets: [new], nowSeconds: bench.clock.nowMs / 1000)
        #expect(throws: WebhookVerifyError.self) {
            try StandardWebhooks.verify(
                last.headers, body: last.body, secrets: [bench.secret], nowSeconds: bench.clock.nowMs / 1000)
        }
    }

    @Test func `a delivery that is out is sent once, however long its answer takes`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        try await bench.commit()
        bench.clock.advance(byMs: 600_000)
        #expect(bench.sender.requests.count == 1)
    }

    @Test func `a delivery that nobody told the worker of is found within a minute`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        bench.store.observeDeliveries { _ in }
        try await bench.commit()
        #expect(bench.sender.requests.isEmpty)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.sender.requests.count == 1)
    }

    @Test func `a delivery that is just made is sent without a look at the store`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let reads = bench.store.reads
        let due = try await bench.commit()
        #expect(bench.sentEvents == [due.event.id])
        #expect(bench.store.reads == reads)
    }

    @Test func `an event for later is sent when it falls due`() async throws {
        let bench = WorkerBench()
        try await bench.commit(dueInMs: 7_000)
        bench.worker.start()
        bench.clock.advance(byMs: 6_999)
        #expect(bench.sender.requests.isEmpty)
        bench.clock.advance(byMs: 1)
        #expect(bench.sender.requests.count == 1)
    }

    // MARK: - A clock that ran ahead

    @Test func `what waits for more than three days was planned by a wrong clock, and is due when a worker starts`()
        async throws
    {
        let bench = WorkerBench()
        let far = try await bench.commit(dueInMs: 3 * 86_400_000 + 1)
        let near = try await bench.commit(dueInMs: 3 * 86_400_000)
        bench.worker.start()
        #expect(bench.sentEvents == [far.event.id])
        #expect(try await bench.stored(near).delivery == near.delivery)
        #expect(bench.log.messages(.warning) == ["webhooks that a wrong clock put off are due now"])
    }

    @Test func `a retry that was planned by a clock a year ahead comes once the clock is right`() async throws {
        let bench = WorkerBench()
        bench.setEndpoint(schedule: .twoTries(60_000))
        bench.clock.advance(byMs: 365 * 86_400_000)
        bench.worker.start()
        let due = try await bench.commit()
        bench.sender.answer(status: 404)
        bench.clock.setBack(byMs: 365 * 86_400_000)
        bench.clock.advance(byMs: 60_000)
        #expect(bench.sentEvents == [due.event.id, due.event.id])
        bench.sender.answer(status: 200)
        #expect(try await bench.stored(due).delivery.status == .delivered)
    }
}
