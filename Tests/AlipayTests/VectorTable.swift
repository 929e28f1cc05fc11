/// What covers each vector of Fixtures/mapi-vectors.json. A vector that is not in the table, and one that is in the table and
/// not in the file, fail a test; the tests take their vectors from here.
enum VectorTable {
    enum Check: Sendable {
        /// Parameters on their way out, of whatever service; its form as well, though nobody sends it to us.
        case request
        /// A form with the fields that a notification must have.
        case notification
        /// A form with fewer.
        case form
        /// A form at the edge of the rules, with the signs that typical mistakes give.
        case edge
        /// An XML answer.
        case answer
        /// Its signature is over a string that nothing here builds, since its services are not offered: wap v1 signs four
        /// fields in a fixed order, `mobile.securitypay.pay` quotes its values.
        case textOnly
        /// Alipay's own signature over a text that is private, known by its SHA-1.
        case digestOnly
        /// DSA is named in Alipay's tables, and used by nobody.
        case leftOut
    }

    static let checks: [String: Check] = [
        "pub-chloerei-trade_create_by_buyer": .request,
        "pub-chloerei-alipay.wap.create.direct.pay.by.user": .request,
        "pub-chloerei-refund_fastpay_by_platform_pwd": .request,
        "pub-chloerei-forex_refund": .request,
        "pub-chloerei-create_forex_trade": .request,
        "pub-chloerei-create_forex_trade_wap": .request,
        "pub-chloerei-alipay.acquire.overseas.spot.refund": .request,
        "pub-chloerei-sign-1": .request,
        "pub-chloerei-sign-2": .request,
        "pub-chloerei-notify": .form,
        "pub-omnipay-md5": .request,
        "wapv1-notify-zh": .textOnly,
        "pub-chloerei-wapv1-auth": .request,
        "req-direct-ascii": .request,
        "req-direct-utf8-zh": .request,
        "req-direct-gbk-zh": .request,
        "req-direct-gbk-ext": .request,
        "req-wap": .request,
        "req-close-out": .request,
        "req-refund-nopwd": .request,
        "req-refund-pwd": .request,
        "req-refund-pwd-gbk": .request,
        "req-refund-query": .request,
        "req-batch-trans": .request,
        "req-account-page": .request,
        "req-acq-precreate": .request,
        "req-acq-createandpay": .request,
        "req-acq-refund": .request,
        "req-acq-close": .request,
        "ntf-direct-finished": .notification,
        "ntf-direct-closed": .notification,
        "ntf-direct-zh-utf8": .notification,
        "ntf-direct-zh-gbk": .notification,
        "ntf-escrow-12-WAIT_BUYER_CONFIRM_GOODS": .notification,
        "ntf-escrow-13-TRADE_FINISHED": .notification,
        "ntf-escrow-14-TRADE_CLOSED-REFUND_SUCCESS": .notification,
        "ntf-escrow-15-WAIT_BUYER_CONFIRM_GOODS-WAIT_SELLER_AGREE": .notification,
        "ntf-batch-refund": .notification,
        "ntf-batch-refund-fee": .notification,
        "ntf-batch-trans": .notification,
        "ntf-acq-refund": .notification,
        "edge-empty-and-zero": .edge,
        "edge-sign_type-excluded": .edge,
        "edge-sort": .edge,
        "edge-special-chars": .edge,
        "edge-addslashes": .edge,
        "edge-whitespace": .edge,
        "edge-notify-url-query": .edge,
        "edge-charset-mismatch": .edge,
        "edge-trailing-amp": .edge,
        "edge-new-unknown-field": .edge,
        "edge-key-whitespace": .edge,
        "xml-single_trade_query-gbk": .answer,
        "xml-query_timestamp": .answer,
        "xml-send_goods": .answer,
        "pub-omnipay-rsa": .form,
        "pub-chloerei-mobile-rsa": .textOnly,
        "rsa1024-req-direct-utf8": .request,
        "rsa1024-req-direct-gbk": .request,
        "rsa1024-ntf-direct-success": .notification,
        "rsa1024-ntf-batch-refund": .notification,
        "dsa1024-req-direct-verify-only": .leftOut,
        "real-alipay-rsa-1": .digestOnly,
        "real-alipay-rsa-3": .digestOnly,
        "real-alipay-rsa-5": .digestOnly,
    ]

    /// In the order of the file.
    static func vectors(_ checks: Check..., sign type: String? = nil) -> [Vector] {
        Vector.all.filter { vector in
            guard let check = VectorTable.checks[vector.id] else { return false }
            return checks.contains(check) && (type == nil || vector.sign_type == type)
        }
    }
}
