import Alipay
import Crypto
import HTTP
import Payments
import Testing
import Text

/// What comes and goes under a contract that signs with RSA.
struct RSAMessageTests {
    static let contract = Contract.sample(keys: SampleRSA.keys)
    static let gbkContract = Contract.sample(keys: SampleRSA.keys, charset: .gbk)

    // MARK: - Notifications

    @Test func `a notification that Alipay's key signed is accepted`() throws {
        #expect(try Message.paid.signed(rsa: SampleRSA.alipay).notification().isSigned(by: SampleRSA.keys))
        let inGBK = Message.paid.with("subject", bytes: try GBK.encode("三体 乗亅 €")).signed(rsa: SampleRSA.alipay)
        #expect(try inGBK.notification().isSigned(by: SampleRSA.keys))
    }

    @Test func `one that the merchant's own key signed, or a stranger's, is refused`() throws {
        for key in [SampleRSA.merchant, SampleRSA.stranger] {
            #expect(try !Message.paid.signed(rsa: key).notification().isSigned(by: SampleRSA.keys))
        }
    }

    /// The contract says how it signs; the message does not choose.
    @Test(arguments: ["MD5", "rsa", "RSA2", "DSA", "0001"])
    func `another sign_type is refused, though the signature would be right`(type: String) throws {
        let message = Message.paid.signed(rsa: SampleRSA.alipay).with("sign_type", type)
        #expect(try !message.notification().isSigned(by: SampleRSA.keys))
    }

    @Test func `an MD5 signature under an RSA contract is refused, with Alipay's public key as its key too`() throws {
        let publicText = AlipayKey.fixed.text
        for key in ["", keyText, publicText, SampleRSA.alipay.publicKeyText] {
            for type in ["MD5", "RSA"] {
                let message = Message.paid.signed(key: key).with("sign_type", type)
                #expect(try !message.notification().isSigned(by: SampleRSA.keys))
            }
        }
    }

    @Test func `any field changed, removed or added is refused`() throws {
        let message = Message.paid.signed(rsa: SampleRSA.alipay)
        for (name, value) in message.fields where name != "sign" && name != "sign_type" {
            #expect(try !message.with(name, bytes: value + [0x31]).notification().isSigned(by: SampleRSA.keys))
        }
        #expect(try !message.with("subject", nil).notification().isSigned(by: SampleRSA.keys))
        #expect(try !message.with("added", "1").notification().isSigned(by: SampleRSA.keys))
    }

    /// What a proxy makes of a `+` that was not encoded.
    @Test func `a sign with blanks for its plus signs is refused`() throws {
        let message = Message.paid.signed(rsa: SampleRSA.alipay)
        let sign = try #require(message.fields.last { $0.name == "sign" }?.value)
        let blanks = sign.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
        try #require(blanks != sign || !sign.contains(UInt8(ascii: "+")))
        let isSigned = try message.with("sign", bytes: blanks).notification().isSigned(by: SampleRSA.keys)
        #expect(isSigned == (blanks == sign))
    }

    // MARK: - Returns

    static let returned = Message.returned.signed(rsa: SampleRSA.alipay)

    @Test func `a return is verified with Alipay's key`() {
        #expect(BuyerReturn(query: Self.returned.body, contract: Self.contract)?.outTradeNo == "ORDER-1001")
        let own = Message.returned.signed(rsa: SampleRSA.merchant)
        #expect(BuyerReturn(query: own.body, contract: Self.contract) == nil)
    }

    /// Alipay's key vouches for every partner's returns: one of another shop is signed as well as one of ours.
    @Test func `a return of another seller is refused`() {
        for (name, value) in [("seller_id", "2088000000000099"), ("seller_email", "other@shop.example")] {
            let other = Message.returned.with(name, value).signed(rsa: SampleRSA.alipay)
            let contract = Contract.sample(sellerEmail: "sales@bookshop.example", keys: SampleRSA.keys)
            #expect(BuyerReturn(query: other.body, contract: contract) == nil)
            #expect(BuyerReturn(query: Self.returned.body, contract: contract) != nil)
        }
        let unnamed = Message.returned.with("seller_id", nil).with("seller_email", nil).signed(rsa: SampleRSA.alipay)
        #expect(BuyerReturn(query: unnamed.body, contract: Self.contract) == nil)
    }

    // MARK: - Answers

    static func outcome(_ body: [UInt8]) -> String {
        switch ServiceAnswer.read(
            OutboundResponse(status: 200, body: body, verifiedTLS: true), wrapper: "trade", contract)
        {
        case .signed: "signed"
        case .accepted: "accepted"
        case .refused(let code): code
        case .invalid(let why): why
        }
    }

    static let answer = Answer.paid.with {
        $0.signType = "RSA"
        $0.sign = $0.elements.sign(rsa: SampleRSA.alipay)
    }

    @Test func `an answer that Alipay's key signed is accepted, in UTF-8 and in GBK`() throws {
        #expect(Self.outcome(Array(Self.answer.xml.utf8)) == "signed")
        var inGBK = Answer.paid.elements
        for (name, value) in inGBK.fields {
            inGBK = inGBK.with(name, bytes: try GBK.encode(String(decoding: value, as: UTF8.self)))
        }
        let xml = Self.answer.with {
            $0.declaration = "<?xml version=\"1.0\" encoding=\"GBK\"?>"
            $0.sign = inGBK.sign(rsa: SampleRSA.alipay)
        }.xml
        #expect(Self.outcome(try GBK.encode(xml)) == "signed")
        #expect(Self.outcome(Array(xml.replacing("GBK", with: "UTF-8").utf8)) == "the signature of the answer is wrong")
    }

    @Test func `one that another key signed, or that is signed in another way, is not`() {
        let wrong = "the signature of the answer is wrong"
        let otherKind = "trade data without a signature of this contract's kind"
        let own = Self.answer.with { $0.sign = $0.elements.sign(rsa: SampleRSA.merchant) }
        #expect(Self.outcome(Array(own.xml.utf8)) == wrong)
        #expect(Self.outcome(Array(Self.answer.with("total_fee", "0.01").xml.utf8)) == wrong)
        #expect(Self.outcome(Array(Self.answer.with { $0.signType = "MD5" }.xml.utf8)) == otherKind)
        #expect(Self.outcome(Array(Answer.paid.xml.utf8)) == otherKind)
    }

    // MARK: - Requests

    @Test(arguments: [(contract, "三体 (1-3) + 📚"), (gbkContract, "三体 (1-3) + 乗亅€")])
    func `a request's sign is base64 over the bytes of its charset, and survives the URL`(
        contract: Contract, number: String
    ) throws {
        let url = try #require(SingleTradeQuery.request(.outTradeNo(number), contract)).url
        let query = try #require(url.split(separator: "?", maxSplits: 1).last)
        let form = try FormFields(Array(query.utf8), fieldsMax: 200)
        #expect(form["sign_type"].map(Array.init) == Array("RSA".utf8))
        #expect(form["_input_charset"].map(Array.init) == Array(contract.charset.rawValue.utf8))
        let bytes = contract.charset == .gbk ? try GBK.encode(number) : Array(number.utf8)
        #expect(form["out_trade_no"].map(Array.init) == bytes)
        let sign = try #require(form["sign"])
        let signature = try #require(Base64.decode(Array(sign)))
        let text = CanonicalString.bytes(of: form)
        #expect(SampleRSA.merchant.publicKey.verifySHA1(message: text, signature: signature))
    }
}
