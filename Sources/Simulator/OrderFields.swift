import HTTP

/// The parameters of an order, read by Alipay's rules.
struct OrderFields: Sendable {
    let fields: Fields
    let account: SimulatorAccount
    private let accounts: Accounts

    /// - Throws: if the form of any field is wrong, whichever service it is for.
    init(_ call: GatewayCall, accounts: Accounts) throws(GatewayError) {
        fields = call.fields
        account = call.account
        self.accounts = accounts
        try OrderFields.checkForms(fields)
    }

    /// Longest text of each field, in characters.
    private static let charactersMax: KeyValuePairs<String, Int> = [
        "notify_url": 190, "return_url": 200, "error_notify_url": 200, "out_trade_no": 64, "payment_type": 4,
        "seller_id": 16, "seller_account_name": 100, "seller_email": 100, "buyer_id": 16, "buyer_account_name": 100,
        "buyer_email": 100, "body": 1000, "show_url": 400, "extra_common_param": 100, "product_type": 50, "token": 40,
        "sign_id_ext": 50, "sign_name_ext": 128, "royalty_type": 10, "royalty_parameters": 1000,
        "receive_name": 128, "receive_address": 256, "receive_zip": 20, "receive_phone": 30, "receive_mobile": 30,
    ]

    /// The words that a field knows.
    private static let words: KeyValuePairs<String, [String]> = [
        "paymethod": ["directPay", "creditPay", "bankPay", "cartoon", "cash"], "need_ctu_check": ["Y", "N"],
        "default_login": ["Y", "N"], "qr_pay_mode": ["0", "1", "2", "3", "4"], "need_buyer_realnamed": ["T"],
        "goods_type": ["0", "1"],
    ]

    private static func checkForms(_ fields: Fields) throws(GatewayError) {
        for field in fields.list {
            guard let text = String(validating: field.value, as: UTF8.self) else {
                throw GatewayError(.illegalEncoding, "\(field.name) is not UTF-8")
            }
            guard text.unicodeScalars.allSatisfy(isPlain) else { throw wrong(field.name, "holds a control character") }
        }
        for (name, longest) in charactersMax where (fields.text(name) ?? "").unicodeScalars.count > longest {
            throw wrong(name, "is longer than \(longest)")
        }
        for (name, known) in words {
            if let word = fields.filled(name), !known.contains(word) { throw wrong(name, "is none of \(known)") }
        }
        if fields.filled("enable_paymethod") != nil, fields.filled("disable_paymethod") != nil {
            throw wrong("enable_paymethod", "and disable_paymethod exclude each other")
        }
        if fields.filled("paymethod") == "bankPay", fields.filled("defaultbank") == nil {
            throw wrong("defaultbank", "is missing with bankPay")
        }
        if let ip = fields.filled("exter_invoke_ip"), IPAddress(ip)?.isIPv4 != true {
            throw GatewayError(.illegalExterInvokeIP, "exter_invoke_ip is no IPv4 address")
        }
    }

    /// No control characters but tab and line breaks, and none of the two that XML cannot carry.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0..<0x20, 0x7F, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    func mandatory(_ name: String) throws(GatewayError) -> String {
        guard let text = fields.filled(name) else { throw OrderFields.wrong(name, "is missing") }
        return text
    }

    /// At most 256 bytes as GBK counts them: 1 for ASCII, 2 for the rest, 4 for what lies outside the basic plane.
    func subject() throws(GatewayError) -> String {
        let subject = try mandatory("subject")
        let bytes = subject.unicodeScalars.reduce(0) { $0 + ($1.value < 0x80 ? 1 : $1.value < 0x10000 ? 2 : 4) }
        guard bytes <= 256 else { throw OrderFields.wrong("subject", "is longer than 256 bytes of GBK") }
        return subject
    }

    func paymentType() throws(GatewayError) -> String {
        let type = try mandatory("payment_type")
        guard ["1", "2", "3", "4", "5", "6", "7", "8"].contains(type) else {
            throw GatewayError(.illegalPaymentType, "payment_type is not 1 to 8")
        }
        return type
    }

    /// total_fee, or price and quantity.
    func amount() throws(GatewayError) -> (priceFen: Int64, quantity: Int64) {
        if let total = fields.filled("total_fee") {
            guard fields.filled("price") == nil, fields.filled("quantity") == nil else {
                throw OrderFields.wrong("total_fee", "excludes price and quantity")
            }
            return (try OrderFields.fen(total, "total_fee"), 1)
        }
        let price = try OrderFields.fen(mandatory("price"), "price")
        let text = try mandatory("quantity")
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let quantity = Int64(text), quantity > 0,
            quantity <= Yuan.fenMax / price
        else { throw GatewayError(.illegalFeeParam, "quantity is no whole number, or too large") }
        return (price, quantity)
    }

    static func fen(_ text: String, _ name: String) throws(GatewayError) -> Int64 {
        do throws(Yuan.Refusal) {
            return try Yuan.fen(text)
        } catch {
            switch error {
            case .zeroOrLess: throw GatewayError(.totalFeeLessEqualZero, "\(name) is not more than 0.00")
            case .malformed:
                throw GatewayError(.illegalFeeParam, "\(name) is not 0.01 to 100000000.00 with at most two decimals")
            }
        }
    }

    /// seller_id counts before seller_account_name before seller_email; one of them must be there.
    func checkSeller() throws(GatewayError) {
        let names = ["seller_id", "seller_account_name", "seller_email"]
        guard let seller = names.lazy.compactMap({ fields.filled($0) }).first else {
            throw OrderFields.wrong("seller_id", "is missing, and so are seller_account_name and seller_email")
        }
        guard let partner = accounts.partner(ofSeller: seller) else {
            throw GatewayError(.sellerNotExist, "no account has this seller")
        }
        guard partner == account.partner else {
            throw GatewayError(.sellerNotInSpecifiedSellers, "the seller is another partner's")
        }
        let buyers = ["buyer_id", "buyer_account_name", "buyer_email"].compactMap { fields.filled($0) }
        if buyers.contains(account.sellerID) || buyers.contains(account.sellerEmail) {
            throw GatewayError(.buyerSellerEqual, "the buyer is the seller")
        }
    }

    /// An absolute http or https URL in printable ASCII, without a fragment; notify_url also without a query.
    func url(_ name: String) throws(GatewayError) -> String? {
        guard let url = fields.filled(name) else { return nil }
        let isAddress = ["http://", "https://"].contains { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }
        guard isAddress, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw OrderFields.wrong(name, "is no http or https URL")
        }
        guard name != "notify_url" || !url.utf8.contains(UInt8(ascii: "?")) else {
            throw OrderFields.wrong(name, "has parameters of its own")
        }
        return url
    }

    /// - Parameter isIncluded: whether the contract has `it_b_pay` for this service.
    func timeout(isIncluded: Bool) throws(GatewayError) -> PaymentTimeout? {
        guard let text = fields.filled("it_b_pay") else { return nil }
        guard isIncluded else { throw GatewayError(.selfTimeoutNotSupport, "it_b_pay is not in the contract") }
        guard let timeout = PaymentTimeout(text) else { throw OrderFields.wrong("it_b_pay", "is not 1m to 15d, or 1c") }
        return timeout
    }

    static func wrong(_ name: String, _ what: String) -> GatewayError {
        GatewayError(.illegalArgument, "\(name) \(what)")
    }
}
