import Alipay
import Crypto
import HTTP
import Testing
import Text

/// The answers of the reference, each under its own wrapper, and the encodings that answers come in.
struct ServiceAnswerTests {
    /// What became of an answer: `signed`, `accepted`, a code, or why it proves nothing.
    static func outcome(_ body: [UInt8], wrapper: String?) -> String {
        let contract = Contract.sample()
        let response = OutboundResponse(status: 200, body: body, verifiedTLS: true)
        return switch ServiceAnswer.read(response, wrapper: wrapper ?? "", contract) {
        case .signed: "signed"
        case .accepted: "accepted"
        case .refused(let code): code
        case .invalid(let why): why
        }
    }

    static let gbkVector = VectorTests.answers.filter { $0.charset == "gbk" }

    /// The one in GBK too: its signature is over GBK's bytes.
    @Test(arguments: VectorTests.answers)
    func `an answer's data is accepted, byte for byte`(_ vector: Vector) throws {
        #expect(vector.key == keyText)
        let response = OutboundResponse(status: 200, body: try vector.xml())
        let wrapper = try #require(vector.wrapper)
        guard case .signed(let fields) = ServiceAnswer.read(response, wrapper: wrapper, .sample()) else {
            Issue.record("not accepted: \(ServiceAnswerTests.outcome(response.body, wrapper: wrapper))")
            return
        }
        for parameter in try vector.parameters() {
            #expect(fields[parameter.name].map(Array.init) == (parameter.value.isEmpty ? nil : parameter.value))
        }
    }

    @Test(arguments: VectorTests.answers)
    func `with an element added, another sign or another wrapper it is not`(_ vector: Vector) throws {
        let wrapper = try #require(vector.wrapper)
        let body = try vector.xml()
        let outcome = { (old: String, new: String) in
            ServiceAnswerTests.outcome(body.replacing(Array(old.utf8), with: Array(new.utf8)), wrapper: wrapper)
        }
        #expect(outcome("", "") == "signed")
        #expect(outcome("<\(wrapper)>", "<\(wrapper)><added>1</added>") == "the signature of the answer is wrong")
        #expect(outcome("<\(wrapper)>", "<\(wrapper)><added></added>") == "signed")
        #expect(outcome(vector.sign, String(vector.sign.reversed())) == "the signature of the answer is wrong")
        #expect(outcome("<sign>\(vector.sign)</sign>", "") == "trade data without a signature of this contract's kind")
        #expect(ServiceAnswerTests.outcome(body, wrapper: "other") == "accepted")
    }

    @Test(arguments: gbkVector)
    func `text in GBK with a signature over UTF-8's bytes is refused`(_ vector: Vector) throws {
        let params = try #require(vector.params)
        let utf8Sign = Message(params.map { ($0.key, $0.value) }).sign()
        #expect(utf8Sign != vector.sign)
        let body = try vector.xml().replacing(Array(vector.sign.utf8), with: Array(utf8Sign.utf8))
        #expect(ServiceAnswerTests.outcome(body, wrapper: "trade") == "the signature of the answer is wrong")
    }

    @Test(arguments: [
        "<?xml version=\"1.0\" encoding=\"GBK\"?>", "<?xml version='1.0' encoding='gbk'?>",
        "<?xml version=\"1.0\" encoding = \"GB2312\" ?>",
        "<?xml version=\"1.0\"\n encoding=\"gb18030\" standalone=\"yes\"?>",
    ])
    func `the declaration says which bytes were signed`(declaration: String) throws {
        let answer = Answer.paid.with("subject", nil)
        var inGBK = answer
        inGBK.elements = answer.elements.with("subject", bytes: try GBK.encode("测试商品"))
        let xml = answer.with { $0.declaration = declaration }.with("subject", "测试商品").with {
            $0.sign = inGBK.elements.sign()
        }.xml
        #expect(ServiceAnswerTests.outcome(try GBK.encode(xml), wrapper: "trade") == "signed")
        let inUTF8 = xml.replacing(declaration, with: "<?xml version=\"1.0\"?>")
        #expect(
            ServiceAnswerTests.outcome(Array(inUTF8.utf8), wrapper: "trade") == "the signature of the answer is wrong")
    }

    @Test(arguments: [
        "", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<?xml version=\"1.0\" encoding='utf8' standalone='yes'?>",
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<!-- encoding=\"GBK\" -->",
    ])
    func `without a word about it an answer is in UTF-8`(declaration: String) {
        let xml = Answer.paid.with { $0.declaration = declaration }.xml
        #expect(xml.contains("三体"))
        #expect(ServiceAnswerTests.outcome(Array(xml.utf8), wrapper: "trade") == "signed")
    }

    @Test func `a character that GBK lacks has no bytes that could be signed`() {
        let xml = Answer.paid.with("subject", "BOOK").with {
            $0.declaration = "<?xml version=\"1.0\" encoding=\"GBK\"?>"
        }.xml
        #expect(ServiceAnswerTests.outcome(Array(xml.utf8), wrapper: "trade") == "signed")
        let emoji = xml.replacing("BOOK", with: "&#128218;")
        #expect(
            ServiceAnswerTests.outcome(Array(emoji.utf8), wrapper: "trade")
                == "subject has characters that the answer's encoding lacks")
    }
}
