import Alipay
import Diagnostics
import Testing

struct ContractTests {
    static let id = "2088000000000009"
    static let email = "sales@bookshop.example"

    /// With `seller_id` and `seller_email` in the file, with either, with neither (then the partner is the seller).
    @Test(
        arguments: [
            // By both.
            (id, email, id, email, true), (id, email, id, nil, true), (id, email, nil, email, true),
            (id, email, nil, "Sales@Bookshop.EXAMPLE", true), (id, email, "2088101122136241", email, false),
            (id, email, id, "other@bookshop.example", false), (id, email, nil, "other@bookshop.example", false),
            (id, email, nil, nil, false),
            // By id: an email address alone says nothing.
            (id, nil, id, nil, true), (id, nil, id, "any@shop.example", true), (id, nil, nil, email, false),
            (id, nil, "2088101122136241", nil, false), (id, nil, nil, nil, false),
            // By email address; the id is the partner's.
            (nil, email, "2088101122136241", email, true), (nil, email, nil, email, true),
            (nil, email, id, email, false),
            (nil, email, "2088101122136241", "other@bookshop.example", false),
            (nil, email, nil, "other@bookshop.example", false),
            // By neither.
            (nil, nil, "2088101122136241", "any@shop.example", true), (nil, nil, id, nil, false),
            (nil, nil, nil, email, false),
            (nil, nil, "", nil, false), (nil, nil, " 2088101122136241", nil, false),
        ] as [(String?, String?, String?, String?, Bool)])
    func `a message is about this seller if all that it names is`(
        ours: String?, ourEmail: String?, id: String?, email: String?, isOurs: Bool
    ) {
        let contract = Contract.sample(sellerID: ours, sellerEmail: ourEmail)
        #expect(contract.isSeller(id: id, email: email) == isOurs)
    }

    @Test(arguments: [
        ("https://mapi.alipay.com/gateway.do", false), ("http://127.0.0.1:8090/gateway.do", true),
        ("HTTP://simulator/gateway.do", true), ("HTTPS://mapi.alipay.com/gateway.do", false),
    ])
    func `a gateway without TLS is known by its scheme`(url: String, isPlain: Bool) {
        #expect(Contract.sample(gatewayURL: url).usesPlainHTTP == isPlain)
    }

    @Test func `a key never shows when a contract is printed`() {
        let contract = Contract.sample()
        var dumped = ""
        dump(contract, to: &dumped)
        #expect(!"\(contract)\(String(reflecting: contract))\(dumped)".contains(keyText))
    }

    @Test func `the first key signs, and any verifies`() throws {
        let both = SigningKeys(md5: [Secret(otherKeyText), Secret(keyText)])
        let text = Array("partner=123&service=test".utf8)
        #expect(both.sign(text) == SigningKeys.other.sign(text))
        #expect(both.verify(text, signature: Array((try #require(SigningKeys.sample.sign(text))).utf8)[...]))
        #expect(both.verify(text, signature: Array((try #require(SigningKeys.other.sign(text))).utf8)[...]))
        #expect(
            !SigningKeys.sample.verify(text, signature: Array((try #require(SigningKeys.other.sign(text))).utf8)[...]))
        #expect(both.signType == .md5)
    }
}
