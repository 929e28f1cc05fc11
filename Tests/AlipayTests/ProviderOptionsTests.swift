import Alipay
import Payments
import Testing

struct ProviderOptionsTests {
    static func problems(_ product: String, _ options: [(String, String)]) throws -> [String] {
        let product = try #require(Product(product))
        return ProviderOptions.problems(options.map { MetadataEntry($0.0, $0.1) }, of: product).map(\.problem)
    }

    /// Every option with a good value, product by product; written out, so that none gets on a list unseen.
    static let allowed: [String: [String: String]] = [
        "web/instant": [
            "paymethod": "bankPay", "defaultbank": "ICBCB2C", "enable_paymethod": "directPay^bankPay^cartoon^cash",
            "disable_paymethod": "creditCardExpress", "need_ctu_check": "Y", "extra_common_param": "m:17|o:2",
            "extend_param": "isv^1|shop^2", "default_login": "N", "product_type": "CHANNEL_FAST_PAY",
            "token": "20100902xyz", "sign_id_ext": "1", "sign_name_ext": "三", "qr_pay_mode": "4",
            "qrcode_width": "200", "need_buyer_realnamed": "T", "hb_fq_param": "hb_fq_seller_percent^0|hb_fq_num^3",
            "goods_type": "1", "buyer_id": "2088000000000002", "buyer_email": "b@example.com",
            "buyer_account_name": "b",
        ],
        "web/escrow": escrow, "web/buyer_choice": escrow,
        "mobile_web/instant": [
            "extern_token": "x", "otherfee": "1.50", "rn_check": "T", "buyer_cert_no": "330000190001010000",
            "buyer_real_name": "李雷", "scene": "ZJCZTJF", "app_pay": "Y",
            "hb_fq_param": "hb_fq_num^12|hb_fq_seller_percent^100", "goods_type": "0", "promo_params": "a:b",
            "extend_params": "TRANS_MEMO^1", "ext_user_info": "{\"name\":\"李雷\",\"cert_no\":\"\"}",
            "enable_paymethod": "balance^moneyFund",
        ],
        "qr/instant": acquire,
        "barcode/instant": acquire.merging([
            "buyer_id": "2088000000000002", "buyer_email": "13800000000", "mcard_parameters": "{}",
            "agreement_info": "{\"a\":1}", "ref_ids": "[]",
        ]) { first, _ in first },
    ]

    static let escrow = [
        "t_s_send_1": "3d", "t_s_send_2": "7", "t_b_rec_post": "30d", "buyer_id": "2088000000000002",
        "buyer_email": "b@example.com", "buyer_account_name": "b", "buyer_msg": "谢谢", "token": "x",
    ]

    static let acquire = [
        "goods_detail": "[{\"goods_id\":\"1\",\"goods_name\":\"咖啡\"}]", "extend_params": "{\"STORE_ID\":\"BJ_001\"}",
        "channel_parameters": "{}", "operator_code": "op1", "operator_id": "1",
    ]

    /// What else has to be there for an option to be good.
    static let companions = [
        "defaultbank": ("paymethod", "bankPay"), "qrcode_width": ("qr_pay_mode", "4"),
        "sign_id_ext": ("sign_name_ext", "x"),
    ]

    /// Every name that a message of the interface has, either way.
    static let names = """
        _input_charset account_name action additional_trade_status agent agent_user_id agreement_info airticket \
        alipay_ca_request anti_phishing_key app_pay balance batch_fee batch_no batch_num big_pic_url body business_scene \
        buyer_account buyer_account_name buyer_actions buyer_cert_no buyer_email buyer_id buyer_login_email \
        buyer_logon_id buyer_msg buyer_real_name buyer_type buyer_user_id call_back_url channel channel_parameters \
        coupon_discount coupon_used_fee create_time create_transport_type currency dback_notify_url default_login \
        defaultbank detail_data detail_error_code detail_error_des disable_paymethod discount dynamic_id \
        dynamic_id_type email enable_paymethod encrypt_key error error_code error_notify_url exter_invoke_ip exterface \
        ext_user_info extend_param extend_params extern_token extra_common_param fail_details flag_trade_locked format \
        format_type fund_change gathering_type gmt_close gmt_create gmt_end_time gmt_last_modified_time \
        gmt_logistics_modify gmt_payment gmt_refund gmt_refund_pay gmt_return gmt_send_goods gmt_start_time goods_detail \
        goods_type has_next_page hb_fq_param income invoice_no is_success is_sync is_total_fee_adjust it_b_pay \
        last_modified_time logistics_fee logistics_fee_1 logistics_fee_2 logistics_fee_3 logistics_name \
        logistics_payment logistics_payment_1 logistics_payment_2 logistics_payment_3 logistics_status logistics_type \
        logistics_type_1 logistics_type_2 logistics_type_3 mcard_parameters memo merchant_url need_buyer_realnamed \
        need_ctu_check notify_action_type notify_data notify_id notify_time notify_type notify_url operator_code \
        operator_id operator_role operator_type otherfee out_biz_no out_channel_amount out_channel_inst out_channel_type \
        out_order_no out_request_no out_return_no out_trade_no outcome page_no page_size partner partner_id \
        partner_refund_id partner_trans_id pay_account_no pay_date pay_user_id pay_user_name payment_type paymethod \
        pic_url price product_code product_type promo_params qr_code qr_pay_mode qrcode_width quantity reason \
        receive_address receive_mobile receive_name receive_phone receive_zip ref_ids refund_amount refund_date \
        refund_fee refund_flow_type refund_id refund_reason refund_status req_data req_id request_token result_code \
        result_details retry_flag return_amount return_type return_url rn_check royalty_parameters royalty_type scene \
        sec_id seller_account seller_account_name seller_actions seller_email seller_id seller_ip seller_login_email \
        seller_type seller_user_id send_pay_date service service_fee service_fee_ratio show_url sign sign_id_ext \
        sign_name_ext sign_type small_pic_url stop_timeout subject success_details success_num t_b_pay t_b_rec_post \
        t_s_send_1 t_s_send_2 time_out time_out_type to_buyer_fee to_seller_fee token total_fee trade_from trade_no \
        trade_role trade_status trade_type transport_type use_coupon use_freeze_amount v voucher_type
        """.split(separator: " ").map(String.init)

    @Test(arguments: Product.all) func `of all the interface's names only the list's pass`(_ product: Product) throws {
        let names = ProviderOptionsTests.names
        let allowed = try #require(ProviderOptionsTests.allowed[product.description])
        #expect(Set(names).count == 220 && names.count == 220)
        #expect(Set(allowed.keys).isSubset(of: names))
        for name in names {
            for value in [allowed[name] ?? "1", "0.01", "T", "https://shop.example/"] {
                var options = [MetadataEntry(name, value)]
                if let other = ProviderOptionsTests.companions[name] { options.append(.init(other.0, other.1)) }
                let problems = ProviderOptions.problems(options, of: product)
                if let good = allowed[name] {
                    if value == good { #expect(problems.isEmpty, "\(name): \(problems)") }
                } else {
                    #expect(problems.contains { $0.name == name }, "\(name)=\(value)")
                }
            }
        }
    }

    @Test func `the names of the reference are among them`() {
        for vector in Vector.of("request", "published-request", "notify", "xml-response") {
            for name in (vector.params ?? [:]).keys where name != "some_new_field" {
                #expect(ProviderOptionsTests.names.contains(name), "\(name)")
            }
        }
    }

    /// What Alipay acts on, and the payment or the contract decides.
    @Test(arguments: [
        "partner", "seller_id", "seller_email", "seller_account_name", "notify_url", "return_url", "error_notify_url",
        "service", "sign", "sign_type", "_input_charset", "total_fee", "price", "quantity", "discount", "royalty_type",
        "royalty_parameters", "logistics_fee", "logistics_fee_1", "logistics_type", "logistics_payment", "out_trade_no",
        "it_b_pay", "payment_type", "dynamic_id", "product_code", "currency", "subject", "exter_invoke_ip",
        "anti_phishing_key",
    ])
    func `what is the gateway's own is refused by name, for every product`(name: String) {
        for product in Product.all {
            let problems = ProviderOptions.problems([MetadataEntry(name, "1")], of: product)
            #expect(problems.map(\.name) == [name])
            #expect(problems.map(\.problem) == ["\(name) is set by the gateway and is not an option"])
        }
    }

    // MARK: - Values

    @Test(arguments: [
        ("paymethod", "bankpay", "paymethod must be directPay, creditPay, bankPay, cartoon or cash, not \"bankpay\""),
        ("paymethod", "", "paymethod must not be empty"),
        ("need_ctu_check", "y", "need_ctu_check must be Y or N, not \"y\""),
        ("need_buyer_realnamed", "F", "need_buyer_realnamed must be T, not \"F\""),
        ("qr_pay_mode", "5", "qr_pay_mode must be 0, 1, 2, 3 or 4, not \"5\""),
        ("goods_type", "01", "goods_type must be 0 or 1, not \"01\""),
        ("extra_common_param", "a=1", "extra_common_param must not have any of = & + % #"),
        ("extra_common_param", "a&b", "extra_common_param must not have any of = & + % #"),
        (
            "extra_common_param", String(repeating: "三", count: 34),
            "extra_common_param must be at most 100 bytes, not 102"
        ),
        (
            "enable_paymethod", "directPay^",
            "enable_paymethod must be ways to pay joined by ^, such as directPay^bankPay"
        ),
        ("enable_paymethod", "a b", "enable_paymethod must be ways to pay joined by ^, such as directPay^bankPay"),
        ("extend_param", "isv", "extend_param must be pairs such as name1^value1|name2^value2"),
        ("extend_param", "isv^1|isv^2", "extend_param must be pairs such as name1^value1|name2^value2"),
        ("extend_param", "isv^1^2", "extend_param must be pairs such as name1^value1|name2^value2"),
        ("buyer_id", "1088000000000002", "buyer_id must be an Alipay account's id: 16 digits that begin with 2088"),
        ("buyer_id", "208800000000000२", "buyer_id must be an Alipay account's id: 16 digits that begin with 2088"),
        ("token", "a\nb", "token must not have control characters"),
        ("token", "a\u{0}", "token must not have control characters"),
        ("token", "a\u{2028}b", "token must not have control characters"),
        ("token", String(repeating: "x", count: 41), "token must be at most 40 bytes, not 41"),
        (
            "hb_fq_param", "hb_fq_num^3",
            "hb_fq_param must be such as hb_fq_num^3|hb_fq_seller_percent^0: 3, 6 or 12 months, 0 to 100 percent"
        ),
        (
            "hb_fq_param", "hb_fq_num^4|hb_fq_seller_percent^0",
            "hb_fq_param must be such as hb_fq_num^3|hb_fq_seller_percent^0: 3, 6 or 12 months, 0 to 100 percent"
        ),
        (
            "hb_fq_param", "hb_fq_num^3|hb_fq_seller_percent^101",
            "hb_fq_param must be such as hb_fq_num^3|hb_fq_seller_percent^0: 3, 6 or 12 months, 0 to 100 percent"
        ),
    ])
    func `a bad value is told what it must be`(name: String, value: String, problem: String) throws {
        #expect(try ProviderOptionsTests.problems("web/instant", [(name, value)]) == [problem])
    }

    @Test(arguments: [
        ("web/escrow", "t_s_send_1", "0", "t_s_send_1 must be whole days from 1 to 365, such as 3d"),
        ("web/escrow", "t_s_send_1", "1.5", "t_s_send_1 must be whole days from 1 to 365, such as 3d"),
        ("web/escrow", "t_s_send_2", "366d", "t_s_send_2 must be whole days from 1 to 365, such as 3d"),
        ("web/escrow", "t_b_rec_post", "3h", "t_b_rec_post must be whole days from 1 to 365, such as 3d"),
        ("web/escrow", "t_b_rec_post", "d", "t_b_rec_post must be whole days from 1 to 365, such as 3d"),
        ("mobile_web/instant", "otherfee", "1.005", "otherfee must be yuan with at most two decimals, such as 12.50"),
        ("mobile_web/instant", "otherfee", "-1", "otherfee must be yuan with at most two decimals, such as 12.50"),
        ("mobile_web/instant", "ext_user_info", "{", "ext_user_info must be a JSON object or array, as text"),
        ("qr/instant", "goods_detail", "\"x\"", "goods_detail must be a JSON object or array, as text"),
        ("qr/instant", "goods_detail", "[1,]", "goods_detail must be a JSON object or array, as text"),
        ("qr/instant", "extend_params", "STORE_ID^1", "extend_params must be a JSON object or array, as text"),
        (
            "qr/instant", "goods_detail", "[\"" + String(repeating: "x", count: 4000) + "\"]",
            "goods_detail must be at most 4000 bytes, not 4004"
        ),
        (
            "qr/instant", "goods_detail", String(repeating: "[", count: 9) + String(repeating: "]", count: 9),
            "goods_detail must be a JSON object or array, as text"
        ),
    ])
    func `a bad value of another product is told what it must be`(
        product: String, name: String, value: String, problem: String
    ) throws {
        #expect(try ProviderOptionsTests.problems(product, [(name, value)]) == [problem])
    }

    @Test func `the banks are the reference's, case and all`() throws {
        let bank = { (code: String) in
            try ProviderOptionsTests.problems("web/instant", [("paymethod", "bankPay"), ("defaultbank", code)])
        }
        for code in ["ICBCB2C", "CMB", "PSBC-DEBIT", "SPDBB2B", "CMBBTB"] { #expect(try bank(code) == []) }
        for code in ["icbcb2c", "ICBC", "CMB "] {
            let problem = try #require(try bank(code).first)
            #expect(
                problem.hasPrefix("defaultbank must be ICBCB2C, CMB, CCB, ") && problem.hasSuffix("not \"\(code)\""))
        }
    }

    @Test func `a value as long as a key is not shown`() throws {
        let problem = try ProviderOptionsTests.problems("web/instant", [("need_ctu_check", keyText)])
        #expect(problem == ["need_ctu_check must be Y or N, not a text of 32 characters"])
    }

    // MARK: - What goes together

    @Test func `options that exclude or need each other`() throws {
        let problems = { (options: [(String, String)]) in try ProviderOptionsTests.problems("web/instant", options) }
        #expect(
            try problems([("enable_paymethod", "directPay"), ("disable_paymethod", "bankPay")])
                == ["disable_paymethod and enable_paymethod exclude each other"])
        #expect(try problems([("defaultbank", "CMB")]) == ["defaultbank goes with paymethod bankPay"])
        #expect(
            try problems([("defaultbank", "CMB"), ("paymethod", "cash")]) == ["defaultbank goes with paymethod bankPay"]
        )
        #expect(try problems([("qrcode_width", "200")]) == ["qrcode_width goes with qr_pay_mode 4"])
        #expect(try problems([("sign_id_ext", "1")]) == ["sign_id_ext goes with sign_name_ext"])
        #expect(try problems([("token", "a"), ("token", "b")]) == ["\"token\" appears twice"])
        #expect(try problems([]) == [])
    }

    // MARK: - Names

    @Test(arguments: [
        ("web/escrow", "qr_pay_mode", "qr_pay_mode is an option of web/instant, not of web/escrow"),
        ("web/escrow", "defaultbank", "defaultbank is an option of web/instant, not of web/escrow"),
        ("web/instant", "t_s_send_1", "t_s_send_1 is an option of web/escrow or web/buyer_choice, not of web/instant"),
        ("qr/instant", "ref_ids", "ref_ids is an option of barcode/instant, not of qr/instant"),
        ("web/instant", "paymethods", "\"paymethods\" is not an option of web/instant; did you mean \"paymethod\"?"),
        ("web/instant", "PayMethod", "\"PayMethod\" is not an option of web/instant; did you mean \"paymethod\"?"),
        ("web/instant", "colour", "\"colour\" is not an option of web/instant"),
        ("web/instant", "a\nb", "\"a\\nb\" is not an option of web/instant"),
        ("web/instant", "", "an option without a name is not an option of web/instant"),
    ])
    func `a name that is not on the list is told whose it is, or what is near`(
        product: String, name: String, problem: String
    ) throws {
        #expect(try ProviderOptionsTests.problems(product, [(name, "1")]) == [problem])
    }

    @Test func `every problem is told, in the order of the options`() throws {
        let problems = ProviderOptions.problems(
            [.init("colour", "red"), .init("goods_type", "9"), .init("paymethod", "cash"), .init("sign", "0")],
            of: Product(channel: .web, settlement: .instant))
        #expect(problems.map(\.name) == ["colour", "goods_type", "sign"])
    }
}
