import Alipay
import HTTP
import Testing

/// What an answer to a query must be, to count.
struct SingleTradeQueryRefusalTests {
    // MARK: - Not this trade

    @Test(arguments: ["ORDER-1002", "order-1001", "ORDER-1001 ", "", "ORDER-10011"])
    func `another order's trade is no answer`(number: String) {
        let answer = SingleTradeQueryTests.answer(Answer.paid.with("out_trade_no", number))
        #expect(answer == .invalid("the answer is about another order"))
    }

    @Test func `a trade without its order is no answer`() {
        let answer = SingleTradeQueryTests.answer(Answer.paid.with("out_trade_no", nil))
        #expect(answer == .invalid("the answer is about another order"))
    }

    @Test func `another seller's trade is no answer`() {
        let wrong = SingleTradeQuery.Answer.invalid("the answer is about another seller")
        #expect(SingleTradeQueryTests.answer(Answer.paid.with("seller_id", "2088000000000009")) == wrong)
        #expect(SingleTradeQueryTests.answer(Answer.paid.with("seller_id", nil)) == wrong)
        #expect(SingleTradeQueryTests.answer(Answer.paid.with("seller_id", nil).with("seller_email", nil)) == wrong)
        let contract = Contract.sample(sellerEmail: "other@bookshop.example")
        #expect(SingleTradeQueryTests.answer(.paid, contract) == wrong)
        #expect(
            SingleTradeQueryTests.answer(.paid, .sample(sellerEmail: "sales@bookshop.example"))
                == .trade(SingleTradeQueryTests.paid))
    }

    @Test func `a trade without its number or its status is no answer`() {
        for name in ["trade_no", "trade_status"] {
            let answer = SingleTradeQueryTests.answer(Answer.paid.with(name, nil))
            #expect(answer == .invalid("the answer lacks trade_no or trade_status"))
        }
    }

    @Test(arguments: ["TRADE_REFUSE", "COD_WAIT_BUYER_PAY", "trade_success", "T"])
    func `a status that nothing here acts on is told as it is`(word: String) {
        let answer = SingleTradeQueryTests.answer(Answer.paid.with("trade_status", word))
        #expect(answer == .unsupported(tradeNo: "2026010222001400000000000001", word: word))
    }

    @Test(arguments: [
        ("total_fee", "120.505"), ("total_fee", "free"), ("total_fee", "-1.00"), ("refund_fee", "1e3"),
        ("to_buyer_fee", "?"),
        ("gmt_payment", "2026/01/02 11:04:05"), ("gmt_payment", "yesterday"), ("trade_no", "二〇二六"),
        ("refund_status", "三"),
        ("trade_status", "三"), ("seller_id", "2088101122136241\u{200B}"), ("out_trade_no", "ORDER-1001\u{200B}"),
    ])
    func `a value that is decided on and cannot be read is no answer`(name: String, value: String) {
        let answer = SingleTradeQueryTests.answer(Answer.paid.with(name, value))
        #expect(answer == .invalid("\(name) cannot be read"))
    }

    /// Read as absent, it would turn a paid and refunded trade into one that nobody paid.
    @Test func `a closed trade with an unreadable time of payment is not an unpaid one`() {
        let answer = SingleTradeQueryTests.answer(
            Answer.paid.with("trade_status", "TRADE_CLOSED").with("gmt_payment", "2026-01-02"))
        #expect(answer == .invalid("gmt_payment cannot be read"))
    }

    // MARK: - Not signed

    @Test func `trade data whose signature is missing, empty or of another kind proves nothing`() {
        let unsigned = SingleTradeQuery.Answer.invalid("trade data without a signature of this contract's kind")
        let xml = Answer.paid.xml
        let sign = Answer.paid.elements.sign()
        #expect(SingleTradeQueryTests.answer(xml.replacing("<sign>\(sign)</sign>", with: "")) == unsigned)
        #expect(SingleTradeQueryTests.answer(xml.replacing(sign, with: "")) == unsigned)
        #expect(SingleTradeQueryTests.answer(xml.replacing("<sign_type>MD5</sign_type>", with: "")) == unsigned)
        for type in ["RSA", "DSA", "md5", "", " MD5"] {
            #expect(SingleTradeQueryTests.answer(Answer.paid.with { $0.signType = type }) == unsigned)
        }
    }

    @Test func `trade data whose signature is wrong proves nothing`() {
        let wrong = SingleTradeQuery.Answer.invalid("the signature of the answer is wrong")
        let right = Answer.paid.elements.sign()
        let signs = [
            String(repeating: "0", count: 32), right.uppercased(), String(right.dropLast()), right + "0",
            "\n\(right)\n",
            Answer.paid.elements.sign(key: otherKeyText), Answer.paid.elements.sign(key: ""),
        ]
        for sign in signs {
            #expect(SingleTradeQueryTests.answer(Answer.paid.with { $0.sign = sign }) == wrong, "\(sign)")
        }
        for (name, _) in Answer.paid.elements.fields {
            var changed = Answer.paid.with(name, "1")
            changed.sign = right
            if name != "quantity", name != "payment_type" {
                #expect(SingleTradeQueryTests.answer(changed) == wrong, "\(name)")
            }
        }
        var added = Answer.paid.with("refund_status", "REFUND_SUCCESS")
        added.sign = right
        #expect(SingleTradeQueryTests.answer(added) == wrong)
    }

    @Test func `an element that appears twice proves nothing, even with a signature over either one`() {
        let xml = Answer.paid.xml
        for double in [
            "<total_fee>0.01</total_fee><total_fee>", "<total_fee>120.50</total_fee><total_fee>",
            "<total_fee/><total_fee>",
        ] {
            let answer = SingleTradeQueryTests.answer(xml.replacing("<total_fee>", with: double))
            #expect(answer == .invalid("an element appears twice"))
        }
    }

    @Test func `what is read is what was signed, when data stands twice or deeper`() {
        let forged = "<trade><out_trade_no>ORDER-1001</out_trade_no><trade_status>TRADE_CLOSED</trade_status></trade>"
        let xml = Answer.paid.xml
        let after = xml.replacing("</trade></response>", with: "</trade>\(forged)</response>")
        #expect(SingleTradeQueryTests.answer(after) == .trade(SingleTradeQueryTests.paid))
        let before = xml.replacing("<response><trade>", with: "<response>\(forged)<trade>")
        #expect(SingleTradeQueryTests.answer(before) == .invalid("the signature of the answer is wrong"))
        let nested = xml.replacing(
            "<total_fee>120.50</total_fee>", with: "<total_fee>120.50<total_fee>0.01</total_fee></total_fee>")
        #expect(SingleTradeQueryTests.answer(nested) == .invalid("the signature of the answer is wrong"))
    }

    // MARK: - Errors

    @Test func `no such trade is an answer over verified TLS, or from a plain-http gateway`() {
        let error = Answer.error("TRADE_NOT_EXIST")
        #expect(SingleTradeQueryTests.answer(error) == .notFound)
        let local = Contract.sample(gatewayURL: "http://127.0.0.1:8090/gateway.do")
        #expect(SingleTradeQueryTests.answer(error, local, verifiedTLS: false) == .notFound)
        #expect(
            SingleTradeQueryTests.answer(error, verifiedTLS: false)
                == .invalid("an unsigned error over an unverified connection"))
    }

    @Test(arguments: ["ILLEGAL_SIGN", "ILLEGAL_PARTNER_EXTERFACE", "SYSTEM_ERROR", "SomeNew_Code9"])
    func `any other code is Alipay's refusal`(code: String) {
        #expect(SingleTradeQueryTests.answer(Answer.error(code)) == .refused(code: code))
        let untrusted = SingleTradeQueryTests.answer(Answer.error(code), verifiedTLS: false)
        #expect(untrusted == .invalid("an unsigned error over an unverified connection"))
    }

    @Test(arguments: [
        "", "ILLEGAL SIGN", "<b>ILLEGAL_SIGN</b>", "非法签名", "ILLEGAL_SIGN\n", String(repeating: "X", count: 65),
    ])
    func `an error without a code proves nothing`(code: String) {
        let xml = Answer.error(code).replacing("GBK", with: "utf-8")
        #expect(SingleTradeQueryTests.answer(xml) == .invalid("an error without a code"))
    }

    @Test func `success without data says nothing about a trade`() {
        let short = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<alipay><is_success>T</is_success></alipay>"
        #expect(SingleTradeQueryTests.answer(short) == .invalid("success without trade data"))
        #expect(
            SingleTradeQueryTests.answer(short, verifiedTLS: false)
                == .invalid("an unsigned answer over an unverified connection"))
        let otherData = Answer.paid.with {
            $0.tail = "<response><tradeBase><trade_no>1</trade_no></tradeBase></response>"
        }
        #expect(SingleTradeQueryTests.answer(otherData) == .invalid("success without trade data"))
    }

    @Test(arguments: ["", "P", "t", "true", " T", "TT"]) func `is_success is T or F`(word: String) {
        let answer = SingleTradeQueryTests.answer(Answer.paid.with { $0.success = word })
        #expect(answer == .invalid("is_success is neither T nor F"))
    }

    @Test(arguments: [201, 204, 301, 302, 400, 404, 500, 502, 503])
    func `the right body with another status proves nothing`(status: Int) {
        #expect(SingleTradeQueryTests.answer(Answer.paid.xml, status: status) == .invalid("HTTP status \(status)"))
    }

    // MARK: - Not an answer

    @Test(arguments: [
        ("", "not an XML answer: line 1: the document does not begin with < in UTF-8 or GBK"),
        (
            "is_success=T&trade_status=TRADE_SUCCESS",
            "not an XML answer: line 1: the document does not begin with < in UTF-8 or GBK"
        ),
        (
            "{\"alipay\": {\"is_success\": \"T\"}}",
            "not an XML answer: line 1: the document does not begin with < in UTF-8 or GBK"
        ),
        (
            "<!DOCTYPE html><html><body>ILLEGAL_SIGN</body></html>",
            "not an XML answer: line 1: a document type declaration is not allowed"
        ),
        ("<html><body>ILLEGAL_SIGN</body></html>", "not an answer of Alipay's interface"),
        ("<alipay></alipay>", "not an answer of Alipay's interface"),
        ("<alipay><error>TRADE_NOT_EXIST</error></alipay>", "not an answer of Alipay's interface"),
        (
            "<Alipay><is_success>F</is_success><error>TRADE_NOT_EXIST</error></Alipay>",
            "not an answer of Alipay's interface"
        ),
        (
            "<x><alipay><is_success>F</is_success><error>TRADE_NOT_EXIST</error></alipay></x>",
            "not an answer of Alipay's interface"
        ),
    ])
    func `what is not Alipay's XML proves nothing`(body: String, why: String) {
        #expect(SingleTradeQueryTests.answer(body) == .invalid(why))
    }

    @Test func `an answer with a document type proves nothing, signed or not`() {
        let entity = "<!DOCTYPE alipay [<!ENTITY fee \"120.50\">]>"
        let xml = Answer.paid.xml.replacing("<alipay>", with: entity + "<alipay>")
        let refused = SingleTradeQuery.Answer.invalid(
            "not an XML answer: line 2: a document type declaration is not allowed")
        #expect(SingleTradeQueryTests.answer(xml) == refused)
        #expect(SingleTradeQueryTests.answer(xml.replacing("<total_fee>120.50", with: "<total_fee>&fee;")) == refused)
        let plain = Answer.paid.xml.replacing("<alipay>", with: "<!DOCTYPE alipay><alipay>")
        #expect(SingleTradeQueryTests.answer(plain) == refused)
    }

    @Test func `an answer cut short anywhere proves nothing`() {
        let xml = Array(Answer.paid.xml.utf8)
        for count in 0..<xml.count {
            let response = OutboundResponse(status: 200, body: Array(xml[..<count]), verifiedTLS: true)
            let answer = SingleTradeQuery.answer(response, outTradeNo: "ORDER-1001", .sample())
            guard case .invalid = answer else {
                Issue.record("cut at \(count): \(answer)")
                continue
            }
        }
    }
}
