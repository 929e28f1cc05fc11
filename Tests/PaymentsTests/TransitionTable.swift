import Foundation
import Payments
import Testing

/// Fixtures/transitions.txt, read: what every payment does on everything that Alipay can say of its trade.
struct TransitionTable {
    /// How the word comes to us.
    enum Channel: String, CaseIterable {
        case notification = "notification, queries"
        case notificationOnly = "notification, no queries"
        case query

        var source: TradeReport.Source { self == .query ? .query : .notification }
    }

    struct Row {
        let channel: String
        let payment: String
        let word: String
        /// By the names of `columns`.
        let cells: [String]
    }

    /// `refund_status`.
    static let columns = ["none", "WAIT_SELLER_AGREE", "later", "REFUND_SUCCESS", "REFUND_CLOSED"]
    static let laterDisputes = [
        "SELLER_REFUSE_BUYER", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "WAIT_ALIPAY_REFUND",
    ]

    /// `trade_status`; `+paid` is one with `gmt_payment`.
    static let words: [(name: String, state: TradeState)] = [
        ("WAIT_BUYER_PAY", .waitingForBuyer),
        ("WAIT_SELLER_CONFIRM_TRADE", .waitingForBuyer),
        ("WAIT_SYS_CONFIRM_PAY", .confirming),
        ("TRADE_PENDING", .frozen),
        ("WAIT_SELLER_SEND_GOODS", .held),
        ("WAIT_BUYER_CONFIRM_GOODS", .shipped),
        ("WAIT_SYS_PAY_SELLER", .shipped),
        ("TRADE_SUCCESS", .succeeded(refundable: true)),
        ("TRADE_FINISHED", .succeeded(refundable: false)),
        ("TRADE_CLOSED", .closed),
        ("TRADE_CLOSED+paid", .closed),
    ]

    /// The statuses, those apart whose past matters.
    static let payments: [(name: String, payment: Payment)] = [
        ("open", .sample()),
        ("cancel-asked", .sample(cancelRequested: true)),
        ("mismatched", mismatched),
        ("called", called),
        ("confirming", .sample(.processing, word: "WAIT_SYS_CONFIRM_PAY")),
        ("frozen", .sample(.processing, paid: price, word: "TRADE_PENDING")),
        ("frozen-late", frozenLate),
        ("held", .held),
        ("held-disputed", disputed),
        ("shipped", .sample(.shipped, paid: price, word: "WAIT_BUYER_CONFIRM_GOODS")),
        ("success", .succeeded),
        ("part-back", .sample(.succeeded, paid: price, refunded: 2_000, refundable: true, word: "TRADE_SUCCESS")),
        ("finished", .finished),
        ("given-back", .sample(.succeeded, paid: price, refunded: price, word: "TRADE_CLOSED")),
        ("canceled", .canceled),
        ("expired", .expired),
        ("refunded-out", .sample(.canceled, paid: price, refunded: price, word: "TRADE_CLOSED")),
    ]

    private static var mismatched: Payment {
        var payment = Payment.sample()
        _ = payment.take(.sample(.held, amount: 11_000))
        return payment
    }

    /// By a call of ours whose outcome is open.
    private static var called: Payment {
        var payment = Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: price, subject: "book", channel: .barcode, settlement: .instant, createdAtMs: createdAt,
            expiresAtMs: createdAt + 7_200_000)
        payment.status = .processing
        return payment
    }

    private static var frozenLate: Payment {
        var payment = Payment.sample(.processing, paid: price, word: "TRADE_PENDING")
        payment.late = true
        return payment
    }

    private static var disputed: Payment {
        var payment = Payment.held
        payment.provider.dispute = "WAIT_SELLER_AGREE"
        return payment
    }

    let rows: [Row]

    /// Reads the file; lines that begin with `#` are for people.
    init() throws {
        let file = Bundle.module.bundleURL.appending(path: "Fixtures/transitions.txt")
        var channel = ""
        var rows: [Row] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                channel = String(line.dropFirst().dropLast())
                continue
            }
            let cells = line.split(separator: " ").map(String.init)
            try #require(cells.count == 2 + Self.columns.count, "\(line)")
            rows.append(Row(channel: channel, payment: cells[0], word: cells[1], cells: Array(cells.dropFirst(2))))
        }
        self.rows = rows
    }

    /// What Alipay says, as the row and column have it: an answer to a query tells what went back, 50.00 or all of it.
    static func report(
        _ word: (name: String, state: TradeState), refundStatus: String?, _ channel: Channel
    ) -> TradeReport {
        let tells = channel == .query && refundStatus == "REFUND_SUCCESS"
        return TradeReport(
            source: channel.source, tradeNo: firstTrade, word: String(word.name.prefix { $0 != "+" }),
            state: word.state, amountMinor: price, paidAtMs: word.name.hasSuffix("+paid") ? createdAt + 20_000 : nil,
            refundStatus: refundStatus, refundedMinor: tells ? (word.state == .closed ? price : 5_000) : nil)
    }
}
