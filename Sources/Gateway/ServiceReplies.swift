import Alipay

// What each service's answer counts as. The refusal code is Alipay's own word, wherever an answer has one.

extension SingleTradeQuery.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .trade: "trade"
        case .unsupported: "unsupported"
        case .notFound: "not_found"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}

extension CloseTrade.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .closed: "closed"
        case .notFound: "not_found"
        case .wrongState: "wrong_state"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}

extension AcquireCancel.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .canceled: "canceled"
        case .notFound: "not_found"
        case .retry: "retry"
        case .wrongState: "wrong_state"
        case .failed: "failed"
        case .unknown: "unknown"
        }
    }

    var refusalCode: String? {
        if case .failed(let code) = self { code } else { nil }
    }
}

extension AcquirePrecreate.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .created: "created"
        case .failed: "failed"
        case .unknown: "unknown"
        }
    }

    var refusalCode: String? {
        if case .failed(let code) = self { code } else { nil }
    }
}

extension AcquireCreateAndPay.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .paid: "paid"
        case .inProcess: "in_process"
        case .failed: "failed"
        case .unknown: "unknown"
        }
    }

    var refusalCode: String? {
        if case .failed(let code, _) = self { code } else { nil }
    }
}

extension AcquireRefund.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .unknown: "unknown"
        }
    }

    var refusalCode: String? {
        switch self {
        case .succeeded: nil
        case .failed(let code): code
        case .unknown(_, let code): code
        }
    }
}

extension RefundFastpay.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .accepted: "accepted"
        case .inProgress: "in_progress"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}

extension RefundFastpayQuery.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .item: "item"
        case .notFound: "not_found"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}

extension SendGoodsConfirmByPlatform.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .shipped: "shipped"
        case .accepted: "accepted"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}

extension QueryTimestamp.Answer: ServiceReply {
    var outcome: String {
        switch self {
        case .key: "key"
        case .refused: "refused"
        case .invalid: "invalid"
        }
    }

    var refusalCode: String? {
        if case .refused(let code) = self { code } else { nil }
    }
}
