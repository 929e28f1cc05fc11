package import Payments

/// Alipay's words for the state of a trade (`trade_status`), in our terms.
package enum StatusMap {
    /// Nil for a word that nothing here acts on (cash on delivery, pre-authorisation, payment by a friend).
    package static func state(_ word: String) -> TradeState? {
        switch word {
        case "WAIT_BUYER_PAY", "WAIT_SELLER_CONFIRM_TRADE": .waitingForBuyer
        case "WAIT_SYS_CONFIRM_PAY": .confirming
        case "TRADE_PENDING": .frozen
        case "WAIT_SELLER_SEND_GOODS": .held
        case "WAIT_BUYER_CONFIRM_GOODS", "WAIT_SYS_PAY_SELLER": .shipped
        case "TRADE_SUCCESS": .succeeded(refundable: true)
        case "TRADE_FINISHED": .succeeded(refundable: false)
        case "TRADE_CLOSED": .closed
        default: nil
        }
    }
}
