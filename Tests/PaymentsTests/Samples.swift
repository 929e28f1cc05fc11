import Payments

/// The trade that pays, and another one of the same order.
let firstTrade = "2026010222001400000000000001"
let secondTrade = "2026010222001400000000000002"

/// What the sample payment costs, and the fee that its buyer may pay besides; fen.
let price: Int64 = 12_050
let buyersFee: Int64 = 1_000

/// When the sample payment is made, and when a report of it comes; unix milliseconds.
let createdAt: Int64 = 1_767_323_045_000
let reportedAt: Int64 = createdAt + 60_000

extension Payment {
    /// `requires_action`, of 120.50 CNY, with three ways to ship of which one is at the buyer's cost.
    static func sample(cancelRequested: Bool = false, channel: Channel = .web) -> Payment {
        var payment = Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: price, subject: "三体 (1-3)", channel: channel, settlement: .buyerChoice,
            shipping: Shipping(
                options: [
                    Shipping.Option(carrierType: .express, feeMinor: buyersFee, paidBy: .buyer),
                    Shipping.Option(carrierType: .ems, feeMinor: 2_000, paidBy: .seller),
                    Shipping.Option(carrierType: .post, feeMinor: 3_000, paidBy: .onReceipt),
                ], receiver: nil),
            createdAtMs: createdAt, expiresAtMs: createdAt + 7_200_000)
        if cancelRequested { payment.cancelRequestedAtMs = createdAt + 1_000 }
        return payment
    }

    /// As Alipay's reports would have left it.
    static func sample(
        _ status: PaymentStatus, paid: Int64? = nil, refunded: Int64 = 0, refundable: Bool = false, word: String? = nil
    ) -> Payment {
        var payment = sample()
        payment.status = status
        payment.amountPaidMinor = paid
        payment.amountRefundedMinor = refunded
        payment.refundable = refundable
        payment.provider.tradeNo = word == nil ? nil : firstTrade
        payment.provider.status = word
        if status == .succeeded { payment.succeededAtMs = createdAt + 30_000 }
        return payment
    }

    static var held: Payment { sample(.held, paid: price, word: "WAIT_SELLER_SEND_GOODS") }
    static var succeeded: Payment { sample(.succeeded, paid: price, refundable: true, word: "TRADE_SUCCESS") }
    static var finished: Payment { sample(.succeeded, paid: price, word: "TRADE_FINISHED") }
    static var expired: Payment { sample(.expired, word: "TRADE_CLOSED") }
    static var canceled: Payment { sample(.canceled, word: "TRADE_CLOSED") }
}

extension TradeReport {
    /// A report as Alipay would word it.
    static func sample(
        _ state: TradeState, from source: Source = .notification, trade: String = firstTrade, amount: Int64? = price,
        paidAt: Int64? = nil, refundStatus: String? = nil, refunded: Int64? = nil, buyer: String? = nil
    ) -> TradeReport {
        TradeReport(
            source: source, tradeNo: trade, word: word(of: state), state: state, amountMinor: amount, paidAtMs: paidAt,
            refundStatus: refundStatus, refundedMinor: refunded, buyer: buyer)
    }

    private static func word(of state: TradeState) -> String {
        switch state {
        case .waitingForBuyer: "WAIT_BUYER_PAY"
        case .confirming: "WAIT_SYS_CONFIRM_PAY"
        case .frozen: "TRADE_PENDING"
        case .held: "WAIT_SELLER_SEND_GOODS"
        case .shipped: "WAIT_BUYER_CONFIRM_GOODS"
        case .succeeded(let refundable): refundable ? "TRADE_SUCCESS" : "TRADE_FINISHED"
        case .closed: "TRADE_CLOSED"
        }
    }
}

extension ApplyContext {
    static func sample(
        canQuery: Bool = true, isKnownDuplicate: Bool = false, at nowMs: Int64 = reportedAt
    ) -> ApplyContext {
        ApplyContext(nowMs: nowMs, canQuery: canQuery, isKnownDuplicate: isKnownDuplicate)
    }
}

extension Payment {
    /// Applies one report in the usual circumstances.
    mutating func take(_ report: TradeReport, canQuery: Bool = true, isKnownDuplicate: Bool = false) -> Transition {
        apply(report, .sample(canQuery: canQuery, isKnownDuplicate: isKnownDuplicate))
    }

    /// Its `amount_mismatch` as shown to the merchant: expected and reported amount; nil if there is none.
    var mismatch: [String]? {
        guard let error = lastError, error.code == "amount_mismatch" else { return nil }
        return ["amount_expected", "amount_reported"].map { key in
            error.details.first { $0.key == key }?.value ?? "(absent)"
        }
    }
}
