import HTTP
import Payments
import Support
import Testing
import Webhooks

struct DeliverNewTests {
    @Test func `the answer is the delivery and its attempt, once they are kept`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = bench.make("new", dueInMs: 300_000)
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(due, isLastTry: true) { answers.put(DirectResult($0)) }
        #expect(answers.values.isEmpty)
        bench.sender.answer(status: 200, body: "ok")
        let stored = try await bench.stored(due)
        #expect(stored.delivery.status == .delivered)
        #expect(answers.values == [.kept(stored.delivery, try #require(stored.attempts.first))])
    }

    @Test(arguments: [(true, Delivery.Status.exhausted), (false, .pending)])
    func `a failure ends it only if this was the last try`(isLastTry: Bool, status: Delivery.Status) async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let due = bench.make("new", dueInMs: 300_000)
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(due, isLastTry: isLastTry) { answers.put(DirectResult($0)) }
        bench.sender.fail(.connect)
        let stored = try await bench.stored(due)
        #expect(stored.delivery.status == status)
        #expect(answers.values == [.kept(stored.delivery, try #require(stored.attempts.first))])
        bench.clock.advance(byMs: 400_000)
        #expect(bench.sender.requests.count == (isLastTry ? 1 : 2))
    }

    @Test func `it passes an endpoint that is at its cap, two at a time`() async throws {
        let bench = WorkerBench()
        for _ in 0..<20 { try await bench.commit() }
        bench.worker.start()
        let queued = bench.sender.waiting.count
        let answers = Box<DirectResult>()
        for number in 0..<3 {
            bench.worker.deliverNew(bench.make("new-\(number)", dueInMs: 300_000), isLastTry: true) {
                answers.put(DirectResult($0))
            }
        }
        #expect(queued < 20)
        #expect(bench.sender.waiting.count == queued + 2)
        #expect(answers.values == [.refused(.busy)])
    }

    @Test func `it says why nothing was sent or kept`() async {
        let bench = WorkerBench()
        let answers = Box<DirectResult>()
        let answer: DirectAnswer = { answers.put(DirectResult($0)) }
        let due = bench.make("twice", dueInMs: 300_000)
        bench.worker.start()
        bench.worker.deliverNew(bench.make("gone", endpoint: "gone", dueInMs: 1), isLastTry: true, then: answer)
        bench.worker.deliverNew(due, isLastTry: true, then: answer)
        bench.worker.deliverNew(due, isLastTry: true, then: answer)
        bench.store.failNextWrites(1)
        bench.sender.answer(status: 200)
        bench.worker.deliverNew(bench.make("canceled", dueInMs: 300_000), isLastTry: true, then: answer)
        bench.sender.fail(.canceled)
        _ = await bench.worker.stop(graceMs: 0)
        bench.worker.deliverNew(bench.make("late", dueInMs: 1), isLastTry: true, then: answer)
        let unavailable = StoreError(code: .unavailable, message: "the test says that the store is full")
        #expect(
            answers.values == [
                .refused(.endpointMissing), .refused(.inFlight), .refused(.store(unavailable)), .refused(.stopping),
                .refused(.stopping),
            ])
    }

    @Test func `what is sent at once is not sent by the queue meanwhile or afterwards`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        let test = bench.make("test", type: .webhookTest, dueInMs: 60_000)
        bench.worker.deliverNew(test, isLastTry: true) { _ in }
        bench.clock.advance(byMs: 120_000)
        #expect(bench.sender.requests.count == 1)
        bench.sender.answer(status: 500)
        bench.clock.advance(byMs: 86_400_000)
        #expect(bench.sender.requests.count == 1)
    }

    @Test func `an event that cannot be stored is not sent`() async throws {
        let bench = WorkerBench()
        bench.worker.start()
        bench.store.failNextWrites(1)
        let answers = Box<DirectResult>()
        bench.worker.deliverNew(bench.make("test", type: .webhookTest), isLastTry: true) {
            answers.put(DirectResult($0))
        }
        let unavailable = StoreError(code: .unavailable, message: "the test says that the store is full")
        #expect(answers.values == [.refused(.notStored(unavailable))])
        #expect(bench.sender.requests.isEmpty)
        #expect(bench.metric("payrelay_deliveries_in_flight") == "0")
    }
}

/// `Result<(Delivery, Attempt), DirectError>`, comparable.
enum DirectResult: Sendable, Equatable {
    case kept(Delivery, Attempt)
    case refused(DirectError)

    init(_ result: Result<(Delivery, Attempt), DirectError>) {
        switch result {
        case .success(let (delivery, attempt)): self = .kept(delivery, attempt)
        case .failure(let error): self = .refused(error)
        }
    }
}
