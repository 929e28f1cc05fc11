import Alipay
import Payments
import Testing

/// What a notification with a good signature says of a trade.
struct TradeStatusSyncTests {
    static func read(_ message: Message) throws -> TradeStatusSync { try message.signed().notification().tradeStatus() }

    /// The name of the field that cannot be read; nil when all can.
    static func unreadable(_ message: Message) throws -> String? {
        let notification = try message.signed().notification()
        do {
            _ = try notification.tradeStatus()
            return nil
        } catch {
            return error.field
        }
    }

    @Test func `a paid trade is reported with all that it says`() throws {
        let trade = try TradeStatusSyncTests.read(.paid)
        #expect(trade.outTradeNo == "ORDER-1001")
        #expect(trade.sellerID == "2088101122136241")
        #expect(trade.sellerEmail == "sales@bookshop.example")
        #expect(trade.tradeNo == "2026010222001400000000000001")
        #expect(trade.word == "TRADE_SUCCESS")
        #expect(
            trade.report
                == TradeReport(
                    source: .notification, tradeNo: "2026010222001400000000000001", word: "TRADE_SUCCESS",
                    state: .succeeded(refundable: true), amountMinor: 12_050, paidAtMs: 1_767_323_045_000,
                    buyer: "b***@example.com"))
    }

    @Test func `a trade that waits has no time of payment`() throws {
        let waiting = Message.paid.with("trade_status", "WAIT_BUYER_PAY").with("gmt_payment", nil).with(
            "buyer_email", nil)
        let report = try #require(try TradeStatusSyncTests.read(waiting).report)
        #expect(report.state == .waitingForBuyer)
        #expect(report.paidAtMs == nil)
        #expect(!report.showsPayment)
        #expect(report.buyer == "2088000000000002")
    }

    @Test func `a partial refund keeps the status and tells no sum`() throws {
        let refunded = Message.paid.with("refund_status", "REFUND_SUCCESS").with("gmt_refund", "2026-01-03 11:04:05")
            .with("refund_fee", "20.00")
        let report = try #require(try TradeStatusSyncTests.read(refunded).report)
        #expect(report.state == .succeeded(refundable: true))
        #expect(report.refundStatus == "REFUND_SUCCESS")
        #expect(report.refundedMinor == nil)
    }

    @Test func `the acquire services tell of a refund by what was done`() throws {
        func read(_ action: String, _ word: String? = nil) throws -> String? {
            let message = Message.paid.with("notify_action_type", action).with("refund_status", word)
            return try #require(try TradeStatusSyncTests.read(message).report).refundStatus
        }
        #expect(try read("refundFPAction") == "REFUND_SUCCESS")
        #expect(try read("payByAccountAction") == nil)
        // It closes the trade, and an unpaid one as well.
        #expect(try read("reverseAction") == nil)
        #expect(try read("refundFPAction", "REFUND_CLOSED") == "REFUND_CLOSED")
    }

    @Test(arguments: ["TRADE_REFUSE", "TRADE_CANCEL", "COD_WAIT_BUYER_PAY", "SOMETHING_NEW"])
    func `a word that nothing here acts on is kept, without a report`(word: String) throws {
        let trade = try TradeStatusSyncTests.read(Message.paid.with("trade_status", word))
        #expect(trade.word == word)
        #expect(trade.report == nil)
    }

    @Test(arguments: ["out_trade_no", "trade_no", "trade_status"])
    func `without one of the three it is not about a trade`(name: String) throws {
        #expect(try TradeStatusSyncTests.unreadable(Message.paid.with(name, nil)) == name)
        #expect(try TradeStatusSyncTests.unreadable(Message.paid.with(name, "")) == name)
    }

    @Test(arguments: [
        "out_trade_no", "trade_no", "trade_status", "seller_id", "seller_email", "refund_status", "notify_action_type",
    ])
    func `a field that is decided on and cannot be read is named`(name: String) throws {
        for bad in ["三体", "a\nb", "a\0", "\u{7F}", String(repeating: "x", count: 257)] {
            #expect(try TradeStatusSyncTests.unreadable(Message.paid.with(name, bad)) == name)
        }
        // GBK for 三体, and no charset's at all.
        for bad: [UInt8] in [[0xC8, 0xFD, 0xCC, 0xE5], [0xFF, 0xFE]] {
            #expect(try TradeStatusSyncTests.unreadable(Message.paid.with(name, bytes: bad)) == name)
        }
    }

    @Test(arguments: ["120.505", "-1", "1e3", "free", "120,50", " 120.50", "120.50 ", "12345678901", "١", "."])
    func `an amount that is none is named, not guessed`(amount: String) throws {
        #expect(try TradeStatusSyncTests.unreadable(Message.paid.with("total_fee", amount)) == "total_fee")
    }

    @Test(arguments: ["yesterday", "2026-01-02", "2026-02-30 00:00:00", "2026-01-02T11:04:05", "1767323045"])
    func `a time of payment that is none is named, because a closed trade with one was paid`(time: String) throws {
        let closed = Message.paid.with("trade_status", "TRADE_CLOSED").with("gmt_payment", time)
        #expect(try TradeStatusSyncTests.unreadable(closed) == "gmt_payment")
    }

    @Test func `an amount or a time that is absent or empty is none`() throws {
        for message in [Message.paid.with("total_fee", nil), Message.paid.with("total_fee", "")] {
            #expect(try TradeStatusSyncTests.read(message).report?.amountMinor == nil)
        }
        for message in [Message.paid.with("gmt_payment", nil), Message.paid.with("gmt_payment", "")] {
            #expect(try TradeStatusSyncTests.read(message).report?.paidAtMs == nil)
        }
    }

    /// Subjects, descriptions and names are shown, not decided on.
    @Test(arguments: [
        "subject", "body", "extra_common_param", "buyer_email", "buyer_id", "some_new_field", "gmt_create", "price",
    ])
    func `display text in no charset at all refuses nothing`(name: String) throws {
        let message = Message.paid.with(name, bytes: [0xFF, 0xFE, 0x00, 0x80, 0xC0])
        #expect(try message.signed().notification().isSigned(by: .sample))
        let report = try #require(try TradeStatusSyncTests.read(message).report)
        #expect(report.amountMinor == 12_050)
        #expect(report.state == .succeeded(refundable: true))
    }

    @Test func `a buyer who cannot be shown is another name of theirs, or none`() throws {
        let noEmail = Message.paid.with("buyer_email", bytes: [0xFF])
        #expect(try TradeStatusSyncTests.read(noEmail).report?.buyer == "2088000000000002")
        #expect(try TradeStatusSyncTests.read(noEmail.with("buyer_id", bytes: [0xFF])).report?.buyer == nil)
        #expect(
            try TradeStatusSyncTests.read(Message.paid.with("buyer_email", "138****0000")).report?.buyer
                == "138****0000")
    }
}
