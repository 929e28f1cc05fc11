package import Payments
import Settings

/// `provider_options`: the fields of Alipay's own that a merchant may set, service by service. What names the merchant, the
/// payment, its money, its time or where Alipay reports to is on no list.
package enum ProviderOptions {
    /// Every option at fault, in the order given, and what is wrong with it; empty if all are good. Whether a value can be
    /// written in the payment's charset is not judged here.
    package static func problems(
        _ options: [MetadataEntry], of product: Product
    ) -> [(name: String, problem: String)] {
        let fields = fields(of: product)
        var found: [(name: String, problem: String)] = []
        var seen = Set<String>()
        for option in options {
            if !seen.insert(option.key).inserted {
                found.append((option.key, "\(shown(option.key)) appears twice"))
            } else if let field = fields.first(where: { $0.name == option.key }) {
                if let problem = field.check.problem(option.value) {
                    found.append((option.key, "\(option.key) \(problem)"))
                }
            } else {
                found.append((option.key, stranger(option.key, product)))
            }
        }
        return found + conflicts(options.filter { option in fields.contains { $0.name == option.key } })
    }

    static func fields(of product: Product) -> [ProviderOption] {
        switch (product.channel, product.settlement) {
        case (.web, .instant): directPay
        case (.web, .escrow), (.web, .buyerChoice): escrow
        case (.mobileWeb, .instant): wap
        case (.qr, .instant): acquire
        case (.barcode, .instant): acquire + createAndPay
        case (.mobileWeb, .escrow), (.mobileWeb, .buyerChoice), (.qr, _), (.barcode, _): []
        }
    }

    // MARK: - The lists

    /// For `defaultbank`: the banks, and with BTB or B2B at the end their accounts of companies.
    static let banks = [
        "ICBCB2C", "CMB", "CCB", "ABC", "BOCB2C", "SPDB", "CIB", "GDB", "CMBC", "COMM", "CITIC", "CEBBANK", "NBBANK",
        "HZCBB2C", "SHBANK", "SPABANK", "BJRCB", "BJBANK", "PSBC-DEBIT", "ICBCBTB", "ABCBTB", "CCBBTB", "SPDBB2B",
        "BOCBTB", "CMBBTB",
    ]

    private static let directPay: [ProviderOption] =
        buyer + [
            ProviderOption("paymethod", .choice(["directPay", "creditPay", "bankPay", "cartoon", "cash"])),
            ProviderOption("defaultbank", .choice(banks)),
            ProviderOption("enable_paymethod", .payMethods(separator: "^", bytesMax: 256)),
            ProviderOption("disable_paymethod", .payMethods(separator: "^", bytesMax: 256)),
            ProviderOption("need_ctu_check", .choice(["Y", "N"])),
            ProviderOption("extra_common_param", .textWithout("=&+%#", bytesMax: 100)),
            ProviderOption("extend_param", .pairs(bytesMax: 1000)),
            ProviderOption("default_login", .choice(["Y", "N"])),
            ProviderOption("product_type", .text(bytesMax: 50)),
            ProviderOption("token", .text(bytesMax: 40)),
            ProviderOption("sign_id_ext", .text(bytesMax: 50)),
            ProviderOption("sign_name_ext", .text(bytesMax: 128)),
            ProviderOption("qr_pay_mode", .choice(["0", "1", "2", "3", "4"])),
            ProviderOption("qrcode_width", .number(1...1000)),
            ProviderOption("need_buyer_realnamed", .choice(["T"])),
            ProviderOption("hb_fq_param", .installments),
            ProviderOption("goods_type", .choice(["0", "1"])),
        ]

    private static let escrow: [ProviderOption] =
        buyer + [
            ProviderOption("t_s_send_1", .days(1...365)),
            ProviderOption("t_s_send_2", .days(1...365)),
            ProviderOption("t_b_rec_post", .days(1...365)),
            ProviderOption("buyer_msg", .text(bytesMax: 256)),
            ProviderOption("token", .text(bytesMax: 40)),
        ]

    private static let buyer: [ProviderOption] = [
        ProviderOption("buyer_id", .accountID),
        ProviderOption("buyer_email", .text(bytesMax: 100)),
        ProviderOption("buyer_account_name", .text(bytesMax: 100)),
    ]

    private static let wap: [ProviderOption] = [
        ProviderOption("extern_token", .text(bytesMax: 256)),
        ProviderOption("otherfee", .yuan),
        ProviderOption("rn_check", .choice(["T", "F"])),
        ProviderOption("buyer_cert_no", .text(bytesMax: 64)),
        ProviderOption("buyer_real_name", .text(bytesMax: 128)),
        ProviderOption("scene", .text(bytesMax: 64)),
        ProviderOption("app_pay", .choice(["Y", "N"])),
        ProviderOption("hb_fq_param", .installments),
        ProviderOption("goods_type", .choice(["0", "1"])),
        ProviderOption("promo_params", .text(bytesMax: 512)),
        ProviderOption("extend_params", .pairs(bytesMax: 1000)),
        ProviderOption("ext_user_info", .json(bytesMax: 1000)),
        ProviderOption("enable_paymethod", .payMethods(separator: "^", bytesMax: 256)),
    ]

    private static let acquire: [ProviderOption] = [
        ProviderOption("goods_detail", .json(bytesMax: 4000)),
        ProviderOption("extend_params", .json(bytesMax: 1000)),
        ProviderOption("channel_parameters", .json(bytesMax: 1000)),
        ProviderOption("operator_code", .text(bytesMax: 64)),
        ProviderOption("operator_id", .text(bytesMax: 64)),
    ]

    private static let createAndPay: [ProviderOption] = [
        ProviderOption("buyer_id", .accountID),
        ProviderOption("buyer_email", .text(bytesMax: 100)),
        ProviderOption("mcard_parameters", .json(bytesMax: 1000)),
        ProviderOption("agreement_info", .json(bytesMax: 1000)),
        ProviderOption("ref_ids", .json(bytesMax: 1000)),
    ]

    // MARK: - Problems

    private static func stranger(_ name: String, _ product: Product) -> String {
        let takers = Product.all.filter { other in fields(of: other).contains { $0.name == name } }
        guard takers.isEmpty else {
            let others = ProviderOptionCheck.oneOf(takers.map(\.description))
            return "\(name) is an option of \(others), not of \(product)"
        }
        if own.contains(name) { return "\(name) is set by the gateway and is not an option" }
        let near = suggestion(for: name, among: fields(of: product).map(\.name))
        return "\(shown(name)) is not an option of \(product)" + (near.map { "; did you mean \"\($0)\"?" } ?? "")
    }

    /// What goes together, and what does not, among options of the service's list.
    private static func conflicts(_ options: [MetadataEntry]) -> [(name: String, problem: String)] {
        let value = { (name: String) in options.first { $0.key == name }?.value }
        var found: [(name: String, problem: String)] = []
        if value("enable_paymethod") != nil, value("disable_paymethod") != nil {
            found.append(("disable_paymethod", "disable_paymethod and enable_paymethod exclude each other"))
        }
        if value("defaultbank") != nil, value("paymethod") != "bankPay" {
            found.append(("defaultbank", "defaultbank goes with paymethod bankPay"))
        }
        if value("qrcode_width") != nil, value("qr_pay_mode") != "4" {
            found.append(("qrcode_width", "qrcode_width goes with qr_pay_mode 4"))
        }
        if value("sign_id_ext") != nil, value("sign_name_ext") == nil {
            found.append(("sign_id_ext", "sign_id_ext goes with sign_name_ext"))
        }
        return found
    }

    /// What requests have from the payment, the contract or the gateway, to be told apart from names that mean nothing.
    static let own: Set<String> = [
        "_input_charset", "anti_phishing_key", "body", "currency", "discount", "dynamic_id",
        "dynamic_id_type", "error_notify_url", "exter_invoke_ip", "it_b_pay", "logistics_fee", "logistics_fee_1",
        "logistics_fee_2", "logistics_fee_3", "logistics_payment", "logistics_payment_1", "logistics_payment_2",
        "logistics_payment_3", "logistics_type", "logistics_type_1", "logistics_type_2", "logistics_type_3",
        "notify_url", "out_trade_no", "partner", "payment_type", "price", "product_code", "quantity",
        "receive_address", "receive_mobile", "receive_name", "receive_phone", "receive_zip", "return_url",
        "royalty_parameters", "royalty_type", "seller_account_name", "seller_email", "seller_id", "seller_user_id",
        "service", "show_url", "sign", "sign_type", "subject", "total_fee",
    ]

    private static func shown(_ name: String) -> String { name.isEmpty ? "an option without a name" : quoted(name) }
}
