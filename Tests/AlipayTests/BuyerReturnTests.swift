import Alipay
import Diagnostics
import Testing

struct BuyerReturnTests {
    static func read(_ message: Message, keys: SigningKeys = .sample) -> String? {
        BuyerReturn(query: message.body, keys: keys)?.outTradeNo
    }

    /// Its sign was computed apart from all code here.
    @Test func `a return that Alipay signed names the order`() {
        let query =
            "is_success=T&exterface=create_direct_pay_by_user&notify_id=RqPnCoPT3K9%252Fvwbh3I%252BODmZS9o4qChHwPWbaS7UMBJpUnBJlzg"
            + "&notify_time=2026-01-02+11%3A04%3A07&notify_type=trade_status_sync&out_trade_no=ORDER-1001"
            + "&trade_no=2026010222001400000000000001&trade_status=TRADE_SUCCESS&subject=%E4%B8%89%E4%BD%93+%281-3%29&payment_type=1"
            + "&total_fee=120.50&seller_email=sales%40bookshop.example&seller_id=2088101122136241&buyer_email=b%2A%2A%2A%40example.com"
            + "&buyer_id=2088000000000002&sign=556d037d72c7131104c22a3d2996dd80&sign_type=MD5"
        #expect(BuyerReturn(query: Array(query.utf8), keys: .sample)?.outTradeNo == "ORDER-1001")
        #expect(BuyerReturn(query: Array(query.utf8), keys: .other) == nil)
    }

    /// On the wire `%252F`; what is signed is the text after one decoding, which still shows `%2F`.
    @Test func `a notify_id is decoded once, and a second decoding breaks the sign`() {
        let right = Message.returned.signed()
        #expect(right.wire.contains("notify_id=RqPnCoPT3K9%252Fvwbh3I%252BODm"))
        #expect(BuyerReturnTests.read(right) == "ORDER-1001")
        let onceTooOften = right.wire.replacing("%252F", with: "%2F").replacing("%252B", with: "%2B")
        #expect(BuyerReturn(query: Array(onceTooOften.utf8), keys: .sample) == nil)
    }

    /// "Back" links of the cashier come without one.
    @Test(arguments: ["sign", "sign_type"]) func `without a signature it is nothing`(name: String) {
        #expect(BuyerReturnTests.read(Message.returned.signed().with(name, nil)) == nil)
        #expect(BuyerReturnTests.read(Message.returned.signed().with(name, "")) == nil)
    }

    @Test(arguments: ["RSA", "DSA", "md5", "MD5 ", "RSA2"]) func `another sign_type than the contract's is refused`(
        type: String
    ) {
        #expect(BuyerReturnTests.read(Message.returned.signed().with("sign_type", type)) == nil)
    }

    @Test func `any field changed, removed or added is refused`() {
        let message = Message.returned.signed()
        for (name, _) in message.fields {
            #expect(BuyerReturnTests.read(message.with(name, "x")) == nil)
            #expect(BuyerReturnTests.read(message.with(name, nil)) == nil)
        }
        #expect(BuyerReturnTests.read(message.with("shop", "17")) == nil)
        #expect(BuyerReturnTests.read(message.with("shop", "")) == "ORDER-1001")
    }

    @Test(arguments: ["", "&", "=", "%", "out_trade_no=1", "a=1&a=1", "sign=%zz"])
    func `a query that is none is refused`(query: String) {
        #expect(BuyerReturn(query: Array(query.utf8), keys: .sample) == nil)
    }

    @Test func `a return without an order number, or with one that is not readable, is refused`() {
        #expect(BuyerReturnTests.read(Message.returned.with("out_trade_no", nil).signed()) == nil)
        #expect(BuyerReturnTests.read(Message.returned.with("out_trade_no", "三体").signed()) == nil)
        #expect(BuyerReturnTests.read(Message.returned.with("subject", bytes: [0xFF, 0xFE]).signed()) == "ORDER-1001")
    }

    @Test func `while a key is rotated either one will do`() {
        let both = SigningKeys(md5: [Secret(otherKeyText), Secret(keyText)])
        #expect(BuyerReturnTests.read(Message.returned.signed(), keys: both) == "ORDER-1001")
        #expect(BuyerReturnTests.read(Message.returned.signed(key: otherKeyText), keys: both) == "ORDER-1001")
    }
}
