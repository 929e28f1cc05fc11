import Diagnostics
import HTTP

/// The batch refunds and their query.
///
/// What is wrong with the batch, a number used before, and a trade that is locked, is the answer; what is wrong with one
/// item is that item's result, in the notification and the query.
struct RefundServices: Sendable {
    /// Batches that a query by trade looks through.
    private static let batchesMax = 1000

    let accounts: Accounts
    let desk: RefundDesk
    let pages: CashierPage
    let answers: SignedAnswers
    let clock: any Clock

    /// `refund_fastpay_by_platform_nopwd`: carried out at once, unless a fault keeps it in progress.
    func refund(_ call: GatewayCall) throws(GatewayError) -> Response {
        let reader = try OrderFields(call, accounts: accounts)
        let fields = try RefundFields(reader, nowMs: clock.nowMs)
        guard !fields.hasRoyalties else {
            throw GatewayError(.royaltyerNotSignProtocol, "nobody here shares the money of a trade")
        }
        _ = try reader.url("dback_notify_url")
        let batch = fields.batch(call, state: .inProgress, nowMs: clock.nowMs)
        try desk.book.add(batch)
        if call.suffered.contains(.inProgress) { return answers.success(call, isSuccess: "P") }
        if call.suffered.contains(.delayed) { return answers.success(call) }
        try desk.carryOut(partner: batch.partner, batchNo: batch.batchNo)
        return answers.success(call)
    }

    /// `refund_fastpay_by_platform_pwd`: a page where the seller confirms; the same request again shows it again.
    func refundWithPassword(_ call: GatewayCall) throws(GatewayError) -> Response {
        let reader = try OrderFields(call, accounts: accounts)
        let fields = try RefundFields(reader, nowMs: clock.nowMs)
        guard !fields.hasRoyalties else {
            throw GatewayError(.pwdRefundNotAllowRoyalty, "with a password, no royalties")
        }
        try checkSeller(call)
        let batch = fields.batch(call, state: .waitingForSeller, nowMs: clock.nowMs)
        if let known = desk.book[batch.partner, batch.batchNo], known.agrees(with: batch) {
            return .html(pages.page(of: known))
        }
        try desk.book.add(batch)
        return .html(pages.page(of: batch))
    }

    private func checkSeller(_ call: GatewayCall) throws(GatewayError) {
        let id = call.fields.filled("seller_user_id")
        let email = call.fields.filled("seller_email")
        guard id != nil || email != nil else {
            throw GatewayError(.illegalArgument, "seller_user_id is missing, and so is seller_email")
        }
        if let id, id != call.account.sellerID {
            throw GatewayError(.sellerInfoNotExist, "seller_user_id is not this partner's seller")
        }
        if let email, email != call.account.sellerEmail {
            throw id == nil
                ? GatewayError(.sellerInfoNotExist, "seller_email is not this partner's seller")
                : GatewayError(.emailUserIDNotMatch, "seller_email is not the e-mail of seller_user_id")
        }
    }

    /// `refund_fastpay_query`: text without a signature, `is_success=T&result_details=…`, or XML by contract; what is
    /// not done yet does not exist yet.
    func query(_ call: GatewayCall) throws(GatewayError) -> Response {
        let batchNo = call.fields.filled("batch_no")
        let tradeNo = call.fields.filled("trade_no")
        guard batchNo != nil || tradeNo != nil else {
            throw GatewayError(.illegalArgument, "neither batch_no nor trade_no")
        }
        let batches = desk.book.newest(RefundServices.batchesMax) { batch in
            batch.partner == call.account.partner && batch.state == .done && batchNo ?? batch.batchNo == batch.batchNo
        }
        let details = batches.flatMap { batch in
            batch.items.filter { tradeNo ?? $0.tradeNo == $0.tradeNo }.map { item in
                "\(batch.batchNo)^\(item.tradeNo)^\(Yuan.text(item.amountFen))^\(item.result ?? "")"
            }
        }
        return answer(call, details.isEmpty ? nil : details.joined(separator: "#"))
    }

    private func answer(_ call: GatewayCall, _ details: String?) -> Response {
        let charset = call.dialect.charset
        let code = GatewayError.Code.refundNotExist.rawValue
        guard call.account.contract.refundQueryAsXML else {
            return .plain(details.map { "is_success=T&result_details=\($0)" } ?? "is_success=F&error_code=\(code)")
        }
        guard let details else { return .xml(AlipayXML.refusal(code, charset), charset) }
        return .xml(AlipayXML.short("T", charset, more: "<result_details>\(details)</result_details>"), charset)
    }
}
