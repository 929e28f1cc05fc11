import Alipay
import Payments
import Testing

struct StatusMapTests {
    @Test(
        arguments: [
            ("WAIT_BUYER_PAY", .waitingForBuyer), ("WAIT_SELLER_CONFIRM_TRADE", .waitingForBuyer),
            ("WAIT_SYS_CONFIRM_PAY", .confirming), ("TRADE_PENDING", .frozen), ("WAIT_SELLER_SEND_GOODS", .held),
            ("WAIT_BUYER_CONFIRM_GOODS", .shipped), ("WAIT_SYS_PAY_SELLER", .shipped),
            ("TRADE_SUCCESS", .succeeded(refundable: true)),
            ("TRADE_FINISHED", .succeeded(refundable: false)), ("TRADE_CLOSED", .closed),
        ] as [(String, TradeState)])
    func `each word of the table has its meaning`(word: String, state: TradeState) {
        #expect(StatusMap.state(word) == state)
    }

    /// Reading one of these as paid, or as closed, would tell a merchant what Alipay did not say.
    @Test(arguments: [
        "TRADE_REFUSE", "TRADE_REFUSE_DEALING", "TRADE_CANCEL", "COD_WAIT_SELLER_SEND_GOODS", "COD_WAIT_BUYER_PAY",
        "COD_WAIT_SYS_PAY_SELLER", "BUYER_PRE_AUTH", "PEERPAY_WAIT_PAY", "", "trade_success", "TRADE_SUCCESS ",
        " TRADE_SUCCESS",
        "TRADE_SUCCESS\n", "TRADE_SUCCES", "TRADE_SUCCESSS", "T", "SUCCESS",
    ])
    func `nothing here acts on any other word`(word: String) {
        #expect(StatusMap.state(word) == nil)
    }
}
