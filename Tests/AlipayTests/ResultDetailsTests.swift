import Alipay
import Testing

/// How the refunds of a batch ended.
struct ResultDetailsTests {
    static func notification(_ text: String) throws(ResultDetailsError) -> [ResultDetails.Item] {
        try ResultDetails(notification: Array(text.utf8)[...]).items
    }

    static func query(_ text: String) throws(ResultDetailsError) -> [ResultDetails.Item] {
        try ResultDetails(query: Array(text.utf8)[...]).items
    }

    @Test func `the vectors' batch has a refund that succeeded and one that did not`() throws {
        let vector = try #require(Vector.all.first { $0.id == "ntf-batch-refund" })
        let items = try ResultDetailsTests.notification(try #require(vector.params?["result_details"]))
        #expect(items.map(\.tradeNo) == ["2025010200000000000000000001", "2025010200000000000000000002"])
        #expect(items.map(\.amountMinor) == [1, 120])
        #expect(items.map(\.result) == ["SUCCESS", "TRADE_HAS_CLOSED"])
        #expect(items.map(\.isSuccess) == [true, false])
        #expect(items.allSatisfy { $0.batchNo == nil && $0.bankReturn == nil && $0.attached.isEmpty })
    }

    @Test func `a fee's result is kept apart`() throws {
        let vector = try #require(Vector.all.first { $0.id == "ntf-batch-refund-fee" })
        let items = try ResultDetailsTests.notification(try #require(vector.params?["result_details"]))
        #expect(items.map(\.amountMinor) == [1000])
        #expect(items.map(\.result) == ["SUCCESS"])
        #expect(items.map(\.attached) == [Array("$fee@example.com^2088000000000003^0.06^SUCCESS".utf8)])
    }

    @Test(arguments: [
        ("1^0.01^SUCCESS^false^null", ResultDetails.BankReturn?.none),
        ("1^0.01^SUCCESS^true^S", .succeeded),
        ("1^0.01^SUCCESS^true^F", .failed),
        ("1^0.01^SUCCESS^true^P$a@example.com^2088000000000003^0.00^SUCCESS", .processing),
    ])
    func `an item may say whether the money went on to the bank`(
        text: String, bankReturn: ResultDetails.BankReturn?
    ) throws {
        let item = try #require(try ResultDetailsTests.notification(text).first)
        #expect(item.result == "SUCCESS")
        #expect(item.bankReturn == bankReturn)
        let queried = try #require(try ResultDetailsTests.query("20250103001^" + text).first)
        #expect(queried.batchNo == "20250103001")
        #expect(queried.bankReturn == bankReturn)
        #expect(queried.attached == item.attached)
    }

    @Test func `an answer of the query names the batch of each item, and a trade can be in two`() throws {
        let items = try ResultDetailsTests.query(
            "201012300001^2010123016346858^0.02^SUCCESS|a@example.com^2088000000000001^b@example.com^2088000000000002^0.01"
                + "^SUCCESS$$10.00^10.00^SUCCESS#201012300002^2010123016346858^1^REFUND_TRADE_FEE_ERROR")
        #expect(items.map(\.batchNo) == ["201012300001", "201012300002"])
        #expect(items.map(\.amountMinor) == [2, 100])
        #expect(items.map(\.isSuccess) == [true, false])
        #expect(items[0].attached.starts(with: "|a@example.com^".utf8))
    }

    /// Second bytes of GBK may be ^ and | (81 5E, 81 7C), and # and $ never are.
    @Test func `a name in GBK does not break an item apart`() throws {
        let name: [UInt8] = [0x81, 0x5E, 0x81, 0x7C, 0x81, 0x5C]
        let bytes = Array("1^0.01^SUCCESS$".utf8) + name + Array("^2088#2^0.02^SUCCESS".utf8)
        let items = try ResultDetails(notification: bytes[...]).items
        #expect(items.map(\.tradeNo) == ["1", "2"])
        #expect(items[0].attached == Array("$".utf8) + name + Array("^2088".utf8))
    }

    @Test(arguments: [
        ("", ResultDetailsError.Code.empty, 0),
        ("1^0.01", .fieldCount, 1),
        ("1^0.01^SUCCESS^true", .fieldCount, 1),
        ("1^0.01^SUCCESS^true^S^x", .fieldCount, 1),
        ("20250103001^1^0.01^SUCCESS", .fieldCount, 1),
        ("1^0.01^SUCCESS#", .fieldCount, 2),
        ("#1^0.01^SUCCESS", .fieldCount, 1),
        ("$1^0.01^SUCCESS", .fieldCount, 1),
        ("1 ^0.01^SUCCESS", .character, 1),
        ("1^0.01^成功", .character, 1),
        ("1^0.01^SUCCESS#2^0.01^S\n", .character, 2),
        ("^0.01^SUCCESS", .tradeNo, 1),
        ("1-2^0.01^SUCCESS", .tradeNo, 1),
        ("1^^SUCCESS", .amount, 1),
        ("1^-0.01^SUCCESS", .amount, 1),
        ("1^0.001^SUCCESS", .amount, 1),
        ("1^1e3^SUCCESS", .amount, 1),
        ("1^99999999999^SUCCESS", .amount, 1),
        ("1^0.01^", .result, 1),
        ("1^0.01^SUCCESS!", .result, 1),
        ("1^0.01^SUCCESS^true^null", .bankReturn, 1),
        ("1^0.01^SUCCESS^false^S", .bankReturn, 1),
        ("1^0.01^SUCCESS^^", .bankReturn, 1),
        ("1^0.01^SUCCESS^TRUE^S", .bankReturn, 1),
        ("1^0.01^SUCCESS#2^0.01^SUCCESS#1^0.01^TRADE_HAS_CLOSED", .repeatedTrade, 3),
    ])
    func `what cannot be read in one way is refused, with its place`(
        text: String, code: ResultDetailsError.Code, item: Int
    ) {
        let error = #expect(throws: ResultDetailsError.self) { try ResultDetailsTests.notification(text) }
        #expect(error?.code == code)
        #expect(error?.item == item)
    }

    @Test(arguments: [
        ("1^0.01^SUCCESS", ResultDetailsError.Code.fieldCount), ("^1^0.01^SUCCESS", .batchNo),
        ("2025 01^1^0.01^SUCCESS", .character), ("2025/01^1^0.01^SUCCESS", .batchNo),
        ("b^1^0.01^SUCCESS#b^1^0.01^SUCCESS", .repeatedTrade),
    ])
    func `an answer's item has its batch first, and no item twice`(text: String, code: ResultDetailsError.Code) {
        let error = #expect(throws: ResultDetailsError.self) { try ResultDetailsTests.query(text) }
        #expect(error?.code == code)
    }

    @Test func `numbers and words have their greatest lengths`() throws {
        let trade = String(repeating: "1", count: 64)
        let result = String(repeating: "R", count: 64)
        let batch = String(repeating: "2", count: 32)
        #expect(try ResultDetailsTests.query("\(batch)^\(trade)^0.01^\(result)").count == 1)
        for text in ["\(batch)2^1^0.01^R", "2^\(trade)1^0.01^R", "2^1^0.01^\(result)R"] {
            #expect(throws: ResultDetailsError.self) { try ResultDetailsTests.query(text) }
        }
    }

    @Test func `a thousand items are read and one more is refused`() throws {
        let thousand = (1...1000).map { "\($0)^0.01^SUCCESS" }.joined(separator: "#")
        #expect(try ResultDetailsTests.notification(thousand).count == 1000)
        let error = #expect(throws: ResultDetailsError.self) {
            try ResultDetailsTests.notification(thousand + "#1001^0.01^SUCCESS")
        }
        #expect(error?.code == .tooManyItems)
    }

    @Test func `64 KiB are read and one byte more is refused`() throws {
        let start = "1^0.01^SUCCESS$"
        let largest = start + String(repeating: "x", count: 65_536 - start.utf8.count)
        #expect(try ResultDetailsTests.notification(largest).first?.attached.count == 65_536 - start.utf8.count + 1)
        let error = #expect(throws: ResultDetailsError.self) { try ResultDetailsTests.notification(largest + "x") }
        #expect(error?.code == .tooLong)
    }

    @Test func `an error names the item and what is wrong`() {
        let amount = #expect(throws: ResultDetailsError.self) {
            try ResultDetailsTests.notification("1^0.01^SUCCESS#2^one^SUCCESS")
        }
        #expect(amount?.description == "result_details, item 2, has no amount that can be read")
        let empty = #expect(throws: ResultDetailsError.self) { try ResultDetailsTests.notification("") }
        #expect(empty?.description == "result_details is empty")
    }
}
