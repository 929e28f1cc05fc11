package import HTTP
package import Payments

/// Refunds of browser payments: `refund_fastpay_by_platform_nopwd` (无密退款) from server to server, and
/// `refund_fastpay_by_platform_pwd` (有密退款), where the merchant's staff type the payment password on Alipay's page.
///
/// Always one refund in a batch: a batch number is then a refund's own, and one cannot hold up another.
package enum RefundFastpay {
    package static let service = "refund_fastpay_by_platform_nopwd"

    /// What separates the parts of `detail_data`.
    static let separators: [Unicode.Scalar] = ["^", "|", "$", "#"]
    /// `detail_data` has to have a reason.
    static let reasonDefault = "refund"

    package enum Answer: Sendable, Hashable {
        /// Taken; the outcome comes by `batch_refund_notify` or `refund_fastpay_query`.
        case accepted
        /// As good as taken.
        case inProgress
        /// Alipay's error code.
        case refused(code: String)
        /// It proves nothing, and Alipay may have acted; why, in words.
        case invalid(String)
    }

    /// - Precondition: the refund has a batch number.
    package static func request(
        refund: Refund, _ contract: Contract, notifyURL: String, nowMs: Int64
    ) -> OutboundRequest? {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("notify_url", notifyURL)
        parameters.add("return_type", "xml")
        parameters.add(refund, nowMs: nowMs)
        return parameters.request(contract)
    }

    package static func answer(_ response: OutboundResponse, _ contract: Contract) -> Answer {
        switch ShortAnswer.read(response, contract) {
        case .accepted: .accepted
        case .inProgress: .inProgress
        case .refused(let code): .refused(code: code)
        case .invalid(let why): .invalid(why)
        }
    }

    /// The signed GET URL of the page where the merchant's staff confirm the refund. `batch_no` begins with the day the
    /// refund was made, and Alipay takes it on that day (in Beijing) only. Nil if no key is in force to sign with.
    ///
    /// - Precondition: the refund has a batch number.
    package static func pageURL(refund: Refund, _ contract: Contract, notifyURL: String, nowMs: Int64) -> String? {
        var parameters = RequestParameters("refund_fastpay_by_platform_pwd", contract, contract.charset)
        parameters.add("notify_url", notifyURL)
        let seller = contract.seller
        parameters.add(seller.name == "seller_id" ? "seller_user_id" : seller.name, seller.value)
        parameters.add(refund, nowMs: nowMs)
        return parameters.signedURL(contract)
    }
}

extension RequestParameters {
    /// A batch of one: Alipay's number of the trade, the amount, the reason.
    fileprivate mutating func add(_ refund: Refund, nowMs: Int64) {
        guard let batchNo = refund.batchNo else {
            preconditionFailure("a refund that we make has a batch number")
        }
        let reason = RefundReason.text(refund.reason, charset, separators: RefundFastpay.separators)
        add("refund_date", BeijingTime.text(unixMs: nowMs))
        add("batch_no", batchNo)
        add("batch_num", "1")
        add(
            "detail_data",
            "\(refund.tradeNo)^\(Yuan.text(fen: refund.amountMinor))^\(reason ?? RefundFastpay.reasonDefault)")
    }
}
