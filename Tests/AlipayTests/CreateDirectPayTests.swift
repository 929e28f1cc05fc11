import Alipay
import Foundation
import Payments
import Testing
import Text

struct CreateDirectPayTests {
    static let createdAtMs: Int64 = 1_767_323_045_000

    static func payment(
        amount: Int64 = 12_050, subject: String = "Blue mug", description: String? = nil, showURL: String? = nil,
        expiresInMs: Int64 = 7_200_000
    ) -> Payment {
        Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: amount,
            subject: subject, description: description, channel: .web, settlement: .instant,
            returnURL: "https://shop.example/thanks", showURL: showURL, createdAtMs: createdAtMs,
            expiresAtMs: createdAtMs + expiresInMs)
    }

    static func url(_ payment: Payment, _ contract: Contract = .sample(), nowMs: Int64 = createdAtMs) -> String {
        let callbacks = Callbacks(
            notifyURL: "https://pay.example/notify/bookshop", returnURL: "https://pay.example/return/bookshop")
        return CreateDirectPayByUser.url(payment, contract, callbacks, nowMs: nowMs) ?? "unsigned"
    }

    /// The decoded parameter; nil when the URL has none of that name.
    static func value(_ name: String, in url: String) throws -> String? {
        let query = url.split(separator: "?", maxSplits: 1)[1]
        return try FormFields(Array(query.utf8), fieldsMax: 20)[name].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the least that a payment has, the seller by id`() {
        #expect(
            CreateDirectPayTests.url(CreateDirectPayTests.payment())
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8"
                + "&partner=2088101122136241&service=create_direct_pay_by_user"
                + "&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop&out_trade_no=ORDER-1001"
                + "&payment_type=1&return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop&seller_id=2088101122136241"
                + "&subject=Blue%20mug&total_fee=120.50"
                + "&sign=934447b86f426de560a42f9af8faa4c7&sign_type=MD5")
    }

    @Test
    func `Chinese, an emoji, a description and a page of the goods, the seller by email address, the largest amount`() {
        let payment = CreateDirectPayTests.payment(
            amount: 10_000_000_000, subject: "三体 (1-3) 📚", description: "刘慈欣\n套装 & 书签",
            showURL: "https://shop.example/book/1?a=1&b=2")
        #expect(
            CreateDirectPayTests.url(payment, .sample(sellerEmail: "sales@bookshop.example"))
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8"
                + "&partner=2088101122136241&service=create_direct_pay_by_user"
                + "&body=%E5%88%98%E6%85%88%E6%AC%A3%0A%E5%A5%97%E8%A3%85%20%26%20%E4%B9%A6%E7%AD%BE"
                + "&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop&out_trade_no=ORDER-1001"
                + "&payment_type=1&return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop"
                + "&seller_email=sales%40bookshop.example"
                + "&show_url=https%3A%2F%2Fshop.example%2Fbook%2F1%3Fa%3D1%26b%3D2"
                + "&subject=%E4%B8%89%E4%BD%93%20%281-3%29%20%F0%9F%93%9A&total_fee=100000000.00"
                + "&sign=df3977f2f94339df6f0a203e850175e2&sign_type=MD5")
    }

    @Test func `everything that means something to a URL, a form, HTML or PHP, and blanks at the end`() {
        let payment = CreateDirectPayTests.payment(
            amount: 1, subject: "+ % & = # ' \" < > \\ %41 &amp; a=1&b=2  ", expiresInMs: 60_000)
        let contract = Contract.sample(
            sellerID: "2088000000000009", sellerEmail: "sales@bookshop.example",
            services: ContractServices(itBPay: true))
        #expect(
            CreateDirectPayTests.url(payment, contract)
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8"
                + "&partner=2088101122136241&service=create_direct_pay_by_user"
                + "&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop&out_trade_no=ORDER-1001"
                + "&payment_type=1&return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop&seller_id=2088000000000009"
                + "&subject=%2B%20%25%20%26%20%3D%20%23%20%27%20%22%20%3C%20%3E%20%5C%20%2541%20%26amp%3B%20a%3D1%26b%3D2%20%20"
                + "&total_fee=0.01&it_b_pay=1m&sign=a8c060119cc57e290804333c890ceba2&sign_type=MD5")
    }

    static let subjects = [
        "Blue mug", "三体 (1-3) 📚", "a+b c%20d&e=f#g\"h'i\\j<k>l;m,n^o|p~q*r(s)!t/u?v:w@x[y]{z}`$", "  both ends  ", "%",
        "&", "=", "+",
        "&sign=0&sign_type=RSA", "total_fee=0.01&total_fee=0.02", "e\u{301} or é", "a\u{200D}b", "镕堃喆", "0",
    ]

    @Test(arguments: subjects)
    func `decoding the URL gives back the very bytes, and they are what is signed`(subject: String) throws {
        let payment = CreateDirectPayTests.payment(
            subject: subject, description: subject + subject, showURL: "https://shop.example/?q=%E4%B8%89&x=+#top")
        let url = CreateDirectPayTests.url(payment)
        let form = try FormFields(Array(url.split(separator: "?", maxSplits: 1)[1].utf8), fieldsMax: 20)
        #expect(form["subject"].map(Array.init) == Array(subject.utf8))
        #expect(form["body"].map(Array.init) == Array((subject + subject).utf8))
        #expect(form["show_url"].map(Array.init) == Array("https://shop.example/?q=%E4%B8%89&x=+#top".utf8))
        var message = Message(
            form.map { (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) })
        message.fields.removeAll { $0.name == "sign" || $0.name == "sign_type" }
        #expect(form["sign"].map { String(decoding: $0, as: UTF8.self) } == message.sign())
        // Foundation reads it as well: one URL without a fragment, and the same values.
        let read = try #require(URLComponents(string: url))
        #expect(read.fragment == nil)
        #expect(read.queryItems?.first { $0.name == "subject" }?.value.map { Array($0.utf8) } == Array(subject.utf8))
        #expect(read.queryItems?.count == 14)
    }

    @Test func `what is absent or empty is not sent`() throws {
        let bare = CreateDirectPayTests.url(CreateDirectPayTests.payment())
        #expect(!bare.contains("body=") && !bare.contains("show_url=") && !bare.contains("it_b_pay="))
        #expect(CreateDirectPayTests.url(CreateDirectPayTests.payment(description: "", showURL: "")) == bare)
        #expect(!bare.contains("seller_email="))
        let byEmail = CreateDirectPayTests.url(
            CreateDirectPayTests.payment(), .sample(sellerEmail: "sales@bookshop.example"))
        #expect(!byEmail.contains("seller_id="))
    }

    @Test(
        arguments: [
            (1, "0.01"), (10, "0.10"), (29, "0.29"), (57, "0.57"), (100, "1.00"), (115, "1.15"), (101_001, "1010.01"),
            (9_999_999_999, "99999999.99"), (10_000_000_000, "100000000.00"),
        ] as [(Int64, String)])
    func `total_fee is the fen, to the last digit`(amount: Int64, fee: String) throws {
        let url = CreateDirectPayTests.url(CreateDirectPayTests.payment(amount: amount))
        #expect(try CreateDirectPayTests.value("total_fee", in: url) == fee)
    }

    @Test(
        arguments: [
            (-1, "1m"), (0, "1m"), (1, "1m"), (60_000, "1m"), (119_999, "1m"), (120_000, "2m"), (7_200_000, "120m"),
            (1_295_999_999, "21599m"), (1_296_000_000, "21600m"), (1_296_060_000, "21600m"),
            (9_000_000_000_000, "21600m"),
        ] as [(Int64, String)])
    func `it_b_pay is the whole minutes that are left, from one to fifteen days`(leftMs: Int64, minutes: String) throws
    {
        let payment = CreateDirectPayTests.payment(expiresInMs: 10_000)
        let contract = Contract.sample(services: ContractServices(itBPay: true))
        let url = CreateDirectPayTests.url(payment, contract, nowMs: payment.expiresAtMs - leftMs)
        #expect(try CreateDirectPayTests.value("it_b_pay", in: url) == minutes)
    }
}
