import HTTP

/// The parameters of `create_direct_pay_by_user`, checked (mapi.md §2.1).
struct DirectPayRequest: Sendable {
    static let service = "create_direct_pay_by_user"

    let order: TradeOrder
    let notifyURL: String?
    let returnURL: String?
    private let timeout: PaymentTimeout?

    init(_ fields: Fields, account: SimulatorAccount, accounts: Accounts) throws(GatewayError) {
        try DirectPayRequest.checkForms(fields)
        let (priceFen, quantity) = try DirectPayRequest.amount(fields)
        try DirectPayRequest.checkSeller(fields, account, accounts)
        order = TradeOrder(
            service: DirectPayRequest.service, outTradeNo: try DirectPayRequest.mandatory(fields, "out_trade_no"),
            subject: try DirectPayRequest.subject(fields), body: fields.filled("body"),
            extraCommonParam: fields.filled("extra_common_param"),
            paymentType: try DirectPayRequest.paymentType(fields),
            priceFen: priceFen, quantity: quantity, sellerID: account.sellerID, sellerEmail: account.sellerEmail)
        notifyURL = try DirectPayRequest.url(fields, "notify_url")
        returnURL = try DirectPayRequest.url(fields, "return_url")
        _ = try DirectPayRequest.url(fields, "show_url")
        timeout = try DirectPayRequest.timeout(fields, account.contract)
    }

    /// When the trade closes unpaid; nil if the request does not say.
    func closesAtMs(nowMs: Int64) -> Int64? { timeout?.endMs(fromMs: nowMs) }

    /// Longest text of each field, in characters.
    private static let charactersMax: KeyValuePairs<String, Int> = [
        "notify_url": 190, "return_url": 200, "error_notify_url": 200, "out_trade_no": 64, "payment_type": 4,
        "seller_id": 16, "seller_account_name": 100, "seller_email": 100, "buyer_id": 16, "buyer_account_name": 100,
        "buyer_email": 100, "body": 1000, "show_url": 400, "extra_common_param": 100, "product_type": 50, "token": 40,
        "sign_id_ext": 50, "sign_name_ext": 128, "royalty_type": 2, "royalty_parameters": 1000,
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

    private static func mandatory(_ fields: Fields, _ name: String) throws(GatewayError) -> String {
        guard let text = fields.filled(name) else { throw wrong(name, "is missing") }
        return text
    }

    /// At most 256 bytes as GBK counts them: 1 for ASCII, 2 for the rest, 4 for what lies outside the basic plane.
    private static func subject(_ fields: Fields) throws(GatewayError) -> String {
        let subject = try mandatory(fields, "subject")
        let bytes = subject.unicodeScalars.reduce(0) { $0 + ($1.value < 0x80 ? 1 : $1.value < 0x10000 ? 2 : 4) }
        guard bytes <= 256 else { throw wrong("subject", "is longer than 256 bytes of GBK") }
        return subject
    }

    private static func paymentType(_ fields: Fields) throws(GatewayError) -> String {
        let type = try mandatory(fields, "payment_type")
        guard ["1", "2", "3", "4", "5", "6", "7", "8"].contains(type) else {
            throw GatewayError(.illegalPaymentType, "payment_type is not 1 to 8")
        }
        return type
    }

    /// total_fee, or price and quantity.
    private static func amount(_ fields: Fields) throws(GatewayError) -> (priceFen: Int64, quantity: Int64) {
        if let total = fields.filled("total_fee") {
            guard fields.filled("price") == nil, fields.filled("quantity") == nil else {
                throw wrong("total_fee", "excludes price and quantity")
            }
            return (try fen(total, "total_fee"), 1)
        }
        let price = try fen(mandatory(fields, "price"), "price")
        let text = try mandatory(fields, "quantity")
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let quantity = Int64(text), quantity > 0,
            quantity <= Yuan.fenMax / price
        else { throw GatewayError(.illegalFeeParam, "quantity is no whole number, or too large") }
        return (price, quantity)
    }

    private static func fen(_ text: String, _ name: String) throws(GatewayError) -> Int64 {
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
    private static func checkSeller(
        _ fields: Fields, _ account: SimulatorAccount, _ accounts: Accounts
    ) throws(GatewayError) {
        let names = ["seller_id", "seller_account_name", "seller_email"]
        guard let seller = names.lazy.compactMap({ fields.filled($0) }).first else {
            throw wrong("seller_id", "is missing, and so are seller_account_name and seller_email")
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
    private static func url(_ fields: Fields, _ name: String) throws(GatewayError) -> String? {
        guard let url = fields.filled(name) else { return nil }
        let isAddress = ["http://", "https://"].contains { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }
        guard isAddress, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw wrong(name, "is no http or https URL")
        }
        guard name != "notify_url" || !url.utf8.contains(UInt8(ascii: "?")) else {
            throw wrong(name, "has parameters of its own")
        }
        return url
    }

    private static func timeout(
        _ fields: Fields, _ contract: SimulatorAccount.Contract
    ) throws(GatewayError) -> PaymentTimeout? {
        guard let text = fields.filled("it_b_pay") else { return nil }
        guard contract.itBPay else { throw GatewayError(.selfTimeoutNotSupport, "it_b_pay is not in the contract") }
        guard let timeout = PaymentTimeout(text) else { throw wrong("it_b_pay", "is not 1m to 15d, or 1c") }
        return timeout
    }

    private static func wrong(_ name: String, _ what: String) -> GatewayError {
        GatewayError(.illegalArgument, "\(name) \(what)")
    }
}

/// `it_b_pay`: `1m` to `15d` in whole minutes, hours or days, or `1c`, until midnight in Beijing.
enum PaymentTimeout: Sendable, Hashable {
    case minutes(Int64)
    case untilMidnight

    private static let minutesMax: Int64 = 15 * 1440

    init?(_ text: String) {
        if text == "1c" {
            self = .untilMidnight
            return
        }
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...5).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let minutes: Int64
        switch unit {
        case UInt8(ascii: "m"): minutes = count
        case UInt8(ascii: "h"): minutes = count * 60
        case UInt8(ascii: "d"): minutes = count * 1440
        default: return nil
        }
        guard (1...PaymentTimeout.minutesMax).contains(minutes) else { return nil }
        self = .minutes(minutes)
    }

    func endMs(fromMs: Int64) -> Int64 {
        switch self {
        case .minutes(let minutes): fromMs + minutes * 60_000
        case .untilMidnight: BeijingTime.nextMidnight(afterMs: fromMs)
        }
    }
}
