import Diagnostics
import Dispatch
import HTTP
import HTTPClient
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct SystemResolverTests {
    typealias Answer = Result<[IPAddress], SendError>
    /// The default.
    private let threadCount = 4
    private let elsewhere = IPAddress(bytes: [203, 0, 113, 7])

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

    /// A lookup that counts, tells that it began, and may be held up: for hosts that begin with "hang", or for all.
    final class Lookup: Sendable {
        typealias Found = Result<[IPAddress], LookupFailure>

        private struct State {
            var found: Found
            var count = 0
            var holdsAll = false
        }

        let begun = Signal()
        private let held = DispatchSemaphore(value: 0)
        private let state: Mutex<State>
        init(_ found: Found = .success([.loopback])) { state = Mutex(State(found: found)) }
        var count: Int { state.withLock { $0.count } }
        func run(_ host: String) -> Found {
            let holds = state.withLock { state in
                state.count += 1
                return state.holdsAll || host.hasPrefix("hang")
            }
            begun.raise()
            if holds { held.wait() }
            return state.withLock { $0.found }
        }
        /// From now on every lookup is held up.
        func holdAll() { state.withLock { $0.holdsAll = true } }
        /// What lookups that end from now on find.
        func find(_ found: Found) { state.withLock { $0.found = found } }
        func release(_ count: Int) { for _ in 0..<count { held.signal() } }
    }

    /// Tells that nobody has it any more.
    private final class Token: Sendable {
        private let gone: Signal
        init(_ gone: Signal) { self.gone = gone }
        deinit { gone.raise() }
    }

    private func ask(_ resolver: SystemResolver, _ host: String, _ answers: Answers) {
        resolver.resolve(host, timeoutMs: 5_000) { answers.take($0) }
    }

    /// Looks `shop.test` up, and lets its answer grow old.
    private func learn(_ resolver: SystemResolver, _ answers: Answers, _ clock: ManualClock) async {
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 1)
        clock.advance(byMs: 30_000)
    }

    /// Looks `hang1.test` and so on up, no more of them than there are threads, all of which take longer than a second.
    private func makeSlow(
        _ count: Int, _ resolver: SystemResolver, _ lookup: Lookup, _ clock: ManualClock
    ) async {
        let answers = Answers()
        for number in 1...count { ask(resolver, "hang\(number).test", answers) }
        await lookup.begun.wait(count: count)
        clock.advance(byMs: 1_001)
        lookup.release(count)
        await answers.wait(count: count)
        clock.advance(byMs: 30_000)
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
        let gone = SendError(code: .dns, message: "The name has no address.")
        let lookup = Lookup(.failure(LookupFailure(gone, isDefinite: true)))
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

    @Test func `when every thread hangs, further lookups do not begin and fail at their deadline as busy`() async {
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
                .failure(
                    SendError(code: .busy, message: "The lookup of shop.test did not begin: the resolver is busy."))
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
                .failure(
                    SendError(code: .busy, message: "The lookup of last.test did not begin: the resolver is busy."))
            ])
    }

    // MARK: - Old answers

    @Test func `an old answer is given after a second while the lookup hangs, and the new one once it is there`() async
    {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        lookup.holdAll()
        lookup.find(.success([elsewhere]))
        ask(resolver, "shop.test", answers)
        await lookup.begun.wait(count: 2)
        clock.advance(byMs: 999)
        #expect(answers.all.count == 1)
        clock.advance(byMs: 1)
        #expect(answers.all == [.success([.loopback]), .success([.loopback])])
        ask(resolver, "shop.test", answers)
        lookup.release(1)
        await answers.wait(count: 3)
        ask(resolver, "shop.test", answers)
        #expect(Array(answers.all.dropFirst(2)) == [.success([elsewhere]), .success([elsewhere])])
        #expect(lookup.count == 2)
    }

    @Test func `an old answer is given at the caller's own time-out if that is shorter`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        defer { lookup.release(1) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        lookup.holdAll()
        resolver.resolve("shop.test", timeoutMs: 300) { answers.take($0) }
        clock.advance(byMs: 299)
        #expect(answers.all.count == 1)
        clock.advance(byMs: 1)
        #expect(answers.all == [.success([.loopback]), .success([.loopback])])
    }

    @Test(arguments: [(3_599_999, true), (3_600_000, false)] as [(Int64, Bool)])
    func `an old answer is of use for an hour and no longer`(ageMs: Int64, isGiven: Bool) async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        defer { lookup.release(1) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        clock.advance(byMs: ageMs - 30_000)
        lookup.holdAll()
        ask(resolver, "shop.test", answers)
        await lookup.begun.wait(count: 2)
        clock.advance(byMs: 1_000)
        #expect(answers.all.count == (isGiven ? 2 : 1))
        clock.advance(byMs: 4_000)
        let late = SendError(code: .dns, message: "The lookup of shop.test took too long.")
        let last: Answer = isGiven ? .success([.loopback]) : .failure(late)
        #expect(answers.all == [.success([.loopback]), last])
    }

    @Test func `a name that is found to be gone is gone, whatever it was before`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        let gone = SendError(code: .dns, message: "The name shop.test has no address.")
        lookup.find(.failure(LookupFailure(gone, isDefinite: true)))
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 2)
        // Nor does the old answer come back when the next lookup hangs.
        clock.advance(byMs: 5_000)
        lookup.holdAll()
        ask(resolver, "shop.test", answers)
        await lookup.begun.wait(count: 3)
        clock.advance(byMs: 4_999)
        #expect(answers.all == [.success([.loopback]), .failure(gone)])
        lookup.release(1)
        await answers.wait(count: 3)
        #expect(answers.all == [.success([.loopback]), .failure(gone), .failure(gone)])
    }

    @Test func `name servers that give no answer leave the old one as it was`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        let silence = SendError(code: .dns, message: "The name servers gave no answer for it.")
        lookup.find(.failure(LookupFailure(silence, isDefinite: false)))
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 2)
        clock.advance(byMs: 4_999)
        ask(resolver, "shop.test", answers)
        let old = Answer.success([.loopback])
        #expect(answers.all == [old, old, old])
        #expect(lookup.count == 2)
        clock.advance(byMs: 1)
        ask(resolver, "shop.test", answers)
        await answers.wait(count: 4)
        #expect(answers.all == [old, old, old, old])
        #expect(lookup.count == 3)
        ask(resolver, "new.test", answers)
        await answers.wait(count: 5)
        #expect(answers.all == [old, old, old, old, .failure(silence)])
    }

    @Test func `where no further host may wait for a thread an old answer is given at once`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        defer { lookup.release(threadCount) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        for number in 1...threadCount { ask(resolver, "hang\(number).test", answers) }
        await lookup.begun.wait(count: 1 + threadCount)
        for number in 1...1_000 { ask(resolver, "shop\(number).test", answers) }
        #expect(answers.all.count == 1)
        ask(resolver, "shop.test", answers)
        #expect(answers.all == [.success([.loopback]), .success([.loopback])])
    }

    @Test func `a lookup that waits for a thread keeps its turn though its caller has an old answer`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock) { lookup.run($0) }
        let answers = Answers()
        await learn(resolver, answers, clock)
        let slow = Answers()
        for number in 1...threadCount { ask(resolver, "hang\(number).test", slow) }
        await lookup.begun.wait(count: 1 + threadCount)
        ask(resolver, "shop.test", answers)
        clock.advance(byMs: 1_000)
        #expect(answers.all == [.success([.loopback]), .success([.loopback])])
        lookup.release(threadCount)
        await lookup.begun.wait(count: 1 + threadCount + 1)
        #expect(lookup.count == 1 + threadCount + 1)
    }

    // MARK: - Slow hosts

    @Test func `hosts that were slow hold half of the threads the next time, and others find the other half`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock, threadCount: 4) { lookup.run($0) }
        defer { lookup.release(4) }
        await makeSlow(4, resolver, lookup, clock)
        let slow = Answers()
        for number in 1...4 { ask(resolver, "hang\(number).test", slow) }
        await lookup.begun.wait(count: 4 + 2)
        let quick = Answers()
        for number in 1...3 {
            ask(resolver, "shop\(number).test", quick)
            await quick.wait(count: number)
        }
        #expect(lookup.count == 4 + 2 + 3)
        #expect(slow.all.isEmpty)
    }

    @Test func `a host is slow as well if a caller ran out of time`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock, threadCount: 2) { lookup.run($0) }
        defer { lookup.release(2) }
        let answers = Answers()
        for host in ["hang1.test", "hang2.test"] {
            ask(resolver, host, answers)
            resolver.resolve(host, timeoutMs: 500) { answers.take($0) }
        }
        await lookup.begun.wait(count: 2)
        clock.advance(byMs: 500)
        lookup.release(2)
        await answers.wait(count: 4)
        clock.advance(byMs: 30_000)
        for host in ["hang1.test", "hang2.test"] { ask(resolver, host, answers) }
        await lookup.begun.wait(count: 2 + 1)
        let quick = Answers()
        ask(resolver, "shop.test", quick)
        await quick.wait(count: 1)
        #expect(lookup.count == 2 + 1 + 1)
    }

    @Test func `a slow host that found no room begins when another one ends`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let resolver = SystemResolver(clock: clock, threadCount: 2) { lookup.run($0) }
        await makeSlow(2, resolver, lookup, clock)
        let slow = Answers()
        for number in 1...2 { ask(resolver, "hang\(number).test", slow) }
        await lookup.begun.wait(count: 2 + 1)
        // The other thread wakes for the second host as well, finds no room for it and goes back to sleep.
        let quick = Answers()
        for number in 1...3 {
            ask(resolver, "shop\(number).test", quick)
            await quick.wait(count: number)
        }
        #expect(lookup.count == 2 + 1 + 3)
        lookup.release(1)
        await lookup.begun.wait(count: 2 + 1 + 3 + 1)
        lookup.release(1)
        await slow.wait(count: 2)
        #expect(slow.all == [.success([.loopback]), .success([.loopback])])
    }

    // MARK: - The end

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

    @Test func `a resolver that goes ends its threads, also while slow hosts wait for room`() async {
        let clock = ManualClock()
        let lookup = Lookup()
        let ended = Signal()
        do {
            let token = Token(ended)
            let resolver = SystemResolver(clock: clock, threadCount: 2) { host in
                withExtendedLifetime(token) { lookup.run(host) }
            }
            await makeSlow(2, resolver, lookup, clock)
            for number in 1...2 { ask(resolver, "hang\(number).test", Answers()) }
            await lookup.begun.wait(count: 2 + 1)
        }
        lookup.release(1)
        await ended.wait()
        #expect(lookup.count == 2 + 1)
    }
}
