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
}
