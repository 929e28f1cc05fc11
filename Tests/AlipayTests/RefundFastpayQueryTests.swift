import Alipay
import HTTP
import Payments
import Testing

struct RefundFastpayQueryTests {
    static let item = "20260102re01^2026010222001400000000000001^20.00^"

    static func answer(
        _ body: String, verifiedTLS: Bool = true, _ contract: Contract = .sample()
    ) -> RefundFastpayQuery.Answer {
        RefundFastpayQuery.answer(.sample(body, verifiedTLS: verifiedTLS), refund: .sample(), contract)
    }

    @Test func `the request, whole`() throws {
        #expect(
            try #require(RefundFastpayQuery.request(batchNo: "20260102re01", .sample())).url
                == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=refund_fastpay_query&batch_no=20260102re01&sign=4c90cfbd4bdf838986cf2a373903ffa7&sign_type=MD5"
        )
    }

    @Test(arguments: [
        "is_success=T&result_details=\(item)SUCCESS", "is_success=T&result_details=\(item)SUCCESS\r\n",
        "\n result_details=\(item)SUCCESS&is_success=T",
        "is_success=T&result_details=20260102re01%5E2026010222001400000000000001%5E20.00%5ESUCCESS",
        "is_success=T&result_details=\(item)SUCCESS^true^S", "is_success=T&result_details=\(item)SUCCESS^false^null",
        "is_success=T&result_details=\(item)SUCCESS$a@example.com^2088000000000002^0.10^SUCCESS",
        "is_success=T&result_details=20260102re01^2026010222001400000000000001^20^SUCCESS&unfreezed_deta=x",
        "<alipay><is_success>T</is_success><result_details>\(item)SUCCESS</result_details></alipay>",
        "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<alipay><is_success>T</is_success><response><refund>"
            + "<result_details>\(item)SUCCESS</result_details></refund></response></alipay>",
        "<alipay><is_success>T</is_success><response><result_details>\(item)SUCCESS</result_details></response></alipay>",
    ])
    func `an answer about this refund, in either form, is its result`(body: String) {
        #expect(RefundFastpayQueryTests.answer(body) == .item(result: "SUCCESS"))
        let local = Contract.sample(gatewayURL: "http://127.0.0.1:8090/gateway.do")
        #expect(RefundFastpayQueryTests.answer(body, verifiedTLS: false, local) == .item(result: "SUCCESS"))
        #expect(
            RefundFastpayQueryTests.answer(body, verifiedTLS: false)
                == .invalid("an unsigned answer over an unverified connection"))
    }

    @Test func `a signed answer counts over any connection, and one that is signed wrong over none`() {
        let reply = Reply("refund", [("result_details", RefundFastpayQueryTests.item + "TRADE_HAS_CLOSED")])
        #expect(
            RefundFastpayQueryTests.answer(reply.xml, verifiedTLS: false) == .item(result: "TRADE_HAS_CLOSED"))
        let forged = reply.with { $0.key = otherKeyText }
        #expect(RefundFastpayQueryTests.answer(forged.xml) == .invalid("the signature of the answer is wrong"))
    }

    @Test(arguments: [
        ("20260102re02^2026010222001400000000000001^20.00^SUCCESS", "the answer is about another batch"),
        ("20260102re01^2026010222001400000000000002^20.00^SUCCESS", "the answer is about another trade"),
        ("20260102re01^2026010222001400000000000001^20.01^SUCCESS", "the answer is about another amount"),
        ("20260102re01^2026010222001400000000000001^0.00^SUCCESS", "the answer is about another amount"),
        (
            "\(item)SUCCESS#20260102re01^2026010222001400000000000002^1.00^SUCCESS",
            "the batch has 2 refunds"
        ),
        ("2026010222001400000000000001^20.00^SUCCESS", "result_details, item 1, has too few or too many fields"),
        ("\(item)成功", "result_details, item 1, has a character that it cannot have"),
        ("\(item)", "result_details, item 1, has no result that can be read"),
        ("\(item)SUCCESS#", "result_details, item 2, has too few or too many fields"),
        ("", "success without result_details"),
    ])
    func `an answer about something else proves nothing`(details: String, why: String) {
        #expect(RefundFastpayQueryTests.answer("is_success=T&result_details=\(details)") == .invalid(why))
        let xml = "<alipay><is_success>T</is_success><result_details>\(details)</result_details></alipay>"
        #expect(RefundFastpayQueryTests.answer(xml) == .invalid(why))
    }

    @Test(
        arguments: [
            ("is_success=F&error_code=REFUND_NOT_EXIST", .notFound),
            ("is_success=F&error_code=ILLEGAL_SIGN", .refused(code: "ILLEGAL_SIGN")),
            ("is_success=F&error=SYSTEM_ERROR", .refused(code: "SYSTEM_ERROR")),
            ("is_success=F", .invalid("an error without a code")),
            ("is_success=F&error_code=%20", .invalid("an error without a code")),
            ("is_success=P", .invalid("is_success is neither T nor F")),
            ("is_success=T", .invalid("success without result_details")),
            ("is_success=T&is_success=F&error_code=REFUND_NOT_EXIST", .invalid("not a list of fields")),
            ("is_success=%T", .invalid("not a list of fields")),
            ("true", .invalid("is_success is neither T nor F")),
            ("{\"is_success\": \"T\"}", .invalid("not a list of fields")),
            (Reply.short("F", error: "REFUND_NOT_EXIST"), .notFound),
            (Reply.short("F", error: "ILLEGAL_SIGN"), .refused(code: "ILLEGAL_SIGN")),
            (Reply.short("P"), .invalid("is_success is neither T nor F")),
            (Reply.short("T"), .invalid("success without result_details")),
        ] as [(String, RefundFastpayQuery.Answer)])
    func `an error, and what is no answer`(body: String, answer: RefundFastpayQuery.Answer) {
        #expect(RefundFastpayQueryTests.answer(body) == answer)
        let unverified = RefundFastpayQueryTests.answer(body, verifiedTLS: false)
        #expect(unverified == .invalid("an unsigned answer over an unverified connection"))
    }

    @Test func `more fields than an answer has are not read`() {
        let many = (0..<21).map { "f\($0)=1" }.joined(separator: "&")
        #expect(RefundFastpayQueryTests.answer("is_success=T&" + many) == .invalid("not a list of fields"))
    }
}
