package import HTTP

/// One merchant's contract with Alipay, as the tenant's file gives it (section `alipay`).
package struct Contract: Sendable {
    /// 16 digits, `2088…`.
    package let partner: String
    /// Who is paid; the partner unless the file says otherwise.
    package let sellerID: String
    /// Whether the file names the seller by id; else requests name them by email address, if there is one.
    package let namesSellerByID: Bool
    package let sellerEmail: String?
    package let keys: SigningKeys
    /// Absolute http or https URL without a query.
    package let gatewayURL: String
    /// Whether each notification is confirmed with Alipay by its `notify_id`.
    package let notifyVerify: Bool
    /// Where notifications may come from; nil for anywhere.
    package let notifySources: [AddressBlock]?
    package let services: ContractServices

    package init(
        partner: String, sellerID: String? = nil, sellerEmail: String? = nil, keys: SigningKeys, gatewayURL: String,
        notifyVerify: Bool = true, notifySources: [AddressBlock]? = nil, services: ContractServices = ContractServices()
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
    }

    /// `_input_charset` of every request, and so of every answer and notification.
    package var charset: String { "utf-8" }

    /// Whether the gateway is reached without TLS, as in tests: then unsigned errors count as well.
    package var usesPlainHTTP: Bool { gatewayURL.lowercased().hasPrefix("http:") }

    /// Whether a message about a seller is about this one. A message names the seller by id, by email address, or both.
    package func isSeller(id: String?, email: String?) -> Bool {
        if let id, id != sellerID { return false }
        if let email, let sellerEmail, email.lowercased() != sellerEmail.lowercased() { return false }
        return id != nil || (email != nil && sellerEmail != nil)
    }
}

/// What a contract includes besides payments themselves.
package struct ContractServices: Sendable, Hashable {
    /// `single_trade_query`.
    package let tradeQuery: Bool
    /// Whether requests may carry `it_b_pay`, so that Alipay closes unpaid trades itself.
    package let itBPay: Bool

    package init(tradeQuery: Bool = true, itBPay: Bool = false) {
        self.tradeQuery = tradeQuery
        self.itBPay = itBPay
    }
}
