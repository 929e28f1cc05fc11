import Alipay
import HTTP
import Payments
import Testing
import Text

struct RefundFastpayTests {
    static func request(_ refund: Refund, charset: TextCharset = .utf8) throws -> OutboundRequest {
        let contract = Contract(
            partner: "2088101122136241", keys: .sample, gatewayURL: "https://mapi.alipay.com/gateway.do",
            charset: charset)
        return try #require(
            RefundFastpay.request(
                refund: refund, contract, notifyURL: "https://pay.example/notify/bookshop", nowMs: sampleNowMs))
    }

    /// What stands after the second `^` of `detail_data`.
    static func reason(_ text: String?, charset: TextCharset = .utf8) throws -> [UInt8] {
        let sent = try SentParameters(try request(.sample(reason: text), charset: charset))
        #expect(sent["sign"] == sent.expectedSign())
        let data = Array(try #require(sent.fields["detail_data"]))
        let prefix = Array("2026010222001400000000000001^20.00^".utf8)
        #expect(data.starts(with: prefix))
        return Array(data.dropFirst(prefix.count))
    }

    @Test func `the request without password, whole`() throws {
        let request = try RefundFastpayTests.request(.sample(reason: "协商退款"))
        #expect(
            request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=refund_fastpay_by_platform_nopwd&notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop"
                + "&return_type=xml&refund_date=2026-01-02%2011%3A04%3A05&batch_no=20260102re01&batch_num=1"
                + "&detail_data=2026010222001400000000000001%5E20.00%5E%E5%8D%8F%E5%95%86%E9%80%80%E6%AC%BE"
                + "&sign=93a7f6e1dd10778fdab8d620cb239085&sign_type=MD5")
        #expect(request.method == .get && request.policy == .trusted && request.timeout == .seconds(10))
    }

    @Test func `the page with password names the seller as the file does`() throws {
        let url = { (contract: Contract) in
            try #require(
                RefundFastpay.pageURL(
                    refund: .sample(), contract, notifyURL: "https://pay.example/notify/bookshop", nowMs: sampleNowMs))
        }
        let byID = try SentParameters(url: url(.sample()))
        #expect(byID["service"] == "refund_fastpay_by_platform_pwd")
        #expect(byID["seller_user_id"] == "2088101122136241" && byID["seller_email"] == nil && byID["seller_id"] == nil)
        #expect(byID["detail_data"] == "2026010222001400000000000001^20.00^refund")
        #expect(byID["sign"] == byID.expectedSign())
        let byEmail = try SentParameters(url: url(.sample(sellerEmail: "sales@bookshop.example")))
        #expect(byEmail["seller_email"] == "sales@bookshop.example" && byEmail["seller_user_id"] == nil)
    }

    @Test(
        arguments: [
            (nil, "refund"), ("", "refund"), ("   ", "refund"), ("^|$#", "refund"), ("\n\t", "refund"),
            ("a^b|c$d#e", "a b c d e"), ("one\ntwo\r\u{2028}\u{85}\u{0}", "one two    "),
            ("5% & = + off", "5% & = + off"),
            (" kept ", " kept "), ("refund ^1^0.01^x#2^9.99^y", "refund  1 0.01 x 2 9.99 y"),
        ] as [(String?, String)])
    func `a reason has nothing in it that separates the parts`(text: String?, sent: String) throws {
        #expect(String(decoding: try RefundFastpayTests.reason(text), as: UTF8.self) == sent)
    }

    @Test func `a reason has at most 256 bytes in the request's charset, in whole characters`() throws {
        let ascii = try RefundFastpayTests.reason(String(repeating: "x", count: 257))
        #expect(ascii.count == 256)
        let utf8 = try RefundFastpayTests.reason(String(repeating: "退", count: 200))
        #expect(String(decoding: utf8, as: UTF8.self) == String(repeating: "退", count: 85))
        let gbk = try RefundFastpayTests.reason("x" + String(repeating: "退", count: 200), charset: .gbk)
        #expect(GBK.decode(gbk) == "x" + String(repeating: "退", count: 127))
        #expect(try RefundFastpayTests.reason(String(repeating: "x", count: 256)).count == 256)
    }

    @Test func `the longest reason still goes into a URL`() throws {
        let request = try RefundFastpayTests.request(
            .sample(amount: 10_000_000_000, reason: String(repeating: "退", count: 200)))
        #expect(request.method == .get)
        #expect(request.url.utf8.count <= 2000)
    }

    @Test func `what does not fit into a URL goes into the body, with the charset in the URL too`() throws {
        let notifyURL = "https://pay.example/" + String(repeating: "n", count: 1200)
        let request = try #require(
            RefundFastpay.request(
                refund: .sample(reason: String(repeating: "退", count: 200)), .sample(), notifyURL: notifyURL,
                nowMs: sampleNowMs))
        #expect(request.method == .post)
        #expect(request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8")
        let sent = try SentParameters(request)
        #expect(sent["_input_charset"] == "utf-8" && sent["notify_url"] == notifyURL)
        #expect(sent["sign"] == sent.expectedSign())
    }

    @Test(
        arguments: [
            (Reply.short("T"), .accepted), (Reply.short("P"), .inProgress),
            (Reply.short("F", error: "DUPLICATE_BATCH_NO"), .refused(code: "DUPLICATE_BATCH_NO")),
            (Reply.short("F"), .invalid("an error without a code")),
            (Reply.short("X"), .invalid("is_success is neither T, F nor P")),
        ] as [(String, RefundFastpay.Answer)])
    func `the answer says whether the refund was taken, not whether it is done`(
        xml: String, answer: RefundFastpay.Answer
    ) {
        #expect(RefundFastpay.answer(.sample(xml), .sample()) == answer)
        #expect(
            RefundFastpay.answer(.sample(xml, verifiedTLS: false), .sample())
                == .invalid("an unsigned answer over an unverified connection"))
    }
}
