import Alipay
import Testing

/// Alipay's table of failures.
struct FailureCellTests {
    @Test(arguments: [
        (true, NotifyVerify.Answer?.some(.true), FailureCell.equalTrue, "equal_true"),
        (true, .false, .equalFalse, "equal_false"),
        (true, .invalid, .equalInvalid, "equal_invalid"),
        (true, nil, .equalNone, "equal_none"),
        (true, .unreadable, .equalNone, "equal_none"),
        (false, .true, .differsTrue, "differs_true"),
        (false, .false, .differsFalse, "differs_false"),
        (false, .invalid, .differsInvalid, "differs_invalid"),
        (false, nil, .differsNone, "differs_none"),
        (false, .unreadable, .differsNone, "differs_none"),
    ])
    func `signature and answer give the cell`(
        signEqual: Bool, answer: NotifyVerify.Answer?, cell: FailureCell, name: String
    ) {
        #expect(FailureCell(signEqual: signEqual, answer) == cell)
        #expect(cell.rawValue == name)
    }

    @Test func `each of the eight says what it means and what to do`() {
        #expect(FailureCell.allCases.count == 8)
        #expect(Set(FailureCell.allCases.map(\.advice)).count == 8)
        for cell in FailureCell.allCases {
            #expect(cell.advice.hasPrefix(cell.rawValue.hasPrefix("equal") ? "SIGN equal, " : "SIGN not equal, "))
            #expect(cell.advice.hasSuffix("."))
        }
        #expect(FailureCell.differsTrue.advice.contains("Alipay sent this message"))
        #expect(FailureCell.differsFalse.advice.contains("forged"))
    }
}
