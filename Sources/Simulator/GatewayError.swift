/// A refusal in Alipay's words.
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
        case batchNoFormatError = "BATCH_NO_FORMAT_ERROR"
        case refundDateError = "REFUND_DATE_ERROR"
        case batchNumError = "BATCH_NUM_ERROR"
        case batchNumExceedLimit = "BATCH_NUM_EXCEED_LIMIT"
        case batchNumNotEqualTotal = "BATCH_NUM_NOT_EQUAL_TOTAL"
        case detailDataFormatError = "DETAIL_DATA_FORMAT_ERROR"
        case batchMemoLengthExceedLimit = "BATCH_MEMO_LENGTH_EXCEED_LIMIT"
        case refundAmountNotValid = "REFUND_AMOUNT_NOT_VALID"
        /// Sic: Alipay's spelling.
        case dublTradeNoInSameBatch = "DUBL_TRADE_NO_IN_SAME_BATCH"
        case duplicateBatchNo = "DUPLICATE_BATCH_NO"
        case batchRefundLockError = "BATCH_REFUND_LOCK_ERROR"
        case royaltyerNotSignProtocol = "ROYALTYER_NOT_SIGN_PROTOCOL"
        case pwdRefundNotAllowRoyalty = "PWD_REFUND_NOT_ALLOW_ROYALTY"
        case sellerInfoNotExist = "SELLER_INFO_NOT_EXIST"
        case emailUserIDNotMatch = "EMAIL_USERID_NOT_MATCH"
        case refundNotExist = "REFUND_NOT_EXIST"
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
