/// A refusal in Alipay's words (mapi.md §3.4).
package struct GatewayError: Error, Sendable, Hashable {
    package enum Code: String, Sendable, CaseIterable {
        case illegalSign = "ILLEGAL_SIGN"
        case illegalSignType = "ILLEGAL_SIGN_TYPE"
        case illegalPartner = "ILLEGAL_PARTNER"
        case illegalPartnerExterface = "ILLEGAL_PARTNER_EXTERFACE"
        case illegalService = "ILLEGAL_SERVICE"
        case illegalArgument = "ILLEGAL_ARGUMENT"
        case illegalCharset = "ILLEGAL_CHARSET"
        case illegalEncoding = "ILLEGAL_ENCODING"
        case illegalPaymentType = "ILLEGAL_PAYMENT_TYPE"
        case illegalFeeParam = "ILLEGAL_FEE_PARAM"
        case illegalExterInvokeIP = "ILLEGAL_EXTER_INVOKE_IP"
        case totalFeeLessEqualZero = "TOTAL_FEE_LESSEQUAL_ZERO"
        case sellerNotExist = "SELLER_NOT_EXIST"
        case sellerNotInSpecifiedSellers = "SELLER_NOT_IN_SPECIFIED_SELLERS"
        case selfTimeoutNotSupport = "SELF_TIMEOUT_NOT_SUPPORT"
        case buyerSellerEqual = "BUYER_SELLER_EQUAL"
        case tradeDataMatchError = "TRADE_DATA_MATCH_ERROR"
        case tradeNotExist = "TRADE_NOT_EXIST"
        /// Sic: Alipay's spelling.
        case tradeStatusNotAvaild = "TRADE_STATUS_NOT_AVAILD"
        case illegalAntiPhishingKey = "ILLEGAL_ANTI_PHISHING_KEY"
        case antiPhishingKeyTimeout = "ANTI_PHISHING_KEY_TIMEOUT"
        case logisticsChooseError = "LOGISTICS_CHOOSE_ERROR"
        case illegalLogisticsFormat = "ILLEGAL_LOGISTICS_FORMAT"
    }

    package let code: Code
    /// What to look at, for a developer; Alipay itself is not so kind.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}
