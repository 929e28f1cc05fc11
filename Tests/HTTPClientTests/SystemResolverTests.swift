import Diagnostics
import Dispatch
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

struct SystemResolverTests {
    typealias Answer = Result<[IPAddress], SendError>
    /// The default.
    private let threadCount = 4

    /// Collects answers, and lets a test wait for them.
    final class Answers: Sendable {
        private let list = Mutex<[Answer]>([])
        private let signal = Signal()
        var all: [Answer] { list.withLock { $0 } }
        func take(_ answer: Answer) {
            list.withLock { $0.append(answer) }
            signal.raise()
        }
        func wait(count: Int) async { await signal.wait(count: count) }
    }

    /// A lookup that counts, tells that it began, and may be held up for hosts that begin with "hang".
    final class Lookup: Sendable {
        let begun = Signal()
        private let held = DispatchSemaphore(value: 0)
        private let hosts = Mutex<[String]>([])
        private let answer: Answer
        init(_ answer: Answer = .success([.loopback])) { self.answer = answer }
        var count: Int { hosts.withLock { $0.count } }
        func run(_ host: String) -> Answer {
            hosts.withLock { $0.append(host) }
            begun.raise()
            if host.hasPrefix("hang") { held.wait() }
            return answer
        }
        func release(_ count: Int) { for _ in 0..<count { held.signal() } }
    }

    private func ask(_ resolver: SystemResolver, _ host: String, _ answers: Answers) {
        resolver.resolve(host, timeoutMs: 5_000) { answers.take($0) }
    }

    @Test func `localhost is found in the system's own way`() async throws {
        let resolver = SystemResolver()
        let answers = Answers()
        ask(resolver, "localhost", answers)
        await answers.wait(count: 1)
        #expect(try answers.all[0].get().contains { $0 == .loopback || $0 == IPAddress("::1") })
    }

    @Test func `a name that cannot exist is dns`() async {
        let resolver = SystemResolver()
        let answers = Answers()
        ask(resolver, "no..such..name", answers)
        await answers.wait(count: 1)
        #expect(throws: SendError.self) { try answers.all[0].get() }
        if case .failure(let error) = answers.all[0] { #expect(error.code == .dns) }
    }

    @Test func `an answer is kept for 30 seconds and no longer`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 1)
        clock.advance(byMs: 29_999)
        ask(resolver, "shop.test", answers)
        #expect(answers.all.count == 2)
        #expect(lookup.count == 1)
        clock.advance(byMs: 1)
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 3)
        #expect(lookup.count == 2)
    }

    @Test func `a failure is kept for 5 seconds and no longer`() async {
        let clock = ManualClock()
        let lookup = Lookup(.failure(SendError(code: .dns, message: "The name has no address.")))
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 1)
        clock.advance(byMs: 4_999)
        ask(resolver, "shop.test", answers)
        #expect(answers.all.count == 2)
        #expect(lookup.count == 1)
        clock.advance(byMs: 1)
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 3)
        #expect(lookup.count == 2)
    }

    @Test func `all who ask for a name meanwhile share one lookup`() async {
        let lookup = Lookup()
        let resolver = SystemResolver(clock: ManualClock()) { lookup.run($0) }
        let answers = Answers()
        for _ in 0..<10 { ask(resolver, "hang.test", answers) }
        await lookup.begun.wait()
        lookup.release(1)
        await answers.wait(count: 10)
        #expect(lookup.count == 1)
    }

    @Test func `a hanging lookup fails its callers at their deadline and nobody else`() async throws {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        defer { lookup.release(1) }
        let slow = Answers()
        ask(resolver, "hang.test", slow)
        await lookup.begun.wait()
        let quick = Answers()
        ask(resolver, "shop.test", quick)
        await quick.wait(count: 1)
        #expect(try quick.all[0].get() == [.loopback])
        clock.advance(byMs: 4_999)
        #expect(slow.all.isEmpty)
        clock.advance(byMs: 1)
        #expect(slow.all == [.failure(SendError(code: .dns, message: "The lookup of hang.test took too long."))])
    }

    @Test func `when every thread hangs, further lookups fail at their deadline as busy`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        for number in 1...threadCount { ask(resolver, "hang\(number).test", answers) }
        await lookup.begun.wait(count: threadCount)
        let busy = Answers()
        ask(resolver, "shop.test", busy)
        clock.advance(byMs: 5_000)
        #expect(
            busy.all == [
                .failure(SendError(code: .dns, message: "The lookup of shop.test did not begin: the resolver is busy."))
            ])
        lookup.release(threadCount)
        let after = Answers()
        ask(resolver, "after.test", after)
        await after.wait(count: 1)
        #expect(after.all == [.success([.loopback])])
    }

    @Test func `a thousand hosts may wait for a thread, and one more fails at once`() async {
        let lookup = Lookup()
        let resolver = SystemResolver(clock: ManualClock()) { lookup.run($0) }
        defer { lookup.release(threadCount) }
        let answers = Answers()
        for number in 1...threadCount { ask(resolver, "hang\(number).test", answers) }
        await lookup.begun.wait(count: threadCount)
        for number in 1...1_000 { ask(resolver, "shop\(number).test", answers) }
        #expect(answers.all.isEmpty)
        ask(resolver, "last.test", answers)
        #expect(
            answers.all == [
                .failure(SendError(code: .dns, message: "The lookup of last.test did not begin: the resolver is busy."))
            ])
    }

    @Test func `a resolver that goes answers those who wait`() async {
        let lookup = Lookup()
        let answers = Answers()
        do {
            let resolver = SystemResolver(clock: ManualClock()) { lookup.run($0) }
            ask(resolver, "hang.test", answers)
            await lookup.begun.wait()
        }
        await answers.wait(count: 1)
        #expect(answers.all == [.failure(SendError(code: .canceled, message: "This process is shutting down."))])
        lookup.release(1)
    }
}
