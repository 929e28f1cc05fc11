package import Crypto
package import HTTP
package import Payments
import Text

/// One merchant's contract with Alipay, as the tenant's file gives it (section `alipay`).
package struct Contract: Sendable {
    /// 16 digits, `2088…`.
    package let partner: String
    /// Who is paid; the partner unless the file says otherwise.
    package let sellerID: String
    /// Whether the file names the seller by id; else requests name them by email address, if there is one.
    package let namesSellerByID: Bool
    package let sellerEmail: String?
    package private(set) var keys: SigningKeys
    /// Absolute http or https URL without a query.
    package let gatewayURL: String
    /// Whether each notification is confirmed with Alipay by its `notify_id`.
    package let notifyVerify: Bool
    /// Where notifications may come from; nil for anywhere.
    package let notifySources: [AddressBlock]?
    package let services: ContractServices
    /// `_input_charset` of requests, and so of answers and notifications; `mobile_web` is UTF-8 whatever it says.
    package let charset: TextCharset
    /// What becomes of money that comes for a payment that is over.
    package let onLatePayment: LatePaymentPolicy

    package init(
        partner: String, sellerID: String? = nil, sellerEmail: String? = nil, keys: SigningKeys, gatewayURL: String,
        notifyVerify: Bool = true, notifySources: [AddressBlock]? = nil,
        services: ContractServices = ContractServices(), charset: TextCharset = .utf8,
        onLatePayment: LatePaymentPolicy = .accept
    ) {
        self.partner = partner
        self.sellerID = sellerID ?? partner
        namesSellerByID = sellerID != nil || sellerEmail == nil
        self.sellerEmail = sellerEmail
        self.keys = keys
        self.gatewayURL = gatewayURL
        self.notifyVerify = notifyVerify
        self.notifySources = notifySources
        self.services = services
        self.charset = charset
        self.onLatePayment = onLatePayment
    }

    /// The same contract, whose keys' uses are counted where `use` says.
    package func counted(_ use: (String) -> KeyUse) -> Contract {
        var contract = self
        contract.keys = keys.counted(use)
        return contract
    }

    /// What a new payment's requests are written in (O-wap: wap takes UTF-8 only).
    package func charset(of channel: Channel) -> TextCharset { channel == .mobileWeb ? .utf8 : charset }

    /// The first character of a text that requests in this charset cannot express; nil if there is none. Nothing is ever
    /// replaced in what is signed, so such a text has to be refused where it is given.
    package static func unwritable(_ text: String, in charset: TextCharset) -> Unicode.Scalar? {
        guard charset == .gbk else { return nil }
        do {
            _ = try GBK.encode(text)
            return nil
        } catch {
            return switch error {
            case .lacks(let scalar): scalar
            case .unavailable: text.unicodeScalars.first { !$0.isASCII }
            }
        }
    }

    /// Whether the gateway is reached without TLS, as in tests: then unsigned errors count as well.
    package var usesPlainHTTP: Bool { gatewayURL.lowercased().hasPrefix("http:") }

    /// Whether a message about a seller is about this one. A message names the seller by id, by email address, or both.
    package func isSeller(id: String?, email: String?) -> Bool {
        if let id, id != sellerID { return false }
        if let email, let sellerEmail, email.lowercased() != sellerEmail.lowercased() { return false }
        return id != nil || (email != nil && sellerEmail != nil)
    }
}

/// What becomes of money that comes for a payment that is over.
package enum LatePaymentPolicy: String, Sendable, CaseIterable {
    case accept
    /// It is given back at once, where the contract can.
    case refund
}

/// What a contract includes besides payments themselves.
package struct ContractServices: Sendable, Hashable {
    package enum Refund: String, Sendable, CaseIterable {
        /// `refund_fastpay_by_platform_nopwd`: server to server.
        case noPassword = "no_password"
        /// `refund_fastpay_by_platform_pwd`: the merchant's staff type the payment password in a browser.
        case password
    }

    /// `single_trade_query`.
    package let tradeQuery: Bool
    package let refund: Refund
    /// Whether requests may carry `it_b_pay`, so that Alipay closes unpaid trades itself.
    package let itBPay: Bool
    /// Whether each checkout carries an `anti_phishing_key`, fetched by `query_timestamp` at that moment.
    package let queryTimestamp: Bool
    /// Whether each checkout carries the buyer's address, `exter_invoke_ip`.
    package let exterInvokeIP: Bool

    package init(
        tradeQuery: Bool = true, refund: Refund = .noPassword, itBPay: Bool = false, queryTimestamp: Bool = false,
        exterInvokeIP: Bool = false
    ) {
        self.tradeQuery = tradeQuery
        self.refund = refund
        self.itBPay = itBPay
        self.queryTimestamp = queryTimestamp
        self.exterInvokeIP = exterInvokeIP
    }
}
