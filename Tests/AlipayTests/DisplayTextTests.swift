import Alipay
import HTTP
import Payments
import Testing
import Text

/// What people are shown of what Alipay wrote, in either charset.
struct DisplayTextTests {
    static func shown(_ message: Message, _ charset: TextCharset? = nil) throws -> [String: String] {
        let fields = try message.signed().notification().displayFields(charset: charset)
        return Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })
    }

    @Test func `every field is there, in byte order of the names`() throws {
        let fields = try Message.paid.signed().notification().displayFields(charset: .utf8)
        #expect(fields.map(\.name) == Message.paid.signed().fields.map(\.name).sorted())
        #expect(fields.first { $0.name == "subject" }?.value == "三体 (1-3) + 100%")
        #expect(fields.first { $0.name == "body" }?.value == "")
    }

    /// 联通 in GBK is well-formed UTF-8 of something else: only the payment's charset tells.
    @Test func `the payment's charset counts, where it is known`() throws {
        let bytes = try GBK.encode("联通")
        let message = Message.paid.with("subject", bytes: bytes)
        #expect(try Self.shown(message, .gbk)["subject"] == "联通")
        #expect(try Self.shown(message, .utf8)["subject"] == String(decoding: bytes, as: UTF8.self))
    }

    @Test(arguments: [
        (Array("三体 📚".utf8), "三体 📚"), ([0xC8, 0xFD, 0xCC, 0xE5], "三体"), ([0x41, 0xFF, 0x42], "A\u{FFFD}B"),
        (Array("ORDER-1".utf8), "ORDER-1"),
    ])
    func `where it is not, UTF-8 is known by its form, and the rest is GBK`(bytes: [UInt8], text: String) throws {
        #expect(try Self.shown(Message.paid.with("subject", bytes: bytes))["subject"] == text)
    }

    @Test func `what cannot be read is marked, and what follows is read`() throws {
        let broken: [UInt8] = [0xE4, 0xB8, 0x41, 0xE4, 0xB8, 0x89]
        #expect(try Self.shown(Message.paid.with("subject", bytes: broken), .utf8)["subject"] == "\u{FFFD}A三")
        let cut: [UInt8] = [0xC8, 0xFD, 0xCC]
        #expect(try Self.shown(Message.paid.with("subject", bytes: cut), .gbk)["subject"] == "三\u{FFFD}")
    }

    // MARK: - The buyer

    static func buyer(_ email: [UInt8]?, id: String? = "2088000000000002") throws -> String? {
        try Message.paid.with("buyer_email", bytes: email).with("buyer_id", id).signed().notification().tradeStatus()
            .report?.buyer
    }

    @Test func `a notification's buyer is shown in either charset`() throws {
        #expect(try Self.buyer(Array("三***@example.com".utf8)) == "三***@example.com")
        #expect(try Self.buyer(GBK.encode("三***@example.com")) == "三***@example.com")
        #expect(try Self.buyer([0x41, 0xFF]) == "A\u{FFFD}")
    }

    @Test(arguments: [[0x0A], Array("a\0b".utf8), Array("\u{9B}31m".utf8), Array(repeating: 0x61, count: 257)])
    func `control characters and very long text are no buyer; the id is`(email: [UInt8]) throws {
        #expect(try Self.buyer(email) == "2088000000000002")
        #expect(try Self.buyer(email, id: nil) == nil)
        #expect(try Self.buyer(Array(repeating: 0x61, count: 256)) == String(repeating: "a", count: 256))
    }

    @Test func `the fields that count stay ASCII, whatever the charset`() throws {
        for name in ["out_trade_no", "trade_no", "trade_status"] {
            let notification = try Message.paid.with(name, bytes: GBK.encode("三体")).signed().notification()
            let error = #expect(throws: Unreadable.self) { try notification.tradeStatus() }
            #expect(error?.field == name)
        }
    }

    @Test func `an answer's buyer is read in the encoding that the answer declares`() throws {
        var inGBK = Answer.paid.with("subject", "BOOK").with("buyer_email", nil)
        inGBK.declaration = "<?xml version=\"1.0\" encoding=\"GBK\"?>"
        inGBK.sign = inGBK.elements.with("buyer_email", bytes: try GBK.encode("联通")).sign()
        let xml = try GBK.encode(inGBK.with("buyer_email", "联通").xml)
        let outcome = SingleTradeQuery.answer(
            OutboundResponse(status: 200, body: xml, verifiedTLS: true), outTradeNo: "ORDER-1001", .sample())
        guard case .trade(let report) = outcome else {
            Issue.record("not a trade: \(outcome)")
            return
        }
        #expect(report.buyer == "联通")
    }

    // MARK: - What cannot be written

    @Test(
        arguments: [
            ("三体 (1-3)", TextCharset.gbk, nil), ("三体 📚", .gbk, "📚"), ("a ñ 📚", .gbk, "ñ"), ("", .gbk, nil),
            ("三体 📚 ñ", .utf8, nil), ("€", .gbk, nil), ("a\u{E0041}", .gbk, "\u{E0041}"),
        ] as [(String, TextCharset, Unicode.Scalar?)])
    func `the first character that a charset lacks is named`(
        text: String, charset: TextCharset, lacking: Unicode.Scalar?
    ) {
        #expect(Contract.unwritable(text, in: charset) == lacking)
    }
}
