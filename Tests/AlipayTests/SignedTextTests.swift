import Alipay
import Diagnostics
import Testing

/// Nothing is escaped in what Alipay's interface signs: one signed message can be cut into fields in several ways.
struct SignedTextTests {
    @Test(arguments: [
        "x&trade_no=1", "&sign=0", "a&b&total_fee=", "Road 1&refund_amount=100.00&service=alipay.acquire.refund&zz=",
        "&body=",
        "&_input_charset=gbk", "三体&out_trade_no=7",
    ])
    func `text that could be fields is found`(text: String) {
        #expect(SignedText.couldBeFields(text))
    }

    @Test(arguments: [
        "", "Tom & Jerry = friends", "a=1&b=2&c=0", "+ % & =", "trade_no=1", "&Trade_No=1", "& trade_no=1", "R&D=x",
        "&abc=1",
        "trade_no&=1",
    ])
    func `other text is not`(text: String) {
        #expect(!SignedText.couldBeFields(text))
    }

    /// What another partner's genuine message says in its body, cut so that it speaks of us.
    @Test func `a signed message cut in another way has the same signature, and is seen to be ambiguous`() throws {
        let genuine =
            "body=x&notify_id=n2&notify_type=trade_status_sync&out_trade_no=ORDER-1&total_fee=120.50&zz=&subject=s"
        // Posted as one field after another, as the bytes were signed: name=value joined by &.
        let cut = try InboundNotification(
            Array(
                "body=x&notify_id=n2&notify_type=trade_status_sync&out_trade_no=ORDER-1&total_fee=120.50&zz=%26subject%3Ds&sign=0&sign_type=MD5"
                    .utf8))
        #expect(cut.isAmbiguous)
        let keys = SigningKeys(md5: [Secret("abcdefghijklmnopqrstuvwxyz012345")])
        let sign = try #require(keys.sign(Array(genuine.utf8)))
        let signed = try InboundNotification(
            Array(
                "body=x&notify_id=n2&notify_type=trade_status_sync&out_trade_no=ORDER-1&total_fee=120.50&zz=%26subject%3Ds&sign=\(sign)&sign_type=MD5"
                    .utf8))
        #expect(signed.isSigned(by: keys) && signed.isAmbiguous)
        let plain = try InboundNotification(
            Array("notify_id=n2&notify_type=trade_status_sync&subject=a%3D1%26b%3D2&sign=0&sign_type=MD5".utf8))
        #expect(!plain.isAmbiguous)
    }

    @Test func `a notify_type that says more than one is malformed`() {
        let body = "notify_id=n&notify_type=trade_status_sync%26out_trade_no%3D1&sign=0&sign_type=MD5"
        #expect(throws: InboundNotification.Malformed.self) { try InboundNotification(Array(body.utf8)) }
    }
}
