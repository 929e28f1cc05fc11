import HTTP
package import Payments

/// What a checkout carries beside the payment, where the contract asks for it.
package struct CheckoutExtras: Sendable, Hashable {
    /// Fetched by `query_timestamp` for this very checkout; valid for about 30 seconds.
    package var antiPhishingKey: String?
    /// The buyer's address; only one of IPv4 is sent (`exter_invoke_ip` has 15 characters).
    package var invokeIP: String?

    package init(antiPhishingKey: String? = nil, invokeIP: String? = nil) {
        self.antiPhishingKey = antiPhishingKey
        self.invokeIP = invokeIP
    }

    package static let none = CheckoutExtras()
}

/// The URL that sends a buyer's browser to Alipay, by the service of the payment's product.
package enum CheckoutRequest {
    /// The signed GET URL, made anew for every buyer; nil for a payment that a call of ours makes (`qr`, `barcode`), for a
    /// pair that no service offers, and if no key is in force to sign with.
    package static func url(
        _ payment: Payment, _ contract: Contract, _ callbacks: Callbacks, _ extras: CheckoutExtras = .none,
        nowMs: Int64
    ) -> String? {
        switch (payment.channel, payment.settlement) {
        case (.web, .instant): CreateDirectPayByUser.url(payment, contract, callbacks, extras, nowMs: nowMs)
        case (.web, .escrow): CreatePartnerTradeByBuyer.url(payment, contract, callbacks, extras, nowMs: nowMs)
        case (.web, .buyerChoice): TradeCreateByBuyer.url(payment, contract, callbacks, extras, nowMs: nowMs)
        case (.mobileWeb, .instant): WapCreateDirectPayByUser.url(payment, contract, callbacks, nowMs: nowMs)
        case (.mobileWeb, .escrow), (.mobileWeb, .buyerChoice), (.qr, _), (.barcode, _): nil
        }
    }
}

extension RequestParameters {
    /// What names a payment to the services that a browser is sent to.
    mutating func addOrder(_ payment: Payment, _ callbacks: Callbacks, seller: (name: String, value: String)) {
        add("body", payment.description)
        add("notify_url", callbacks.notifyURL)
        add("out_trade_no", payment.merchantReference)
        add("payment_type", "1")
        add("return_url", callbacks.returnURL)
        add(seller.name, seller.value)
        add("show_url", payment.showURL)
        add("subject", payment.subject)
    }

    mutating func addTimeLeft(_ payment: Payment, _ contract: Contract, nowMs: Int64) {
        if contract.services.itBPay { add("it_b_pay", payment.minutesLeft(nowMs: nowMs)) }
    }

    mutating func add(_ extras: CheckoutExtras) {
        add("anti_phishing_key", extras.antiPhishingKey)
        guard let address = extras.invokeIP.flatMap({ IPAddress($0) })?.canonical, address.isIPv4 else { return }
        add("exter_invoke_ip", address.description)
    }

    /// The merchant's own choices among the service's fields. Their names were checked when the payment was made; one that
    /// is not on the list, or is there already, is not sent.
    mutating func addOptions(of payment: Payment) {
        let allowed = ProviderOptions.fields(of: payment.product)
        for option in payment.providerOptions
        where allowed.contains(where: { $0.name == option.key }) && !list.contains(where: { $0.name == option.key }) {
            add(option.key, option.value)
        }
    }
}

extension Payment {
    /// `it_b_pay`: the whole minutes until it expires, 1 to 21,600.
    func minutesLeft(nowMs: Int64) -> String { "\(min(max((expiresAtMs - nowMs) / 60_000, 1), 21_600))m" }
}

extension Contract {
    /// The parameter that names who is paid. The file's word counts: Alipay looks at `seller_id` first.
    var seller: (name: String, value: String) {
        if !namesSellerByID, let sellerEmail { return ("seller_email", sellerEmail) }
        return ("seller_id", sellerID)
    }
}
