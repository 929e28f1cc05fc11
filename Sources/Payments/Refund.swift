/// Money on its way back to the buyer, or there.
package struct Refund: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case pending, succeeded, failed, unknown

        /// Whether its amount counts as spent though nothing has gone back yet.
        package var isOpen: Bool { self == .pending || self == .unknown }
    }

    /// Who asked for it.
    package enum Origin: String, Sendable, CaseIterable {
        /// The merchant, through this API (or the tenant's policy for late payments).
        case api
        /// Somebody at the provider's own site.
        case provider
    }

    /// By which of Alipay's services it is made.
    package enum Method: String, Sendable, CaseIterable {
        /// `refund_fastpay_by_platform_nopwd`
        case noPassword = "no_password"
        /// `refund_fastpay_by_platform_pwd`: the merchant's staff confirm it in a browser.
        case password
        /// `alipay.acquire.refund`
        case acquire
        /// None of ours: it was seen.
        case elsewhere
    }

    /// `re_…`
    package let id: String
    package let tenant: String
    package let payment: String
    /// Fen.
    package let amountMinor: Int64
    package let reason: String?
    package let merchantReference: String?
    package let origin: Origin
    package let method: Method
    /// The trade that is refunded: the payment's own, or a second one of it.
    package let tradeNo: String
    /// Whether `tradeNo` is another trade than the payment's own, so that the payment's sums are not touched.
    package let isOfOtherTrade: Bool
    /// Alipay's `batch_no` (`yyyyMMdd` of the Beijing day it was made, then letters and digits), or its `out_request_no`;
    /// nil for one made elsewhere. Never used twice.
    package let batchNo: String?
    /// What had gone back to the buyer of this trade when it was made, fen.
    package let refundedBeforeMinor: Int64
    package let createdAtMs: Int64

    package var status: Status
    /// Alipay's code for it, once it has said one.
    package var providerCode: String?
    package var lastError: LastError?
    /// How often the request has been sent; counted before it is.
    package var sendCount: Int
    /// How often in a row Alipay has said that it knows of no such refund, and when it did so first.
    package var notFoundCount: Int
    package var firstNotFoundAtMs: Int64?
    /// How often Alipay was asked about it.
    package var checkCount: Int
    /// When it is to be looked after next; nil for never.
    package var checkAtMs: Int64?
    package var updatedAtMs: Int64

    package init(
        id: String, tenant: String, payment: String, amountMinor: Int64, reason: String? = nil,
        merchantReference: String? = nil, origin: Origin, method: Method = .elsewhere, tradeNo: String,
        isOfOtherTrade: Bool = false, batchNo: String? = nil, refundedBeforeMinor: Int64 = 0, status: Status,
        createdAtMs: Int64, updatedAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.payment = payment
        self.amountMinor = amountMinor
        self.reason = reason
        self.merchantReference = merchantReference
        self.origin = origin
        self.method = method
        self.tradeNo = tradeNo
        self.isOfOtherTrade = isOfOtherTrade
        self.batchNo = batchNo
        self.refundedBeforeMinor = refundedBeforeMinor
        self.status = status
        self.createdAtMs = createdAtMs
        self.updatedAtMs = updatedAtMs
        providerCode = nil
        lastError = nil
        sendCount = 0
        notFoundCount = 0
        firstNotFoundAtMs = nil
        checkCount = 0
        checkAtMs = nil
    }
}
