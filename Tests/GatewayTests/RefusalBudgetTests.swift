import Gateway
import Testing

@Suite struct RefusalBudgetTests {
    private let minute: Int64 = 60_000
    private let day: Int64 = 86_400_000

    /// What so many messages at one time are told, those without a row left out.
    private func rows(
        _ count: Int, _ budget: RefusalBudget, _ kind: RefusalBudget.Kind = .unsigned, tenant: String = "a",
        atMs: Int64
    ) -> [Int] {
        (0..<count).compactMap { _ in budget.journal(kind, tenant, nowMs: atMs) }
    }

    @Test func `sixty rows a minute and tenant, and each stands for itself`() {
        let budget = RefusalBudget()
        #expect(rows(60, budget, atMs: 1000) == Array(repeating: 1, count: 60))
        #expect(rows(59, budget, atMs: 60_999) == [])
        #expect(rows(1, budget, tenant: "b", atMs: 60_999) == [1])
        #expect(rows(60, budget, tenant: "c", atMs: 60_999).count == 60)
    }

    @Test func `beyond them a row comes with each doubling, and stands for all since the one before it`() {
        let budget = RefusalBudget()
        _ = rows(60, budget, atMs: 1000)
        #expect(rows(59, budget, atMs: 1000) == [])
        #expect(rows(1, budget, atMs: 1000) == [60])
        #expect(rows(119, budget, atMs: 1000) == [])
        #expect(rows(1, budget, atMs: 1000) == [120])
        #expect(rows(99_760, budget, atMs: 1000) == [240, 480, 960, 1920, 3840, 7680, 15_360, 30_720])
        // What is left stands behind the first row of the next minute: 100,000 - 61,440, and itself.
        #expect(rows(2, budget, atMs: 1000 + minute) == [38_561, 1])
    }

    @Test func `a forger's flood takes no room from what Alipay signed`() {
        let budget = RefusalBudget()
        _ = rows(10_000, budget, atMs: 1000)
        #expect(rows(60, budget, .signed, atMs: 1000).count == 60)
    }

    @Test func `after two thousand rows in a day one a minute is left, and the next day begins anew`() {
        let budget = RefusalBudget()
        var count = 0
        for number in 0..<1440 { count += rows(1000, budget, atMs: Int64(number) * minute).count }
        // 64 a minute: 60, and 120, 240, 480, 960.
        #expect(count == 2000 + (1440 - 32))
        #expect(rows(60, budget, atMs: day).count == 60)
    }

    @Test func `what was to be a row and was not is stood for by the next one`() {
        let budget = RefusalBudget()
        #expect(budget.journal(.unsigned, "a", nowMs: 0) == 1)
        budget.giveBack(1, .unsigned, "a", nowMs: 0)
        #expect(budget.journal(.unsigned, "a", nowMs: 0) == 2)
    }

    @Test func `one question a minute and tenant, from question to question`() {
        let budget = RefusalBudget()
        #expect(budget.journal(.unsigned, "a", nowMs: 0) == 1)
        #expect(budget.mayAsk("a", nowMs: 59_000))
        #expect(!budget.mayAsk("a", nowMs: 60_000))
        #expect(!budget.mayAsk("a", nowMs: 118_999))
        #expect(budget.mayAsk("b", nowMs: 60_000))
        #expect(budget.mayAsk("a", nowMs: 119_000))
    }

    @Test func `a clock that is set back stops neither rows nor questions`() {
        let budget = RefusalBudget()
        _ = rows(61, budget, atMs: 1_000_000)
        #expect(budget.mayAsk("a", nowMs: 1_000_000))
        #expect(budget.journal(.unsigned, "a", nowMs: 5000) != nil)
        #expect(budget.mayAsk("a", nowMs: 5000))
    }

    @Test func `a signed message that is refused sixteen times in a day is a copy from then on`() {
        let budget = RefusalBudget()
        for _ in 0..<16 { #expect(!budget.isCopy("s1", tenant: "a", nowMs: 1000)) }
        #expect(budget.isCopy("s1", tenant: "a", nowMs: day))
        #expect(!budget.isCopy("s1", tenant: "b", nowMs: day))
        #expect(!budget.isCopy("s2", tenant: "a", nowMs: day))
        #expect(!budget.isCopy("s1", tenant: "a", nowMs: day + 1000))
    }

    @Test func `ten thousand tenants that are gone are forgotten`() {
        let budget = RefusalBudget()
        for number in 0..<10_000 {
            _ = budget.journal(.unsigned, "tenant-\(number)", nowMs: 0)
            _ = budget.mayAsk("tenant-\(number)", nowMs: 0)
        }
        #expect(budget.tenantCount == 10_000)
        // The look after idle ones is made once an hour.
        _ = budget.journal(.unsigned, "one", nowMs: day - 1)
        #expect(budget.tenantCount == 10_001)
        _ = budget.journal(.unsigned, "one", nowMs: day + 3_600_000)
        #expect(budget.tenantCount == 1)
    }

    @Test func `messages that were put to Alipay are remembered for two minutes at most`() {
        let budget = ConfirmationBudget()
        for number in 0..<20_000 {
            let (tenant, signature) = ("tenant-\(number % 10_000)", "sign-\(number)")
            #expect(budget.mayConfirm(signature, tenant: tenant, nowMs: 0))
        }
        #expect(budget.rememberedCount == 20_000)
        #expect(budget.mayConfirm("sign", tenant: "one", nowMs: minute))
        #expect(budget.rememberedCount == 20_001)
        #expect(budget.mayConfirm("sign", tenant: "one", nowMs: 2 * minute))
        #expect(budget.rememberedCount == 2)
    }

    @Test func `a minute is the message's own, whenever the last one was forgotten`() {
        let budget = ConfirmationBudget()
        #expect(budget.mayConfirm("other", tenant: "a", nowMs: 0))
        for _ in 0..<ConfirmationBudget.perMinuteMax {
            #expect(budget.mayConfirm("sign", tenant: "a", nowMs: 59_000))
        }
        #expect(!budget.mayConfirm("sign", tenant: "a", nowMs: 61_000))
        #expect(!budget.mayConfirm("sign", tenant: "a", nowMs: 118_999))
        #expect(budget.mayConfirm("sign", tenant: "a", nowMs: 119_000))
    }

    @Test func `one tenant's many messages take no room of another's`() {
        let budget = ConfirmationBudget()
        for number in 0..<ConfirmationBudget.rememberedMax {
            #expect(budget.mayConfirm("sign-\(number)", tenant: "a", nowMs: 0))
        }
        #expect(!budget.mayConfirm("one-more", tenant: "a", nowMs: 0))
        #expect(budget.mayConfirm("sign-0", tenant: "a", nowMs: 0))
        #expect(budget.mayConfirm("one-more", tenant: "b", nowMs: 0))
        #expect(budget.mayConfirm("one-more", tenant: "a", nowMs: minute))
    }
}
