/// Something that goes wrong on request.
///
/// A fault of notifications strikes the next `count` messages on the wire, repeats included, so that the repeat after
/// a spoilt one is whole.
package struct Fault: Sendable, Hashable {
    /// What goes wrong.
    package enum Target: String, Sendable, CaseIterable {
        case notification
        /// Answers of `single_trade_query`.
        case query
        /// Answers of `notify_verify`.
        case verify
        /// Answers of `send_goods_confirm_by_platform`.
        case sendGoods = "send_goods"
        case closeTrade = "close_trade"
        /// Answers of `query_timestamp`.
        case timestamp
        /// Answers of `refund_fastpay_by_platform_nopwd`.
        case refund
        /// Single items of a refund batch, with a password or without.
        case refundItem = "refund_item"
        /// Answers of `refund_fastpay_query`.
        case refundQuery = "refund_query"
        case precreate
        /// Answers of `alipay.acquire.createandpay`.
        case createAndPay = "create_and_pay"
        case acquireQuery = "acquire_query"
        case acquireRefund = "acquire_refund"
        case acquireCancel = "acquire_cancel"
        case acquireClose = "acquire_close"
    }

    package enum Kind: String, Sendable, CaseIterable {
        case badSignature = "bad_signature"
        /// One fen more than was paid, signed.
        case wrongAmount = "wrong_amount"
        /// Another seller's id and e-mail, signed.
        case wrongSeller = "wrong_seller"
        /// Sent twice at once.
        case duplicate
        /// Sent after the next one was answered.
        case outOfOrder = "out_of_order"
        /// Later by `delayMs`; what was asked for happens then too.
        case slow
        /// Lost on the way; repeats come as if it had not been answered.
        case drop
        /// Status 500; nothing happened.
        case status500 = "status_500"
        /// No answer, and nothing happened.
        case noAnswer = "no_answer"
        /// What was asked for happened, and then there is no answer.
        case answerLost = "answer_lost"
        /// It happened; the XML breaks off in the middle.
        case garbled
        /// Nothing happened; an HTML page that calls itself XML, with status 200.
        case htmlPage = "html_page"
        case unsigned
        case answerFalse = "false"
        case answerInvalid = "invalid"
        /// Refused with `code`; nothing happened.
        case error
        /// Refused with `code`, though it happened.
        case errorAfterEffect = "error_after_effect"
        /// `is_success` is P, and the refund stays in progress until told.
        case inProgress = "in_progress"
        /// `is_success` is T, and the refund stays in progress until told.
        case delayed
        /// `result_code` UNKNOWN (PROCESS_EXCEPTION of a query); nothing happened.
        case unknown
        /// The same, though it happened.
        case unknownAfterEffect = "unknown_after_effect"
        /// `retry_flag` is Y; nothing happened.
        case retry
    }

    package static let countMax = 10_000
    package static let delayMsMax: Int64 = 600_000
    package static let codePreset = "SYSTEM_ERROR"
    static let codeCharactersMax = 64

    package let target: Target
    package let kind: Kind
    /// For how many messages, 1 to ``countMax``.
    package let count: Int
    /// With `slow`, 1 to ``delayMsMax``.
    package let delayMs: Int64
    /// With `error` and `error_after_effect`, Alipay's code: up to 64 capitals, digits and `_`.
    package let code: String

    /// - Returns: nil if the target does not know that kind, or a number or the code is out of range.
    package init?(
        _ target: Target, _ kind: Kind, count: Int = 1, delayMs: Int64 = 1000, code: String = Fault.codePreset
    ) {
        guard Fault.kinds(of: target).contains(kind), (1...Fault.countMax).contains(count),
            (1...Fault.delayMsMax).contains(delayMs), Fault.isCode(code)
        else { return nil }
        self.target = target
        self.kind = kind
        self.count = count
        self.delayMs = delayMs
        self.code = code
    }

    package static func kinds(of target: Target) -> [Kind] {
        switch target {
        case .notification: [.badSignature, .wrongAmount, .wrongSeller, .duplicate, .outOfOrder, .slow, .drop]
        case .query: [.wrongAmount, .wrongSeller] + signed + server
        case .verify: [.answerFalse, .answerInvalid, .slow, .status500, .noAnswer]
        case .sendGoods, .timestamp: signed + server
        case .closeTrade, .refundQuery: server
        case .refund: server + [.inProgress, .delayed]
        case .refundItem: [.error]
        case .precreate, .createAndPay, .acquireClose: signed + server + unknown
        case .acquireQuery, .acquireRefund: [.wrongAmount] + signed + server + unknown
        case .acquireCancel: signed + server + unknown + [.retry]
        }
    }

    private static let signed: [Kind] = [.badSignature, .unsigned]
    private static let server: [Kind] = [
        .slow, .status500, .noAnswer, .answerLost, .garbled, .htmlPage, .error, .errorAfterEffect,
    ]
    private static let unknown: [Kind] = [.unknown, .unknownAfterEffect]

    private static func isCode(_ text: String) -> Bool {
        (1...codeCharactersMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x5F: true
                default: false
                }
            }
    }
}
