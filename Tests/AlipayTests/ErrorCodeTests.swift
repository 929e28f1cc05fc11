import Alipay
import Testing

struct ErrorCodeTests {
    /// Every code of `mapi` 3.4, by what may be done after it.
    static let table: [(ErrorCode.Remedy, [String])] = [
        (.retry, ["ILLEGAL_ANTI_PHISHING_KEY", "ANTI_PHISHING_KEY_TIMEOUT", "BATCH_REFUND_LOCK_ERROR"]),
        (
            .queryFirst,
            [
                "SYSTEM_ERROR", "SESSION_TIMEOUT", "TRADE_NOT_EXIST", "TRADE_IS_NOT_EXIST", "TRADE_STATUS_NOT_AVAILD",
                "GENERAL_FAILTURE", "DUPLICATE_BATCH_NO", "TRADE_STATUS_ERROR", "TRADE_NOT_EXISTS", "TRADE_HAS_CLOSED",
                "TRADE_HAS_FINISHED", "REFUND_NOT_EXIST", "TRADE_HAS_SUCCESS",
            ]
        ),
        (
            .final,
            [
                "ILLEGAL_SIGN", "ILLEGAL_SIGN_TYPE", "ILLEGAL_PARTNER", "ILLEGAL_PARTNER_EXTERFACE", "ILLEGAL_SERVICE",
                "ILLEGAL_EXTERFACE", "EXTERFACE_IS_CLOSED", "ILLEGAL_ARGUMENT", "ILLEGAL_USER", "ILLEGAL_CHARSET",
                "INVALID_CHARACTER_SET", "ILLEGAL_ENCODING", "ILLEGAL_CLIENT_IP", "ILLEGAL_EXTER_INVOKE_IP",
                "ILLEGAL_REQUEST_REFERER", "ILLEGAL_SECURITY_PROFILE", "HAS_NO_PUBLICKEY", "ILLEGAL_DYN_MD5_KEY",
                "ILLEGAL_ENCRYPT", "ILLEGAL_DIGEST", "ILLEGAL_DIGEST_TYPE", "ILLEGAL_AGENT", "HAS_NO_PRIVILEGE",
                "ILLEGAL_ACCESS_SWITCH_SYSTEM", "ILLEGAL_SWITCH_SYSTEM", "ILLEGAL_TARGET_SERVICE",
                "ILLEGAL_FILE_FORMAT",
            ]
        ),
        (
            .final,
            [
                "ILLEGAL_PAYMENT_TYPE", "ILLEGAL_FEE_PARAM", "TOTAL_FEE_LESSEQUAL_ZERO", "PRODUCT_NOT_EXIST",
                "EXPARTNER_INFO_UNCORRECT", "TRADE_DATA_MATCH_ERROR", "OUT_TRADE_NO_EXIST", "LOGISTICS_CHOOSE_ERROR",
                "ILLEGAL_LOGISTICS_FORMAT", "ILLEGAL_REQUEST", "SELLER_NOT_EXIST", "SELLER_NOT_IN_SPECIFIED_SELLERS",
                "USER_NOT_EXIST", "BUYER_NOT_EXIST", "BUYER_SELLER_EQUAL", "TRADE_BUYER_NOT_MATCH",
                "TRADE_SELLER_NOT_MATCH", "SELF_TIMEOUT_NOT_SUPPORT", "MAX_MONEY_COMPANY_TO_INDIVIDUAL",
                "EXTERFACE_INVOKE_CONTEXT_EXPIRED",
            ]
        ),
        (
            .final,
            [
                "BATCH_NUM_EXCEED_LIMIT", "BATCH_NUM_ERROR", "BATCH_NUM_NOT_EQUAL_TOTAL", "BATCH_NO_FORMAT_ERROR",
                "REFUND_DATE_ERROR", "SINGLE_DETAIL_DATA_EXCEED_LIMIT", "DETAIL_DATA_FORMAT_ERROR",
                "SINGLE_DETAIL_DATA_ENCODING_NOT_SUPPORT", "BATCH_MEMO_LENGTH_EXCEED_LIMIT",
                "DUBL_TRADE_NO_IN_SAME_BATCH", "DUBL_ROYALTY_IN_DETAIL", "NOT_THIS_SELLER_TRADE",
                "NOT_THIS_PARTNERS_TRADE", "SELLER_INFO_NOT_EXIST", "EMAIL_USERID_NOT_MATCH", "ACCOUNT_NOT_EXISTS",
                "PARTNER_NOT_SIGN_PROTOCOL", "SELLER_NOT_SIGN_PROTOCOL", "ROYALTYER_NOT_SIGN_PROTOCOL",
                "PWD_REFUND_NOT_ALLOW_ROYALTY", "NO_REFUND_CHARGE_PRIVILEDGE", "CA_USER_NOT_USE_CA",
                "TRADE_PRODUCT_TYPE_NOT_ALLOW_REFUND", "WHOLE_DETAIL_FORBID_REFUND", "REFUND_AMOUNT_NOT_VALID",
                "REFUND_TRADE_FEE_ERROR", "REASON_TRADE_REFUND_FEE_ERR", "REASON_HAS_REFUND_FEE_NOT_MATCH",
                "REASON_REFUND_AMOUNT_LESS_THAN_COUPON_FEE", "REFUND_SUBTRADE_FEE_ERROR",
                "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH", "TXN_RESULT_ACCOUNT_STATUS_NOT_VALID",
                "SELLER_STATUS_NOT_ALLOW",
            ]
        ),
        (
            .final,
            [
                "CONTEXT_INCONSISTENT", "TRADE_HAS_CLOSE", "REASON_ILLEGAL_STATUS", "EXIST_FORBIDDEN_WORD",
                "PARTNER_ERROR", "ACCESS_FORBIDDEN", "BUYER_ENABLE_STATUS_FORBID", "INVALID_PARAMETER",
                "UN_SUPPORT_BIZ_TYPE", "INVALID_RECEIVE_ACCOUNT", "ROYALTY_INFO_VALIDATE_FAIL", "TRADE_SETTLE_ERROR",
                "SOUNDWAVE_PARSER_FAIL", "REFUND_AMT_NOT_EQUAL_TOTAL", "DISCORDANT_REPEAT_REQUEST",
                "TRADE_ROLE_ERROR", "REASON_TRADE_BEEN_FREEZEN", "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
                "CLIENT_VERSION_NOT_MATCH", "PULL_MOBILE_CASHIER_FAIL",
            ]
        ),
    ]

    /// Codes of which the documents give the beginning only.
    static let families = ["COMMISION_RATE_ERROR", "REFUND_CHARGE_FEE_ERROR", "RESULT_FACE_AMOUNT_NOT_VALID"]

    @Test(arguments: table) func `a code has its remedy and its meaning`(remedy: ErrorCode.Remedy, codes: [String]) {
        for code in codes {
            #expect(ErrorCode.remedy(code) == remedy, "\(code)")
            #expect(ErrorCode.isKnown(code), "\(code)")
            #expect(ErrorCode.meaning(code).hasSuffix("."), "\(code)")
            #expect(ErrorCode.meaning(code) != ErrorCode.meaning("NO_SUCH_CODE"), "\(code)")
        }
    }

    @Test func `the table has every code, once`() {
        let codes = ErrorCodeTests.table.flatMap(\.1)
        #expect(codes.sorted() == ErrorCode.all)
        #expect(Set(codes).count == codes.count)
    }

    @Test func `a family's codes are final`() {
        for code in ErrorCodeTests.families {
            #expect(ErrorCode.remedy(code) == .final && ErrorCode.isKnown(code), "\(code)")
        }
    }

    @Test(arguments: [
        "", "SOME_NEW_CODE", "system_error", "SYSTEM_ERROR ", "TRADE_NOT", "RESULT_", "COMMISION_", "成功",
    ])
    func `an unknown code is final and says that it is unknown`(code: String) {
        #expect(ErrorCode.remedy(code) == .final)
        #expect(!ErrorCode.isKnown(code))
        #expect(ErrorCode.meaning(code) == "Alipay's documents do not name this code.")
    }
}
