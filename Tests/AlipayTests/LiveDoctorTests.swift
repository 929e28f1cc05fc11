import Alipay
import Crypto
import Diagnostics
import HTTP
import Testing

/// What the doctor makes of Alipay's answers.
struct LiveDoctorTests {
    private static let reference = "payrelay-doctor-0123456789abcdef01234567"
    private static let key = Secret(keyText)
    private static let otherKey = Secret(otherKeyText)
    private static let merchant = RSAPrivateKey.generate(bits: 1024)
    private static let alipay = RSAPrivateKey.generate(bits: 1024)

    private typealias Result = Swift.Result<OutboundResponse, SendError>

    private static func contract(
        _ keys: SigningKeys = SigningKeys(md5: [key]), tradeQuery: Bool = true, timestamp: Bool = false
    ) -> Contract {
        Contract(
            partner: "2088101122136241", keys: keys, gatewayURL: "https://mapi.alipay.com/gateway.do",
            services: ContractServices(tradeQuery: tradeQuery, queryTimestamp: timestamp))
    }

    private static func rsa(timestamp: Bool = false) -> Contract {
        contract(SigningKeys(rsa: merchant, alipay: [alipay.publicKey]), timestamp: timestamp)
    }

    private static func answer(_ text: String, status: Int = 200) -> Result {
        .success(OutboundResponse(status: status, body: Array(text.utf8), verifiedTLS: true))
    }

    private static func refused(_ code: String) -> Result { answer(Answer.error(code)) }

    private static func failed(_ code: SendError.Code) -> Result {
        .failure(SendError(code: code, message: "The test says so."))
    }

    private static let stamp = Reply("timestamp", [("encrypt_key", "KP3C1pX")])

    private static func stamp(signedBy key: RSAPrivateKey) -> String {
        stamp.xml.replacing(stamp.fields.sign(), with: stamp.fields.sign(rsa: key))
            .replacing("<sign_type>MD5", with: "<sign_type>RSA")
    }

    private static let notExist = refused("TRADE_NOT_EXIST")

    /// Puts the questions until the doctor has heard enough.
    private static func examine(_ contract: Contract, _ answers: Result...) -> (Examination, asked: Int) {
        var doctor = LiveDoctor(contract, reference: reference)
        var asked = 0
        for (_, answer) in zip(doctor.questions, answers) {
            asked += 1
            guard doctor.take(answer) else { break }
        }
        return (doctor.examine(), asked)
    }

    private static func codes(_ contract: Contract, _ answers: Result...) -> [String] {
        var doctor = LiveDoctor(contract, reference: reference)
        for (_, answer) in zip(doctor.questions, answers) { guard doctor.take(answer) else { break } }
        return doctor.examine().findings.map(\.code)
    }

    // MARK: - The question

    @Test func `what is asked is one signed query about an order that cannot exist`() throws {
        let doctor = LiveDoctor(Self.contract())
        #expect(doctor.questions.count == 1)
        let request = try #require(doctor.questions.first?.request)
        #expect(request.method == .get && request.body.isEmpty && request.policy == .trusted)
        #expect(
            request.url.contains(
                /^https:\/\/mapi\.alipay\.com\/gateway\.do\?_input_charset=utf-8&partner=2088101122136241&service=single_trade_query&out_trade_no=payrelay-doctor-[0-9a-f]{24}&sign=[0-9a-f]{32}&sign_type=MD5$/
            ))
        let other = try #require(LiveDoctor(Self.contract()).questions.first?.request)
        #expect(other.url != request.url)
    }

    @Test func `of several MD5 keys each is asked with, in the order of the file`() {
        let doctor = LiveDoctor(Self.contract(SigningKeys(md5: [Self.key, Self.otherKey])))
        #expect(doctor.questions.count == 2)
        #expect(doctor.questions[0].request?.url != doctor.questions[1].request?.url)
    }

    // MARK: - Good

    @Test func `TRADE_NOT_EXIST proves partner, key and contract`() {
        for code in ["TRADE_NOT_EXIST", "TRADE_IS_NOT_EXIST"] {
            let (examination, _) = Self.examine(Self.contract(), Self.refused(code))
            #expect(examination.findings.isEmpty)
            #expect(examination.proofs.map(\.subject) == ["alipay.keys[0]"])
        }
    }

    @Test func `with RSA the refusal says nothing of Alipay's key, and a signed time stamp does`() {
        let (open, _) = Self.examine(Self.rsa(), Self.notExist)
        #expect(open.proofs.map(\.subject) == ["alipay.private_key"])
        #expect(open.findings.map(\.code) == ["alipay_key_unproven"] && open.wrong.isEmpty)
        let signed = Self.answer(Self.stamp(signedBy: Self.alipay))
        let (proved, asked) = Self.examine(Self.rsa(timestamp: true), Self.notExist, signed)
        #expect(asked == 2 && proved.findings.isEmpty)
        #expect(proved.proofs.map(\.subject) == ["alipay.private_key", "alipay.alipay_public_keys"])
        let strange = Self.answer(Self.stamp(signedBy: Self.merchant))
        #expect(Self.codes(Self.rsa(timestamp: true), Self.notExist, strange) == ["answer_signature"])
        // To a question without sign_type Alipay may answer in the other kind.
        let md5 = Self.answer(Self.stamp.xml)
        #expect(Self.codes(Self.rsa(timestamp: true), Self.notExist, md5) == ["alipay_key_unproven"])
    }

    // MARK: - Bad

    @Test(arguments: [
        ("ILLEGAL_SIGN", "illegal_sign", "alipay.keys[0]", true),
        ("ILLEGAL_PARTNER", "illegal_partner", "alipay.partner", true),
        ("ILLEGAL_PARTNER_EXTERFACE", "illegal_partner_exterface", "alipay.services", true),
        ("ILLEGAL_SECURITY_PROFILE", "illegal_security_profile", "alipay.keys[0]", true),
        ("HAS_NO_PUBLICKEY", "illegal_security_profile", "alipay.keys[0]", true),
        ("ILLEGAL_DYN_MD5_KEY", "illegal_security_profile", "alipay.keys[0]", true),
        ("ILLEGAL_DIGEST", "illegal_security_profile", "alipay.keys[0]", true),
        ("ILLEGAL_SIGN_TYPE", "illegal_sign_type", "alipay.sign_type", true),
        ("ILLEGAL_ARGUMENT", "illegal_argument", "alipay", true),
        ("ILLEGAL_CLIENT_IP", "illegal_client_ip", "alipay.partner", true),
        ("HAS_NO_PRIVILEGE", "refused", "alipay", true), ("SOMETHING_NEW", "refused", "alipay", true),
        ("SYSTEM_ERROR", "alipay_busy", "alipay", false), ("SESSION_TIMEOUT", "alipay_busy", "alipay", false),
    ])
    func `each refusal is explained at what it is about`(
        code: String, finding: String, subject: String, isError: Bool
    ) throws {
        let (examination, _) = Self.examine(Self.contract(), Self.refused(code))
        let found = try #require(examination.findings.first)
        #expect(examination.findings.count == 1 && examination.proofs.isEmpty)
        #expect(found.code == finding && found.subject == subject)
        #expect((found.severity == .error) == isError)
        #expect(found.sentence.hasPrefix("Alipay answers \(code): ") && !found.sentence.hasSuffix("."))
        #expect(found.cure.hasSuffix("."))
    }

    @Test func `with RSA ILLEGAL_SIGN tells which half to upload, and where`() throws {
        let (examination, _) = Self.examine(Self.rsa(), Self.refused("ILLEGAL_SIGN"))
        let found = try #require(examination.findings.first)
        #expect(found.code == "illegal_sign" && found.subject == "alipay.private_key")
        #expect(found.cure.contains("openssl pkey -in FILE -pubout") && found.cure.contains("not as an application's"))
    }

    @Test(arguments: [
        ("<html><body>ILLEGAL_SIGN</body></html>", 200), ("", 200),
        ("<alipay><is_success>F</is_success></alipay>", 200),
        ("<alipay><is_success>F</is_success><error>ILLEGAL SIGN</error></alipay>", 200), ("Bad gateway", 502),
        ("<?xml version=\"1.0\" encoding=\"utf-8\"?><alipay><is_success>T</is_success></alipay>", 200),
    ])
    func `what is no answer of this interface is told as such`(body: String, status: Int) throws {
        let (examination, _) = Self.examine(Self.contract(), Self.answer(body, status: status))
        #expect(examination.findings.map(\.code) == ["not_alipay"])
        #expect(examination.findings.first?.subject == "alipay.gateway_url")
    }

    @Test func `a signature or a trade where none can be is no proof`() {
        let wrong = Self.answer(Answer.paid.with { $0.sign = String(repeating: "0", count: 32) }.xml)
        #expect(Self.codes(Self.contract(), wrong) == ["answer_signature"])
        #expect(
            Self.codes(Self.contract(), Self.answer(Answer.paid.with { $0.signType = "RSA" }.xml)) == [
                "answer_unsigned"
            ])
        let trade = Self.answer(Answer.paid.with("out_trade_no", Self.reference).xml)
        #expect(Self.codes(Self.contract(), trade) == ["answer_unexpected"])
    }

    @Test(arguments: [
        (SendError.Code.dns, "alipay_name"), (.connect, "alipay_unreachable"), (.reset, "alipay_unreachable"),
        (.refusedDestination, "alipay_unreachable"), (.canceled, "alipay_unreachable"), (.tls, "alipay_tls"),
        (.timeout, "alipay_slow"), (.malformed, "not_alipay"), (.tooLarge, "not_alipay"), (.url, "not_alipay"),
    ])
    func `silence is told by where it comes from`(code: SendError.Code, finding: String) throws {
        let (examination, _) = Self.examine(Self.contract(), Self.failed(code))
        #expect(examination.findings.map(\.code) == [finding])
        #expect(examination.findings.first?.sentence == "no answer: The test says so")
        #expect(examination.wrong == ["alipay.gateway_url"])
    }

    // MARK: - Several keys

    private static let two = contract(SigningKeys(md5: [key, otherKey]))

    @Test func `the second key being refused is what a rotation looks like`() {
        let (examination, asked) = Self.examine(Self.two, Self.notExist, Self.refused("ILLEGAL_SIGN"))
        #expect(asked == 2 && examination.wrong.isEmpty)
        #expect(examination.proofs.map(\.subject) == ["alipay.keys[0]"])
        #expect(examination.findings.map(\.code) == ["old_key"])
        #expect(examination.findings.map(\.subject) == ["alipay.keys[1]"])
    }

    @Test func `the first key being refused is an error, and the cure is their order`() {
        let (examination, _) = Self.examine(Self.two, Self.refused("ILLEGAL_SIGN"), Self.notExist)
        #expect(examination.findings.map(\.code) == ["first_key_refused"])
        #expect(examination.wrong == ["alipay.keys[0]"])
        #expect(examination.proofs.map(\.subject) == ["alipay.keys[1]"])
    }

    @Test func `no key being taken is an error of each`() {
        let (examination, _) = Self.examine(Self.two, Self.refused("ILLEGAL_SIGN"), Self.refused("ILLEGAL_SIGN"))
        #expect(examination.findings.map(\.code) == ["illegal_sign", "illegal_sign"])
        #expect(examination.wrong == ["alipay.keys[0]", "alipay.keys[1]"])
    }

    @Test(arguments: ["ILLEGAL_PARTNER", "ILLEGAL_PARTNER_EXTERFACE", "SYSTEM_ERROR"])
    func `what no key can change is not asked twice`(code: String) {
        let (examination, asked) = Self.examine(Self.two, Self.refused(code), Self.notExist)
        #expect(asked == 1 && examination.findings.count == 1)
        #expect(examination.skipped.map(\.subject) == ["alipay.keys[1]"])
        let (_, unheard) = Self.examine(Self.two, Self.failed(.timeout), Self.notExist)
        #expect(unheard == 1)
    }

    // MARK: - Without trade_query

    @Test func `without trade_query a time stamp is asked for, whose signature proves the key`() {
        let contract = Self.contract(tradeQuery: false, timestamp: true)
        let (good, _) = Self.examine(contract, Self.answer(Self.stamp.xml))
        #expect(good.findings.isEmpty && good.proofs.map(\.subject) == ["alipay.keys"])
        let forged = Self.answer(Self.stamp.with { $0.key = otherKeyText }.xml)
        #expect(Self.codes(contract, forged) == ["answer_signature"])
        #expect(Self.codes(contract, Self.refused("ILLEGAL_PARTNER_EXTERFACE")) == ["illegal_partner_exterface"])
    }

    @Test func `a contract with neither is told that nothing can be asked`() {
        let doctor = LiveDoctor(Self.contract(tradeQuery: false))
        #expect(doctor.questions.isEmpty)
        #expect(doctor.examine().findings.map(\.code) == ["nothing_to_ask"] && doctor.examine().wrong.isEmpty)
    }
}
