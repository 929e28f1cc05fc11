import Alipay
import Diagnostics
import HTTP
import Payments
import Settings
import Support
import Testing

struct ContractSettingsTests {
    static let environment = [
        "BOOKSHOP_ALIPAY_KEY": "zyxwvutsrqponmlkjihgfedcba543210", "EMPTY_KEY": "",
        "MERCHANT_KEY": (try? Fixture.text("secrets/merchant.base64")) ?? "",
        "ALIPAY_PUBLIC_KEY": (try? Fixture.text("secrets/alipay-pkcs1.base64")) ?? "",
    ]

    /// Reads a file's text the way a tenant's file is read, its `alipay` section only.
    static func read(_ text: String, name: String = "bookshop.yaml", into problems: ProblemList) -> ContractSettings? {
        let source = SettingsSource(
            file: "tenants/" + name, folder: Fixture.folder,
            environment: { environment[$0] }, clock: ManualClock())
        return SettingsReader.read(Array(text.utf8), from: source, into: problems) { root in
            root.section("alipay", ContractSettings.read)
        }
    }

    /// What is reported for a file of the Fixtures folder, a line each.
    static func problems(of name: String) throws -> (settings: ContractSettings?, lines: String) {
        let problems = ProblemList()
        let settings = read(try Fixture.text(name), name: name, into: problems)
        return (settings, problems.sorted.map { $0.description + "\n" }.joined())
    }

    /// The messages for a section of these lines, the file and its place cut off.
    static func messages(_ lines: String...) -> [String] {
        let problems = ProblemList()
        let text = "alipay:\n" + lines.map { "  \($0)\n" }.joined()
        let settings = read(text, into: problems)
        #expect((settings == nil) == problems.hasErrors)
        return problems.sorted.map(\.message)
    }

    static let key = "keys: [abcdefghijklmnopqrstuvwxyz012345]"

    @Test(arguments: Fixture.names(endingIn: ".bad.yaml"))
    func `a bad section gives every problem at its place and no contract`(name: String) throws {
        let (settings, lines) = try ContractSettingsTests.problems(of: name)
        #expect(settings == nil)
        #expect(lines == (try Fixture.text(name.replacing(".yaml", with: ".txt"))))
        #expect(!lines.contains(keyText))
    }

    @Test(arguments: Fixture.names(endingIn: ".good.yaml"))
    func `a good section gives a contract and at most warnings`(name: String) throws {
        let (settings, lines) = try ContractSettingsTests.problems(of: name)
        #expect(settings != nil)
        #expect(lines == (try Fixture.text(name.replacing(".yaml", with: ".txt"))))
    }

    @Test func `the fixtures are there`() {
        #expect(Fixture.names(endingIn: ".bad.yaml").count == 23)
        #expect(Fixture.names(endingIn: ".good.yaml").count == 9)
    }

    @Test func `the values of a full section are what it says`() throws {
        let settings = try #require(try ContractSettingsTests.problems(of: "full.good.yaml").settings)
        let contract = settings.contract
        #expect(contract.partner == "2088101122136241")
        #expect(contract.sellerID == "2088000000000009")
        #expect(contract.namesSellerByID)
        #expect(contract.sellerEmail == "sales@bookshop.example")
        #expect(contract.gatewayURL == "https://mapi.alipay.com:443/gateway.do")
        #expect(!contract.notifyVerify)
        #expect(contract.notifySources?.map(\.description) == ["110.75.128.0/19", "2400:b200::/32", "103.47.4.1/32"])
        #expect(
            contract.services
                == ContractServices(
                    tradeQuery: false, refund: .password, itBPay: true, queryTimestamp: true, exterInvokeIP: true))
        #expect(contract.onLatePayment == .accept)
        #expect(contract.charset == .utf8)
        let text = Array("a=1".utf8)
        #expect(contract.keys.sign(text) == SigningKeys(md5: [Secret("zyxwvutsrqponmlkjihgfedcba543210")]).sign(text))
        for key in ["zyxwvutsrqponmlkjihgfedcba543210", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", keyText] {
            let sign = try #require(SigningKeys(md5: [Secret(key)]).sign(text))
            #expect(contract.keys.verify(text, signature: Array(sign.utf8)[...]))
        }
        #expect(settings.secrets.count == 3)
    }

    @Test func `defaults stand where the section says nothing`() throws {
        let contract = try #require(try ContractSettingsTests.problems(of: "least.good.yaml").settings).contract
        #expect(contract.partner == "2088101122136241")
        #expect(contract.sellerID == "2088101122136241")
        #expect(contract.namesSellerByID)
        #expect(contract.sellerEmail == nil)
        #expect(contract.gatewayURL == "https://mapi.alipay.com/gateway.do")
        #expect(contract.notifyVerify)
        #expect(contract.notifySources == nil)
        #expect(contract.services == ContractServices(tradeQuery: true, refund: .noPassword, itBPay: false))
        #expect(!contract.services.queryTimestamp && !contract.services.exterInvokeIP)
        #expect(contract.charset == .utf8)
        #expect(contract.onLatePayment == .accept)
        #expect(contract.keys.signType == .md5)
    }

    @Test func `a seller by email address alone is named so, and is the partner`() throws {
        let text =
            "alipay:\n  partner: 2088101122136241\n  seller_email: sales@bookshop.example\n  \(ContractSettingsTests.key)\n"
        let problems = ProblemList()
        let contract = try #require(ContractSettingsTests.read(text, into: problems)).contract
        #expect(problems.sorted == [])
        #expect(!contract.namesSellerByID)
        #expect(contract.sellerID == "2088101122136241")
    }

    @Test(arguments: [
        "2088101122136241", "\"2088101122136241\"", "'2088000000000000'",
    ])
    func `an account id has 16 digits, with quotes or without`(written: String) {
        #expect(ContractSettingsTests.messages("partner: \(written)", ContractSettingsTests.key) == [])
    }

    @Test(arguments: [
        ("208810112213624", "\"208810112213624\""), ("20881011221362411", "\"20881011221362411\""),
        ("1088101122136241", "\"1088101122136241\""), ("\"2088 101122136241\"", "\"2088 101122136241\""),
        ("\"2088101122136241 \"", "\"2088101122136241 \""), ("2.088101122136241e15", "\"2.088101122136241e15\""),
        ("0x2088101122136", "\"0x2088101122136\""), ("-208810112213624", "\"-208810112213624\""),
        ("\"２０８８101122136241\"", "\"２０８８101122136241\""), ("2088_1011_2213_6", "\"2088_1011_2213_6\""),
        ("208810112213624x", "\"208810112213624x\""), ("\"2088\\u001B[31m\"", "\"2088\\u{1B}[31m\""),
    ])
    func `anything else is not, and is shown with control characters spelt out`(written: String, shown: String) {
        let complaint = "\(shown) is not an Alipay account id; it has 16 digits and begins with 2088"
        #expect(
            ContractSettingsTests.messages("partner: \(written)", ContractSettingsTests.key) == [
                "alipay.partner: " + complaint
            ])
        let asSeller = ContractSettingsTests.messages(
            "partner: 2088101122136241", "seller_id: \(written)", ContractSettingsTests.key)
        #expect(asSeller == ["alipay.seller_id: " + complaint])
    }

    @Test(arguments: [
        "https://mapi.alipay.com/gateway.do?", "https://mapi.alipay.com/gateway.do#top", "mapi.alipay.com/gateway.do",
        "ftp://mapi.alipay.com/gateway.do", "https:///gateway.do", "https://user:pass@mapi.alipay.com/gateway.do",
        "https://mapi.alipay.com/网关", "\"https://mapi.alipay.com/a b\"", "\"https://mapi.alipay.com/\\n\"",
        "//mapi.alipay.com",
    ])
    func `a gateway_url that parameters cannot be added to is refused`(written: String) {
        let messages = ContractSettingsTests.messages(
            "partner: 2088101122136241", "gateway_url: \(written)", ContractSettingsTests.key)
        #expect(
            messages == [
                "alipay.gateway_url: it must be an absolute http or https URL without a query, such as https://mapi.alipay.com/gateway.do"
            ])
    }

    @Test func `a long gateway_url is refused at its limit`() {
        let long = "https://mapi.alipay.com/" + String(repeating: "x", count: 1_000)
        #expect(long.utf8.count == 1_024)
        #expect(
            ContractSettingsTests.messages(
                "partner: 2088101122136241", "gateway_url: \(long)", ContractSettingsTests.key) == [])
        let longer = ContractSettingsTests.messages(
            "partner: 2088101122136241", "gateway_url: \(long)x", ContractSettingsTests.key)
        #expect(longer.count == 1)
    }

    @Test func `an email address is at most 100 bytes of ASCII with an at sign`() {
        let long = String(repeating: "x", count: 87) + "@shop.example"
        #expect(long.utf8.count == 100)
        let line = "partner: 2088101122136241"
        #expect(ContractSettingsTests.messages(line, "seller_email: \(long)", ContractSettingsTests.key) == [])
        for bad in ["x\(long)", "sales", "三@shop.example", "\"a b@shop.example\""] {
            let messages = ContractSettingsTests.messages(line, "seller_email: \(bad)", ContractSettingsTests.key)
            #expect(messages.count == 1 && messages[0].hasSuffix("is not an email address of at most 100 bytes"))
        }
    }

    @Test(arguments: [("accept", LatePaymentPolicy.accept), ("refund", .refund)])
    func `late money is accepted or refunded`(written: String, policy: LatePaymentPolicy) {
        let lines = [
            "alipay:", "  partner: 2088101122136241", "  on_late_payment: \(written)",
            "  \(ContractSettingsTests.key)",
        ]
        let settings = ContractSettingsTests.read(lines.joined(separator: "\n"), into: ProblemList())
        #expect(settings?.contract.onLatePayment == policy)
    }

    @Test func `the warning about notify_verify needs both halves`() {
        let line = "partner: 2088101122136241"
        let unconfirmed = ContractSettingsTests.messages(
            line, "notify_verify: false", "services: {trade_query: false}", ContractSettingsTests.key)
        #expect(unconfirmed.count == 1)
        #expect(unconfirmed.allSatisfy { $0.contains("counts on its signature alone") })
        #expect(
            ContractSettingsTests.messages(
                line, "notify_verify: true", "services: {it_b_pay: true}", ContractSettingsTests.key) == [])
        #expect(ContractSettingsTests.messages(line, "notify_verify: true", ContractSettingsTests.key) == [])
    }
}
