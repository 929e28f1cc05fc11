import Alipay
import HTTP
import Payments
import Testing
import Text

/// What comes from a broken or hostile peer proves nothing to any service.
struct HostileAnswerTests {
    /// Each service by name: whether an answer proves anything to it, or why not.
    static let services: [(name: String, refusal: @Sendable (OutboundResponse, Contract) -> String?)] = [
        (
            "single_trade_query",
            {
                if case .invalid(let why) = SingleTradeQuery.answer($0, outTradeNo: "ORDER-1001", $1) {
                    why
                } else {
                    nil
                }
            }
        ),
        (
            "send_goods_confirm_by_platform",
            {
                let answer = SendGoodsConfirmByPlatform.answer(
                    $0, tradeNo: SendGoodsTests.tradeNo, outTradeNo: "ORDER-1001", $1)
                if case .invalid(let why) = answer { return why } else { return nil }
            }
        ),
        ("close_trade", { if case .invalid(let why) = CloseTrade.answer($0, $1) { why } else { nil } }),
        ("query_timestamp", { if case .invalid(let why) = QueryTimestamp.answer($0, $1) { why } else { nil } }),
        ("refund_fastpay", { if case .invalid(let why) = RefundFastpay.answer($0, $1) { why } else { nil } }),
        (
            "refund_fastpay_query",
            { if case .invalid(let why) = RefundFastpayQuery.answer($0, refund: .sample(), $1) { why } else { nil } }
        ),
        (
            "alipay.acquire.precreate",
            { if case .unknown(let why) = AcquirePrecreate.answer($0, .sample(.qr), $1) { why } else { nil } }
        ),
        (
            "alipay.acquire.createandpay",
            { if case .unknown(let why) = AcquireCreateAndPay.answer($0, .sample(.barcode), $1) { why } else { nil } }
        ),
        (
            "alipay.acquire.query",
            { if case .invalid(let why) = AcquireQuery.answer($0, outTradeNo: "ORDER-1001", $1) { why } else { nil } }
        ),
        (
            "alipay.acquire.refund",
            {
                let answer = AcquireRefund.answer($0, refund: .sample(), outTradeNo: "ORDER-1001", $1)
                if case .unknown(let why, code: nil) = answer { return why } else { return nil }
            }
        ),
        (
            "alipay.acquire.cancel",
            { if case .unknown(let why) = AcquireCancel.answer($0, outTradeNo: "ORDER-1001", $1) { why } else { nil } }
        ),
        (
            "alipay.acquire.close",
            { if case .invalid(let why) = AcquireClose.answer($0, outTradeNo: "ORDER-1001", $1) { why } else { nil } }
        ),
    ]

    static let names = services.map(\.name)

    /// Why the service finds that the answer proves nothing; nil if it proves something.
    static func refusal(
        _ name: String, _ response: OutboundResponse, _ contract: Contract = .sample()
    ) throws -> String? {
        let service = try #require(services.first { $0.name == name })
        return service.refusal(response, contract)
    }

    static let gbkPage =
        Array("<html><head><meta charset=\"GBK\"></head><body>".utf8) + [0xB4, 0xED, 0xCE, 0xF3]
        + Array("</body></html>".utf8)

    static let bodies: [(String, [UInt8])] = [
        ("nothing", []), ("blanks", Array(" \r\n\t ".utf8)), ("zeros", [0, 0, 0, 0]),
        ("an error page", Array("<html><body>ILLEGAL_SIGN</body></html>".utf8)),
        ("an error page with a document type", Array("<!DOCTYPE html><html><body>ILLEGAL_SIGN</body></html>".utf8)),
        ("an error page that is no XML", Array("<html><br><p>ILLEGAL_SIGN</html>".utf8)),
        ("an error page in GBK, undeclared", gbkPage),
        ("JSON", Array("{\"alipay\": {\"is_success\": \"T\"}}".utf8)), ("text", Array("success".utf8)),
        ("UTF-16", [0xFF, 0xFE, 0x3C, 0x00, 0x61, 0x00]), ("bytes that are no text", Array(0x80...0xFF)),
        ("another root", Array("<response><is_success>T</is_success></response>".utf8)),
        ("no is_success", Array("<alipay><error>SYSTEM_ERROR</error></alipay>".utf8)),
        ("an empty is_success", Array("<alipay><is_success/></alipay>".utf8)),
        ("an error without a code", Array("<alipay><is_success>F</is_success></alipay>".utf8)),
        ("an unclosed answer", Array("<alipay><is_success>T</is_success>".utf8)),
        ("two answers", Array("<alipay><is_success>T</is_success></alipay><alipay/>".utf8)),
        (
            "entities",
            Array("<!DOCTYPE a [<!ENTITY t \"T\">]><alipay><is_success>&t;</is_success></alipay>".utf8)
        ),
        (
            "GBK that is declared as UTF-8",
            Array("<?xml version=\"1.0\" encoding=\"utf-8\"?><alipay><is_success>T</is_success><x>".utf8)
                + [0xB2, 0xE2, 0xCA, 0xD4] + Array("</x></alipay>".utf8)
        ),
        (
            "an encoding that nobody has",
            Array("<?xml version=\"1.0\" encoding=\"EBCDIC\"?><alipay><is_success>T</is_success></alipay>".utf8)
        ),
        (
            "a deep answer",
            Array(String(repeating: "<alipay>", count: 40).utf8) + Array(String(repeating: "</alipay>", count: 40).utf8)
        ),
        ("a huge answer", Array("<alipay><is_success>T</is_success>".utf8) + Array(repeating: 0x20, count: 300_000)),
        ("a huge text", Array(repeating: 0x61, count: 300_000)),
    ]

    @Test(arguments: names) func `a body that is no answer proves nothing, whatever it is called`(name: String) throws {
        for (what, body) in HostileAnswerTests.bodies {
            for type in ["text/xml;charset=utf-8", "text/html; charset=GBK", "application/json", ""] {
                let response = OutboundResponse(
                    status: 200, headers: Headers([("Content-Type", type)]), body: body, verifiedTLS: true)
                let why = try HostileAnswerTests.refusal(name, response)
                #expect(why?.isEmpty == false, "\(what), \(type)")
            }
        }
    }

    @Test(arguments: names) func `another status than 200 proves nothing`(name: String) throws {
        for status in [201, 204, 301, 302, 400, 403, 404, 500, 502, 503] {
            for body in [Reply.short("T"), Reply.short("F", error: "ILLEGAL_SIGN"), ""] {
                let why = try HostileAnswerTests.refusal(name, .sample(body, status: status))
                #expect(why == "HTTP status \(status)")
            }
        }
    }

    @Test(arguments: names) func `an unsigned word over an unverified connection proves nothing`(name: String) throws {
        for body in [Reply.short("T"), Reply.short("F", error: "ILLEGAL_SIGN")] {
            #expect(try HostileAnswerTests.refusal(name, .sample(body, verifiedTLS: false)) != nil)
        }
    }

    /// Good answers: of the very services, so that what is changed about them is what is refused.
    static let good: [(String, Reply)] = [
        ("send_goods_confirm_by_platform", SendGoodsTests.sent), ("query_timestamp", QueryTimestampTests.reply),
        (
            "alipay.acquire.precreate",
            .acquire("SUCCESS", [("qr_code", "https://qr.alipay.com/bax01"), ("subject", "x")])
        ),
        ("alipay.acquire.createandpay", AcquireCreationTests.paid), ("alipay.acquire.query", AcquireAnswerTests.found),
        ("alipay.acquire.refund", .acquire("SUCCESS", [("refund_fee", "20.00")])),
        ("alipay.acquire.cancel", .acquire("SUCCESS", [("action", "close")])),
        ("alipay.acquire.close", .acquire("SUCCESS")),
    ]

    @Test func `a good answer in UTF-8 or GBK proves something, and with a bit changed nothing`() throws {
        for (name, reply) in HostileAnswerTests.good {
            #expect(try HostileAnswerTests.refusal(name, reply.response()) == nil, "\(name)")
            let text = reply.with("display_text", "测试")
            var inGBK = text
            inGBK.fields = reply.fields.with("display_text", bytes: try GBK.encode("测试"))
            let xml = text.xml.replacing(text.fields.sign(), with: inGBK.fields.sign()).replacing("utf-8", with: "GBK")
            let body = try GBK.encode(xml)
            #expect(try HostileAnswerTests.refusal(name, OutboundResponse(status: 200, body: body)) == nil, "\(name)")
            let undeclared = try GBK.encode(xml.replacing(" encoding=\"GBK\"", with: ""))
            let why = try HostileAnswerTests.refusal(name, OutboundResponse(status: 200, body: undeclared))
            #expect(why?.hasPrefix("not an XML answer") == true, "\(name)")
            let sign = reply.fields.sign()
            let wrong = reply.xml.replacing(sign, with: String(sign.reversed()))
            #expect(
                try HostileAnswerTests.refusal(name, .sample(wrong)) == "the signature of the answer is wrong",
                "\(name)")
            let unsigned = reply.xml.replacing("<sign>\(sign)</sign><sign_type>MD5</sign_type>", with: "")
            #expect(
                try HostileAnswerTests.refusal(name, .sample(unsigned))
                    == "trade data without a signature of this contract's kind", "\(name)")
        }
    }

    @Test func `a good answer cut short anywhere proves nothing, and crashes nothing`() throws {
        for (name, reply) in HostileAnswerTests.good {
            let body = Array(reply.xml.utf8)
            for count in stride(from: 0, to: body.count, by: 7) {
                let response = OutboundResponse(status: 200, body: Array(body[..<count]), verifiedTLS: true)
                #expect(try HostileAnswerTests.refusal(name, response) != nil, "\(name) cut at \(count)")
            }
        }
    }
}
