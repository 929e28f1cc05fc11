import Payments

/// One trade at Alipay from its beginning to its end, as it truly went.
struct LifeCycle: Sendable, CustomStringConvertible {
    /// How the trade stands from some moment on; Alipay posts a notification at each.
    struct Moment: Sendable {
        let word: String
        let state: TradeState
        let refundStatus: String?
        /// All that has gone back by then, fen.
        let refundedMinor: Int64

        init(_ word: String, _ refundStatus: String? = nil, back refundedMinor: Int64 = 0) {
            self.word = word
            self.refundStatus = refundStatus
            self.refundedMinor = refundedMinor
            state = TransitionTable.words.first { $0.name == word }?.state ?? .closed
        }
    }

    /// What a merchant has to see at the end, however the news came.
    struct End: Sendable, Hashable {
        var status: PaymentStatus
        var paid: Int64?
        var refunded: Int64 = 0
        var refundable = false
        var late = false
        var dispute: String?
        var word: String

        init(
            _ status: PaymentStatus, paid: Int64? = nil, refunded: Int64 = 0, refundable: Bool = false,
            late: Bool = false, word: String
        ) {
            self.status = status
            self.paid = paid
            self.refunded = refunded
            self.refundable = refundable
            self.late = late
            self.word = word
        }

        init(of payment: Payment) {
            status = payment.status
            paid = payment.amountPaidMinor
            refunded = payment.amountRefundedMinor
            refundable = payment.refundable
            late = payment.late
            dispute = payment.provider.dispute
            word = payment.provider.status ?? ""
        }
    }

    let description: String
    /// As it was made, before the trade began.
    let payment: Payment
    /// What the buyer pays, fen.
    var amountMinor = price
    let moments: [Moment]
    let end: End

    /// What Alipay says of the moment: a notification never tells a sum, an answer does once something went back.
    func report(of index: Int, from source: TradeReport.Source) -> TradeReport {
        let moment = moments[index]
        let wasPaid = moments[...index].contains { $0.state.moneyCame }
        let tellsSum = source == .query && moment.refundedMinor > 0
        return TradeReport(
            source: source, tradeNo: firstTrade, word: moment.word, state: moment.state, amountMinor: amountMinor,
            paidAtMs: wasPaid ? createdAt + 20_000 : nil, refundStatus: moment.refundStatus,
            refundedMinor: tellsSum ? moment.refundedMinor : nil)
    }

    /// Of a success that nobody saw before all of it had gone back, the merchant is told a cancel.
    var endIfSuccessWasNotSeen: End? {
        guard end.status == .succeeded, end.word == "TRADE_CLOSED" else { return nil }
        var other = end
        other.status = .canceled
        return other
    }
}

extension LifeCycle {
    static let all = instant + escrow + buyersChoice + acquire + unpaid + late

    private static let instant = [
        LifeCycle(
            description: "instant, basic", payment: made(.web, .instant),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_FINISHED")],
            end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "instant, by a bank that takes its time", payment: made(.web, .instant),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("WAIT_SYS_CONFIRM_PAY"), Moment("TRADE_SUCCESS")],
            end: End(.succeeded, paid: 12_050, refundable: true, word: "TRADE_SUCCESS")),
        LifeCycle(
            description: "instant, to a seller who is frozen for a while", payment: made(.web, .instant),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_PENDING"), Moment("TRADE_SUCCESS")],
            end: End(.succeeded, paid: 12_050, refundable: true, word: "TRADE_SUCCESS")),
        LifeCycle(
            description: "instant, advanced, until its window is over", payment: made(.mobileWeb, .instant),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"), Moment("TRADE_FINISHED")],
            end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "instant, advanced, two refunds in part", payment: made(.web, .instant),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"),
                Moment("TRADE_SUCCESS", "REFUND_SUCCESS", back: 3_000),
                Moment("TRADE_SUCCESS", "REFUND_SUCCESS", back: 5_000),
                Moment("TRADE_FINISHED", "REFUND_SUCCESS", back: 5_000),
            ], end: End(.succeeded, paid: 12_050, refunded: 5_000, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "instant, advanced, refunded in part and then whole", payment: made(.web, .instant),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"),
                Moment("TRADE_SUCCESS", "REFUND_SUCCESS", back: 3_000),
                Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 12_050),
            ], end: End(.succeeded, paid: 12_050, refunded: 12_050, word: "TRADE_CLOSED")),
        LifeCycle(
            description: "instant, advanced, refunded at once", payment: made(.web, .instant),
            moments: [Moment("TRADE_SUCCESS"), Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 12_050)],
            end: End(.succeeded, paid: 12_050, refunded: 12_050, word: "TRADE_CLOSED")),
    ]

    private static let escrow = [
        LifeCycle(
            description: "escrow", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("WAIT_BUYER_PAY"), Moment("WAIT_SELLER_SEND_GOODS"),
                Moment("WAIT_BUYER_CONFIRM_GOODS"), Moment("WAIT_SYS_PAY_SELLER"), Moment("TRADE_FINISHED"),
            ], end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "escrow, refunded before it was shipped", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("WAIT_SELLER_SEND_GOODS"),
                Moment("WAIT_SELLER_SEND_GOODS", "WAIT_SELLER_AGREE"),
                Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 12_050),
            ], end: End(.canceled, paid: 12_050, refunded: 12_050, word: "TRADE_CLOSED")),
        LifeCycle(
            description: "escrow, refunded after the goods came back", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_SELLER_SEND_GOODS"), Moment("WAIT_BUYER_CONFIRM_GOODS"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "WAIT_BUYER_RETURN_GOODS"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_CONFIRM_GOODS"),
                Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 12_050),
            ], end: End(.canceled, paid: 12_050, refunded: 12_050, word: "TRADE_CLOSED")),
        LifeCycle(
            description: "escrow, refunded in part by a dispute", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_SELLER_SEND_GOODS"), Moment("WAIT_BUYER_CONFIRM_GOODS"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "SELLER_REFUSE_BUYER"),
                Moment("TRADE_FINISHED", "REFUND_SUCCESS", back: 4_000),
            ], end: End(.succeeded, paid: 12_050, refunded: 4_000, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "escrow, with a dispute that came to nothing", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("WAIT_SELLER_SEND_GOODS"),
                Moment("WAIT_SELLER_SEND_GOODS", "WAIT_SELLER_AGREE"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "WAIT_SELLER_AGREE"),
                Moment("WAIT_BUYER_CONFIRM_GOODS", "REFUND_CLOSED"), Moment("TRADE_FINISHED", "REFUND_CLOSED"),
            ], end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "escrow, frozen for a while after it was held", payment: made(.web, .escrow),
            moments: [
                Moment("WAIT_SELLER_SEND_GOODS"), Moment("TRADE_PENDING"), Moment("WAIT_BUYER_CONFIRM_GOODS"),
                Moment("TRADE_FINISHED"),
            ], end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
    ]

    private static let buyersChoice = [
        LifeCycle(
            description: "buyer's choice, instant", payment: made(.web, .buyerChoice),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_FINISHED")],
            end: End(.succeeded, paid: 12_050, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "buyer's choice, escrow with a fee, still on its way", payment: .sample(), amountMinor: 13_050,
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("WAIT_SELLER_SEND_GOODS"), Moment("WAIT_BUYER_CONFIRM_GOODS"),
            ], end: End(.shipped, paid: 13_050, word: "WAIT_BUYER_CONFIRM_GOODS")),
        LifeCycle(
            description: "buyer's choice, escrow with a fee, all given back", payment: .sample(), amountMinor: 13_050,
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("WAIT_SELLER_SEND_GOODS"),
                Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 13_050),
            ], end: End(.canceled, paid: 13_050, refunded: 13_050, word: "TRADE_CLOSED")),
    ]

    private static let acquire = [
        LifeCycle(
            description: "qr", payment: made(.qr, .instant),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"),
                Moment("TRADE_SUCCESS", "REFUND_SUCCESS", back: 1), Moment("TRADE_FINISHED", "REFUND_SUCCESS", back: 1),
            ], end: End(.succeeded, paid: 12_050, refunded: 1, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "barcode, whose answer did not come", payment: called(),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS")],
            end: End(.succeeded, paid: 12_050, refundable: true, word: "TRADE_SUCCESS")),
        LifeCycle(
            description: "barcode, whose answer did not come, refunded", payment: called(),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"),
                Moment("TRADE_CLOSED", "REFUND_SUCCESS", back: 12_050),
            ], end: End(.succeeded, paid: 12_050, refunded: 12_050, word: "TRADE_CLOSED")),
        LifeCycle(
            description: "barcode, that the buyer let go", payment: called(),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_CLOSED")], end: End(.expired, word: "TRADE_CLOSED")),
    ]

    private static let unpaid = [
        LifeCycle(
            description: "not paid in time", payment: made(.web, .instant),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_CLOSED")], end: End(.expired, word: "TRADE_CLOSED")),
        LifeCycle(
            description: "canceled", payment: .sample(cancelRequested: true),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_CLOSED")], end: End(.canceled, word: "TRADE_CLOSED")),
    ]

    /// Ended before the buyer came, who paid by the signed address.
    private static let late = [
        LifeCycle(
            description: "expired, and paid after all", payment: .sample(.expired),
            moments: [Moment("WAIT_BUYER_PAY"), Moment("TRADE_SUCCESS"), Moment("TRADE_FINISHED")],
            end: End(.succeeded, paid: 12_050, late: true, word: "TRADE_FINISHED")),
        LifeCycle(
            description: "canceled, and paid into escrow by a frozen way after all", payment: .sample(.canceled),
            moments: [
                Moment("WAIT_BUYER_PAY"), Moment("TRADE_PENDING"), Moment("WAIT_SELLER_SEND_GOODS"),
                Moment("WAIT_BUYER_CONFIRM_GOODS"), Moment("TRADE_FINISHED"),
            ], end: End(.succeeded, paid: 12_050, late: true, word: "TRADE_FINISHED")),
    ]

    private static func made(_ channel: Channel, _ settlement: Settlement) -> Payment {
        Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: price, subject: "book", channel: channel, settlement: settlement, createdAtMs: createdAt,
            expiresAtMs: createdAt + 7_200_000)
    }

    private static func called() -> Payment {
        var payment = made(.barcode, .instant)
        payment.status = .processing
        return payment
    }
}
