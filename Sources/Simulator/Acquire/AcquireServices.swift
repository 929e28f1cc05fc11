import Diagnostics
import HTTP

/// `alipay.acquire.*`: payments in a shop.
///
/// The call itself succeeds whenever who calls is known; what became of it stands in `result_code`.
struct AcquireServices: Sendable {
    let accounts: Accounts
    let book: TradeBook
    let desk: TradeDesk
    let refunds: RefundBook
    let codes: QRCodes
    let pages: CashierPage
    let answers: SignedAnswers

    func answer(_ service: ServiceName, _ call: GatewayCall) -> Response {
        let elements = elements(service, call)
        return answers.answer(to: call, wrapper: "alipay", elements, lists: AcquireServices.bills(elements))
    }

    /// What a paid trade was paid from.
    private static func bills(_ elements: Fields) -> String {
        guard elements["gmt_payment"] != nil || elements["send_pay_date"] != nil,
            let total = elements.text("total_fee")
        else { return "" }
        return "<fund_bill_list><TradeFundBill><amount>\(total)</amount><force_use_cash>F</force_use_cash>"
            + "<fund_channel>ALIPAYACCOUNT</fund_channel></TradeFundBill></fund_bill_list>"
    }

    private func elements(_ service: ServiceName, _ call: GatewayCall) -> Fields {
        if call.suffered.contains(.unknown) { return unknown(service) }
        if call.suffered.contains(.retry) { return AcquireServices.again }
        do throws(AcquireFailure) {
            let elements = try carryOut(service, call)
            return call.suffered.contains(.unknownAfterEffect) ? unknown(service) : elements
        } catch {
            return failure(service, error)
        }
    }

    private func carryOut(_ service: ServiceName, _ call: GatewayCall) throws(AcquireFailure) -> Fields {
        let fields = try AcquireFields(call, accounts: accounts)
        switch service {
        case .precreate: return try precreate(call, fields)
        case .createAndPay: return try createAndPay(call, fields)
        case .acquireQuery: return try query(call, fields)
        case .acquireRefund: return try refund(call, fields)
        case .acquireCancel: return try cancel(call, fields)
        case .acquireClose: return try close(call, fields)
        case .directPay, .wapPay, .escrow, .dual, .sendGoods, .tradeQuery, .closeTrade, .timestamp, .notifyVerify,
            .refund, .refundWithPassword, .refundQuery:
            throw AcquireFailure("ACCESS_FORBIDDEN", "this is no service of a shop")
        }
    }

    // MARK: what went wrong

    private static let again = Fields([
        "result_code": "FAIL", "detail_error_code": "SYSTEM_ERROR", "detail_error_des": "系统异常", "retry_flag": "Y",
    ])

    private func unknown(_ service: ServiceName) -> Fields {
        Fields([
            "result_code": service == .acquireQuery ? "PROCESS_EXCEPTION" : "UNKNOWN",
            "detail_error_code": "SYSTEM_ERROR", "detail_error_des": "系统异常",
        ])
    }

    private func failure(_ service: ServiceName, _ failure: AcquireFailure) -> Fields {
        var fields = Fields([
            "result_code": service == .createAndPay ? "ORDER_FAIL" : "FAIL", "detail_error_code": failure.code,
            "detail_error_des": failure.detail,
        ])
        if service == .acquireCancel { fields.set("retry_flag", "N") }
        return fields
    }

    // MARK: the trade that is meant

    /// By Alipay's number, which wins, or by the merchant's.
    func find(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Trade {
        let trade: Trade?
        if let tradeNo = fields.filled("trade_no") {
            trade = book[tradeNo]
        } else if let outTradeNo = fields.filled("out_trade_no") {
            trade = book.trade(partner: call.account.partner, outTradeNo: outTradeNo)
        } else {
            throw AcquireFailure("INVALID_PARAMETER", "neither trade_no nor out_trade_no")
        }
        guard let trade, trade.partner == call.account.partner else { throw .noSuchTrade }
        return trade
    }

    /// What all answers about a trade begin with.
    static func elements(_ result: String, _ trade: Trade) -> Fields {
        Fields([
            "result_code": result, "trade_no": trade.tradeNo, "out_trade_no": trade.order.outTradeNo,
            "partner": trade.partner,
        ])
    }

    static func addBuyer(of trade: Trade, to fields: inout Fields) {
        fields.set("buyer_user_id", trade.buyer.id)
        fields.set("buyer_logon_id", masked(trade.buyer.email))
    }

    /// `buy***@example.com`, `138****`.
    private static func masked(_ name: String) -> String {
        let at = name.firstIndex(of: "@") ?? name.endIndex
        return name[..<at].prefix(3) + "***" + name[at...]
    }
}
