import HTTPClient
import Testing

struct ConnectionBudgetTests {
    private let now = ContinuousClock.now

    /// What becomes of one attempt to take a token at each of these times after now.
    private func take(_ budget: inout ConnectionBudget, _ times: [Duration]) -> [Bool] {
        times.map { budget.take(at: now + $0) }
    }

    @Test func `a full bucket gives its burst at once and then one token each interval`() {
        var budget = ConnectionBudget(interval: .milliseconds(4), burst: 3)
        let first = take(&budget, [.zero, .zero, .zero, .zero])
        #expect(first == [true, true, true, false])
        #expect(budget.nextToken(from: now) == now + .milliseconds(4))
        let early = .milliseconds(4) - .nanoseconds(1) as Duration
        let later = take(&budget, [early, .milliseconds(4), .milliseconds(4), .milliseconds(8)])
        #expect(later == [false, true, false, true])
    }

    @Test func `an unused bucket holds no more than its burst`() {
        var budget = ConnectionBudget(interval: .milliseconds(4), burst: 2)
        let taken = take(&budget, [.zero, .seconds(3600), .seconds(3600), .seconds(3600)])
        #expect(taken == [true, true, true, false])
    }

    @Test func `a token that is put back is there again`() {
        var budget = ConnectionBudget(interval: .seconds(3600), burst: 1)
        let taken = take(&budget, [.zero, .zero])
        #expect(taken == [true, false])
        budget.giveBack()
        let again = take(&budget, [.zero, .zero])
        #expect(again == [true, false])
    }

    @Test func `a connection that was not foreseen is paid for later, and never more than one bucket`() {
        var budget = ConnectionBudget(interval: .milliseconds(10), burst: 2)
        for _ in 1...2 { budget.charge(at: now) }
        #expect(budget.nextToken(from: now) == now + .milliseconds(10))
        budget.charge(at: now)
        #expect(budget.nextToken(from: now) == now + .milliseconds(20))
        for _ in 1...1000 { budget.charge(at: now) }
        #expect(budget.nextToken(from: now) == now + .milliseconds(30))
    }
}
