/// Alipay's error codes (`mapi` 3.4): what each means, and what may be done after it.
package enum ErrorCode {
    package enum Remedy: Sendable, Hashable {
        /// The same call may be made again after a pause.
        case retry
        /// Alipay may have acted, or the trade is not as we think: ask before anything else.
        case queryFirst
        /// Made again it fails again: the cause has to be removed.
        case final
    }

    struct Entry {
        let code: String
        let remedy: Remedy
        let meaning: String

        init(_ code: String, _ remedy: Remedy, _ meaning: String) {
            self.code = code
            self.remedy = remedy
            self.meaning = meaning
        }
    }

    /// What is to be done after it; an unknown code is final.
    package static func remedy(_ code: String) -> Remedy { entry(code)?.remedy ?? .final }

    /// Whether it is one of Alipay's published codes; one that is not is worth an alarm.
    package static func isKnown(_ code: String) -> Bool { entry(code) != nil }

    /// One sentence for a person.
    package static func meaning(_ code: String) -> String {
        entry(code)?.meaning ?? "Alipay's documents do not name this code."
    }

    /// Every code with a name of its own.
    package static var all: [String] { byCode.keys.sorted() }

    private static func entry(_ code: String) -> Entry? {
        byCode[code] ?? families.first { code.hasPrefix($0.code) && code.utf8.count > $0.code.utf8.count }
    }

    private static let byCode = Dictionary(
        uniqueKeysWithValues: (access + creation + trades + refunds + acquire).map { ($0.code, $0) })

    /// Codes that are named by their beginning only.
    private static let families: [Entry] = [
        Entry("COMMISION_", .final, "The royalties of the order are wrong."),
        Entry("REFUND_CHARGE_", .final, "The fee of the refunded trade cannot be given back."),
        Entry("RESULT_", .final, "An account of the refund cannot take part; put it right and make a new refund."),
    ]

    // MARK: - Any service

    private static let access: [Entry] = [
        Entry("ILLEGAL_SIGN", .final, "The signature is wrong: the key, the charset or a changed value."),
        Entry("ILLEGAL_SIGN_TYPE", .final, "sign_type is missing or unknown."),
        Entry("ILLEGAL_PARTNER", .final, "The partner is unknown, or belongs to another gateway."),
        Entry("ILLEGAL_PARTNER_EXTERFACE", .final, "The partner's contract does not include this service."),
        Entry("ILLEGAL_SERVICE", .final, "The service is unknown."),
        Entry("ILLEGAL_EXTERFACE", .final, "The service is unknown."),
        Entry("EXTERFACE_IS_CLOSED", .final, "The service is closed."),
        Entry("ILLEGAL_ARGUMENT", .final, "A parameter is missing or malformed."),
        Entry("ILLEGAL_USER", .final, "The user id is wrong."),
        Entry("ILLEGAL_CHARSET", .final, "_input_charset is wrong."),
        Entry("INVALID_CHARACTER_SET", .final, "_input_charset is wrong."),
        Entry("ILLEGAL_ENCODING", .final, "The text is not in the charset that _input_charset names."),
        Entry("ILLEGAL_CLIENT_IP", .final, "Alipay does not take requests of this partner from this server's address."),
        Entry("ILLEGAL_EXTER_INVOKE_IP", .final, "The buyer's address is missing or refused."),
        Entry("ILLEGAL_ANTI_PHISHING_KEY", .retry, "The time stamp of the checkout is wrong; fetch a new one."),
        Entry("ANTI_PHISHING_KEY_TIMEOUT", .retry, "The time stamp of the checkout is too old; fetch a new one."),
        Entry("ILLEGAL_REQUEST_REFERER", .final, "The site that sent the buyer is not registered with Alipay."),
        Entry("ILLEGAL_SECURITY_PROFILE", .final, "The partner's keys are not set up at Alipay for this sign_type."),
        Entry("HAS_NO_PUBLICKEY", .final, "The partner's public key has not been uploaded to Alipay."),
        Entry("ILLEGAL_DYN_MD5_KEY", .final, "The partner's MD5 key is not set up at Alipay."),
        Entry("ILLEGAL_ENCRYPT", .final, "The partner's encryption is not set up at Alipay."),
        Entry("ILLEGAL_DIGEST", .final, "The digest is wrong."),
        Entry("ILLEGAL_DIGEST_TYPE", .final, "The kind of digest is unknown."),
        Entry("ILLEGAL_AGENT", .final, "The agent's id is wrong."),
        Entry("HAS_NO_PRIVILEGE", .final, "The partner has no right to this."),
        Entry("ILLEGAL_ACCESS_SWITCH_SYSTEM", .final, "Alipay does not route this partner's requests."),
        Entry("ILLEGAL_SWITCH_SYSTEM", .final, "Alipay does not route this partner's requests."),
        Entry("ILLEGAL_TARGET_SERVICE", .final, "Alipay does not route requests to this service."),
        Entry("ILLEGAL_FILE_FORMAT", .final, "The file has a wrong format."),
        Entry("SYSTEM_ERROR", .queryFirst, "Alipay has a fault; it may have acted on the request."),
        Entry("SESSION_TIMEOUT", .queryFirst, "Alipay's session timed out; it may have acted on the request."),
    ]

    // MARK: - Making a trade in the buyer's browser

    private static let creation: [Entry] = [
        Entry("ILLEGAL_PAYMENT_TYPE", .final, "payment_type is wrong."),
        Entry("ILLEGAL_FEE_PARAM", .final, "An amount is malformed."),
        Entry("TOTAL_FEE_LESSEQUAL_ZERO", .final, "The amount is not more than zero."),
        Entry("PRODUCT_NOT_EXIST", .final, "The partner has no contract for this product."),
        Entry("EXPARTNER_INFO_UNCORRECT", .final, "The partner's details are wrong."),
        Entry("TRADE_DATA_MATCH_ERROR", .final, "The order number was used before with other data."),
        Entry("OUT_TRADE_NO_EXIST", .final, "The order number was used before."),
        Entry("LOGISTICS_CHOOSE_ERROR", .final, "The choice of shipping is wrong."),
        Entry("ILLEGAL_LOGISTICS_FORMAT", .final, "The shipping is malformed."),
        Entry("ILLEGAL_REQUEST", .final, "The request is wrong."),
        Entry("SELLER_NOT_EXIST", .final, "The seller's account does not exist."),
        Entry("SELLER_NOT_IN_SPECIFIED_SELLERS", .final, "The partner may not collect for this seller."),
        Entry("USER_NOT_EXIST", .final, "The account does not exist."),
        Entry("BUYER_NOT_EXIST", .final, "The buyer's account does not exist."),
        Entry("BUYER_SELLER_EQUAL", .final, "Buyer and seller are the same account."),
        Entry("TRADE_BUYER_NOT_MATCH", .final, "The trade belongs to another buyer."),
        Entry("TRADE_SELLER_NOT_MATCH", .final, "The trade belongs to another seller."),
        Entry("SELF_TIMEOUT_NOT_SUPPORT", .final, "The contract does not include it_b_pay."),
        Entry("MAX_MONEY_COMPANY_TO_INDIVIDUAL", .final, "A company may not pay a person that much."),
        Entry("EXTERFACE_INVOKE_CONTEXT_EXPIRED", .final, "The checkout page is too old; open the checkout again."),
    ]

    // MARK: - Asking, closing, shipping

    private static let trades: [Entry] = [
        Entry("TRADE_NOT_EXIST", .queryFirst, "Alipay has no such trade: the buyer has not come to its page yet."),
        Entry("TRADE_IS_NOT_EXIST", .queryFirst, "Alipay has no such trade: the buyer has not come to its page yet."),
        Entry("TRADE_STATUS_NOT_AVAILD", .queryFirst, "The trade is in a state that does not allow this."),
        Entry("GENERAL_FAILTURE", .queryFirst, "Alipay failed, and may have acted on the request."),
    ]

    // MARK: - Refunds by batch

    private static let refunds: [Entry] = [
        Entry("BATCH_NUM_EXCEED_LIMIT", .final, "The batch has too many refunds."),
        Entry("BATCH_NUM_ERROR", .final, "batch_num is wrong."),
        Entry("BATCH_NUM_NOT_EQUAL_TOTAL", .final, "batch_num is not the number of refunds."),
        Entry("BATCH_NO_FORMAT_ERROR", .final, "batch_no is malformed, or does not begin with today's date."),
        Entry("REFUND_DATE_ERROR", .final, "refund_date is wrong."),
        Entry("SINGLE_DETAIL_DATA_EXCEED_LIMIT", .final, "A refund's details are too long."),
        Entry("DETAIL_DATA_FORMAT_ERROR", .final, "The refund's details are malformed."),
        Entry("SINGLE_DETAIL_DATA_ENCODING_NOT_SUPPORT", .final, "The refund's details are in a wrong charset."),
        Entry("BATCH_MEMO_LENGTH_EXCEED_LIMIT", .final, "The reason is longer than 256 bytes."),
        Entry("DUBL_TRADE_NO_IN_SAME_BATCH", .final, "The batch refunds one trade twice."),
        Entry("DUBL_ROYALTY_IN_DETAIL", .final, "The batch takes one royalty back twice."),
        Entry("DUPLICATE_BATCH_NO", .queryFirst, "Alipay has taken this refund before."),
        Entry("BATCH_REFUND_LOCK_ERROR", .retry, "Another refund of the trade is being made; try again later."),
        Entry("NOT_THIS_SELLER_TRADE", .final, "The trade belongs to another seller."),
        Entry("NOT_THIS_PARTNERS_TRADE", .final, "The trade belongs to another partner."),
        Entry("SELLER_INFO_NOT_EXIST", .final, "The seller's account does not exist."),
        Entry("EMAIL_USERID_NOT_MATCH", .final, "The seller's email address and id are of two accounts."),
        Entry("ACCOUNT_NOT_EXISTS", .final, "The account does not exist."),
        Entry("PARTNER_NOT_SIGN_PROTOCOL", .final, "The partner's contract does not include refunds without password."),
        Entry("SELLER_NOT_SIGN_PROTOCOL", .final, "The seller's contract does not include refunds without password."),
        Entry("ROYALTYER_NOT_SIGN_PROTOCOL", .final, "Who has a royalty has not agreed to refunds without password."),
        Entry("PWD_REFUND_NOT_ALLOW_ROYALTY", .final, "Refunds with password do not take royalties back."),
        Entry("NO_REFUND_CHARGE_PRIVILEDGE", .final, "The partner has no right to have fees given back."),
        Entry("CA_USER_NOT_USE_CA", .final, "The account needs its certificate for this."),
        Entry("TRADE_PRODUCT_TYPE_NOT_ALLOW_REFUND", .final, "The trade's product does not allow refunds."),
        Entry("WHOLE_DETAIL_FORBID_REFUND", .final, "None of the refunds is allowed."),
        Entry("TRADE_STATUS_ERROR", .queryFirst, "The trade is in a state that does not allow this."),
        Entry("TRADE_NOT_EXISTS", .queryFirst, "Alipay has no such trade."),
        Entry("TRADE_HAS_CLOSED", .queryFirst, "The trade is closed: all of it has been given back already."),
        Entry("TRADE_HAS_FINISHED", .queryFirst, "The trade is finished: it cannot be refunded any more."),
        Entry("REFUND_AMOUNT_NOT_VALID", .final, "The amount of the refund is wrong."),
        Entry("REFUND_TRADE_FEE_ERROR", .final, "The amount of the refund is wrong."),
        Entry("REASON_TRADE_REFUND_FEE_ERR", .final, "The refund is more than what is left of the trade."),
        Entry("REASON_HAS_REFUND_FEE_NOT_MATCH", .final, "The sum that was given back already does not match."),
        Entry("REASON_REFUND_AMOUNT_LESS_THAN_COUPON_FEE", .final, "The refund is less than the coupon in the trade."),
        Entry("REFUND_SUBTRADE_FEE_ERROR", .final, "The amount of the subordinate trade is wrong."),
        Entry(
            "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH", .final,
            "The seller's balance is too low; top it up and make a new refund."),
        Entry(
            "TXN_RESULT_ACCOUNT_STATUS_NOT_VALID", .final,
            "The seller's account is limited; put it right and make a new refund."),
        Entry(
            "SELLER_STATUS_NOT_ALLOW", .final, "The seller's account is limited; put it right and make a new refund."),
        Entry("REFUND_NOT_EXIST", .queryFirst, "Alipay has no such refund yet; ask again later."),
    ]

    // MARK: - alipay.acquire

    /// Those of `detail_error_code` that are not named above.
    private static let acquire: [Entry] = [
        Entry("CONTEXT_INCONSISTENT", .final, "The order number was used before with other data."),
        Entry("TRADE_HAS_SUCCESS", .queryFirst, "The trade has been paid already."),
        Entry("TRADE_HAS_CLOSE", .final, "The trade is closed."),
        Entry("REASON_ILLEGAL_STATUS", .final, "The trade is in a state that does not allow this."),
        Entry("EXIST_FORBIDDEN_WORD", .final, "The subject or the description has a forbidden word in it."),
        Entry("PARTNER_ERROR", .final, "The partner is wrong."),
        Entry("ACCESS_FORBIDDEN", .final, "The partner's contract does not include this."),
        Entry("BUYER_ENABLE_STATUS_FORBID", .final, "The buyer's account is limited."),
        Entry("INVALID_PARAMETER", .final, "A parameter is missing or malformed."),
        Entry("UN_SUPPORT_BIZ_TYPE", .final, "This kind of business is not supported."),
        Entry("INVALID_RECEIVE_ACCOUNT", .final, "The seller's account cannot take this payment."),
        Entry("ROYALTY_INFO_VALIDATE_FAIL", .final, "The royalties are wrong."),
        Entry("TRADE_SETTLE_ERROR", .final, "The trade could not be settled."),
        Entry("SOUNDWAVE_PARSER_FAIL", .final, "The buyer's code could not be read; ask for a new one."),
        Entry("REFUND_AMT_NOT_EQUAL_TOTAL", .final, "The trade can be refunded as a whole only."),
        Entry("DISCORDANT_REPEAT_REQUEST", .final, "The number of the refund was used before with another amount."),
        Entry("TRADE_ROLE_ERROR", .final, "The seller may not do this with the trade."),
        Entry("REASON_TRADE_BEEN_FREEZEN", .final, "The trade is frozen."),
        Entry("BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", .final, "The buyer has reached the limit of the day."),
        Entry("CLIENT_VERSION_NOT_MATCH", .final, "The buyer's wallet is too old."),
        Entry("PULL_MOBILE_CASHIER_FAIL", .final, "The cashier could not be opened on the buyer's phone."),
    ]
}
