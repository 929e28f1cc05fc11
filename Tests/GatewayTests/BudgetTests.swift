import Gateway
import Testing

@Suite struct BudgetTests {
    @Test func `sixteen slots a tenant, and each is there again once it was given back`() {
        let slots = CallSlots()
        for _ in 0..<16 { #expect(slots.take("a", max: CallSlots.confirmationsMax)) }
        #expect(!slots.take("a", max: CallSlots.confirmationsMax))
        #expect(slots.take("b"), "another tenant has slots of its own")
        slots.give("a")
        #expect(slots.take("a", max: CallSlots.confirmationsMax))
        #expect(!slots.take("a", max: CallSlots.confirmationsMax))
    }

    @Test func `thirty-two calls a tenant may wait for Alipay`() {
        let slots = CallSlots()
        for _ in 0..<32 { #expect(slots.take("a")) }
        #expect(!slots.take("a"))
        slots.give("a")
        #expect(slots.take("a"))
    }

    @Test func `slots that were never taken make no room`() {
        let slots = CallSlots()
        slots.give("a")
        for _ in 0..<16 { #expect(slots.take("a", max: CallSlots.confirmationsMax)) }
        #expect(!slots.take("a", max: CallSlots.confirmationsMax))
    }

    @Test func `sixty rows a minute and tenant`() {
        let budget = RefusalBudget()
        for _ in 0..<60 { #expect(budget.mayJournal("a", nowMs: 1000)) }
        #expect(!budget.mayJournal("a", nowMs: 60_999))
        #expect(budget.mayJournal("b", nowMs: 60_999))
        #expect(budget.mayJournal("a", nowMs: 61_000))
    }

    @Test func `one question a minute and tenant, from question to question`() {
        let budget = RefusalBudget()
        #expect(budget.mayJournal("a", nowMs: 0))
        #expect(budget.mayAsk("a", nowMs: 59_000))
        #expect(!budget.mayAsk("a", nowMs: 60_000))
        #expect(!budget.mayAsk("a", nowMs: 118_999))
        #expect(budget.mayAsk("b", nowMs: 60_000))
        #expect(budget.mayAsk("a", nowMs: 119_000))
    }

    @Test func `a clock that is set back stops neither rows nor questions`() {
        let budget = RefusalBudget()
        for _ in 0..<61 { _ = budget.mayJournal("a", nowMs: 1_000_000) }
        #expect(budget.mayAsk("a", nowMs: 1_000_000))
        #expect(budget.mayJournal("a", nowMs: 5000))
        #expect(budget.mayAsk("a", nowMs: 5000))
    }
}
