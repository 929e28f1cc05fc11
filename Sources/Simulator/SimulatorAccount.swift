package import Crypto
package import Diagnostics

/// A merchant's contract with the simulated Alipay.
package struct SimulatorAccount: Sendable {
    package enum SignType: String, Sendable, Hashable, CaseIterable {
        case md5 = "MD5"
        case rsa = "RSA"
    }

    /// 16 digits that begin with 2088.
    package var partner: String
    /// The MD5 key, 32 letters and digits.
    package var key: Secret
    package var sellerEmail: String
    /// 16 digits; the partner unless said otherwise.
    package var sellerID: String
    /// The public half of the merchant's RSA key; without it no RSA signature is taken.
    package var merchantPublicKey: RSAPublicKey?
    /// The kinds of signature that are taken; Alipay answers in the kind of the request.
    package var signTypes: Set<SignType>
    package var contract: Contract

    /// - Parameter signTypes: MD5, and RSA if there is a public key, unless said otherwise.
    package init(
        partner: String, key: Secret, sellerEmail: String, sellerID: String? = nil,
        merchantPublicKey: RSAPublicKey? = nil, signTypes: Set<SignType>? = nil, contract: Contract = Contract()
    ) {
        self.partner = partner
        self.key = key
        self.sellerEmail = sellerEmail
        self.sellerID = sellerID ?? partner
        self.merchantPublicKey = merchantPublicKey
        self.signTypes = signTypes ?? (merchantPublicKey == nil ? [.md5] : [.md5, .rsa])
        self.contract = contract
    }

    /// The account of the demo; its key is public and worth nothing.
    package static let sample = SimulatorAccount(
        partner: "2088101122136241", key: Secret("abcdefghijklmnopqrstuvwxyz012345"),
        sellerEmail: "sales@bookshop.example")
}

extension SimulatorAccount {
    /// What the contract includes; what it does not is refused as Alipay refuses it, ILLEGAL_PARTNER_EXTERFACE.
    package struct Contract: Sendable, Hashable {
        /// `create_direct_pay_by_user`.
        package var directPay = true
        /// `alipay.wap.create.direct.pay.by.user`.
        package var wapPay = true
        /// `create_partner_trade_by_buyer`.
        package var escrow = true
        /// `trade_create_by_buyer`.
        package var dual = true
        /// `send_goods_confirm_by_platform`.
        package var sendGoods = true
        /// `single_trade_query`.
        package var tradeQuery = true
        /// `close_trade`.
        package var closeTrade = true
        /// `query_timestamp`.
        package var timestamp = true
        /// `refund_fastpay_by_platform_nopwd`.
        package var refund = true
        /// `refund_fastpay_by_platform_pwd`.
        package var refundWithPassword = true
        /// `refund_fastpay_query`.
        package var refundQuery = true
        /// `alipay.acquire.precreate`.
        package var precreate = true
        /// `alipay.acquire.createandpay`.
        package var createAndPay = true
        /// `alipay.acquire.query`.
        package var acquireQuery = true
        /// `alipay.acquire.refund`.
        package var acquireRefund = true
        /// `alipay.acquire.cancel`.
        package var acquireCancel = true
        /// `alipay.acquire.close`.
        package var acquireClose = true

        /// The field `it_b_pay` of browser services.
        package var itBPay = false
        /// Browser services need an `anti_phishing_key` of `query_timestamp`, good for 30 s.
        package var requiresTimestamp = false
        /// Browser services need the buyer's address in `exter_invoke_ip`.
        package var requiresBuyerIP = false
        /// Advanced direct pay: a paid trade stays TRADE_SUCCESS and can be refunded. Without it, it is TRADE_FINISHED at once.
        package var refundable = true
        /// Escrow's seller gets the money when the buyer confirms; otherwise the trade is WAIT_SYS_PAY_SELLER until told.
        package var paysSellerAtOnce = true
        /// Notifications of WAIT_BUYER_PAY; off unless Alipay enabled them.
        package var notifiesWaitBuyerPay = false
        /// Notifications of an unpaid trade's TRADE_CLOSED; off unless Alipay enabled them.
        package var notifiesClosed = false
        /// `refund_fastpay_query` answers in XML in the place of `k=v` text.
        package var refundQueryAsXML = false

        package init() {}
    }
}
