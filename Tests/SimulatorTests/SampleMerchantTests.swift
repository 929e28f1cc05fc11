import HTTP
import Simulator
import Support
import Testing

@Suite struct SampleMerchantTests {
    // The published vector that the Standard Webhooks libraries share.
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let body = Array(#"{"test": 2432232314}"#.utf8)
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    static let sentAtMs: Int64 = 1_614_265_330_000

    let clock = ManualClock(nowMs: sentAtMs)
    let merchant: SampleMerchant

    init() throws {
        merchant = try found(SampleMerchant(secrets: [SampleMerchantTests.secret], clock: clock))
    }

    func post(
        signature: String = SampleMerchantTests.signature, id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek",
        body: [UInt8] = SampleMerchantTests.body
    ) -> Response? {
        SampleMerchantTests.post(to: merchant, signature: signature, id: id, body: body)
    }

    static func post(
        to merchant: SampleMerchant, signature: String = SampleMerchantTests.signature,
        id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek", body: [UInt8] = SampleMerchantTests.body
    ) -> Response? {
        let reply = RecordedReply()
        let headers = Headers([
            ("webhook-id", id), ("webhook-timestamp", "1614265330"), ("Webhook-Signature", signature),
        ])
        merchant.handle(Request(method: .post, path: "/hooks/payrelay", headers: headers, body: body), reply)
        return reply.response
    }

    @Test func `the published vector is taken, and its repeat counted`() {
        #expect(post()?.status == 200)
        #expect(post()?.status == 200)
        #expect(merchant.received.map(\.id) == ["msg_p5jXN8AQM9LWM0D4loKWxJek"])
        #expect(merchant.received.map(\.times) == [2])
        #expect(merchant.received.first?.body == SampleMerchantTests.body)
        #expect(merchant.refused == 0)
    }

    @Test func `one right signature among several is enough`() {
        #expect(post(signature: "v1,AAAA \(SampleMerchantTests.signature) v1a,BBBB")?.status == 200)
    }

    @Test func `another body, id, version or signature is refused`() {
        #expect(post(body: SampleMerchantTests.body + [0x20])?.status == 400)
        #expect(post(id: "msg_other")?.status == 400)
        #expect(post(signature: "v2" + SampleMerchantTests.signature.dropFirst(2))?.status == 400)
        #expect(post(signature: "")?.status == 400)
        #expect(merchant.refused == 4)
        #expect(merchant.received.isEmpty)
    }

    @Test func `300 seconds old is taken, 301 is not`() {
        clock.advance(byMs: 300_999)
        #expect(post()?.status == 200)
        clock.advance(byMs: 1)
        #expect(post()?.status == 400)
    }

    @Test(arguments: [(300_000, 200), (300_001, 400)] as [(Int64, Int)])
    func `a webhook from 300 seconds ahead is taken, from the second after not`(aheadMs: Int64, status: Int) throws {
        let clock = ManualClock(nowMs: SampleMerchantTests.sentAtMs - aheadMs)
        let early = try found(SampleMerchant(secrets: [SampleMerchantTests.secret], clock: clock))
        #expect(SampleMerchantTests.post(to: early)?.status == status)
    }

    @Test func `it fails as often as it is told to`() {
        merchant.behave(.fail(status: 503), times: 2)
        #expect([post(), post(), post()].map { $0?.status } == [503, 503, 200])
        #expect(merchant.received.map(\.times) == [1])
    }

    @Test func `it hangs until it is released`() {
        merchant.behave(.hang)
        let reply = RecordedReply()
        let headers = Headers([
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
            ("webhook-signature", SampleMerchantTests.signature),
        ])
        merchant.handle(
            Request(method: .post, path: "/hooks/payrelay", headers: headers, body: SampleMerchantTests.body), reply)
        #expect(reply.response == nil)
        merchant.release()
        #expect(reply.response?.status == 503)
        #expect(merchant.received.isEmpty)
    }

    @Test(arguments: ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_?"])
    func `what is no secret makes no merchant`(secret: String) {
        #expect(SampleMerchant(secrets: [secret], clock: ManualClock()) == nil)
    }

    @Test func `its thanks page shows what came back, as text`() {
        let reply = RecordedReply()
        merchant.handle(Request(method: .get, path: "/thanks", query: Array("status=%3Cb%3Esucceeded".utf8)), reply)
        let page = String(decoding: reply.response?.body ?? [], as: UTF8.self)
        #expect(page.contains("<dd>&lt;b&gt;succeeded</dd>"))
    }

    @Test func `what came is listed`() throws {
        _ = post()
        let reply = RecordedReply()
        merchant.handle(Request(method: .get, path: "/hooks/payrelay"), reply)
        #expect(
            String(decoding: try found(reply.response).body, as: UTF8.self)
                == #"{"data":[{"id":"msg_p5jXN8AQM9LWM0D4loKWxJek","type":null,"times":1,"first_at":"2021-02-25T15:02:10.000Z"}],"refused":0}"#
        )
    }
}
