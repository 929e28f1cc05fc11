import Alipay
import HTTP
import Testing

struct QueryTimestampTests {
    static let reply = Reply("timestamp", [("encrypt_key", "KP3C1pX+/a==")])

    @Test func `the request is not signed`() {
        let request = QueryTimestamp.request(.sample())
        #expect(
            request.url == "https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241"
                + "&service=query_timestamp")
        #expect(request.policy == .trusted && request.timeout == .seconds(10))
    }

    @Test func `a signed key is the key`() {
        #expect(QueryTimestamp.answer(QueryTimestampTests.reply.response(), .sample()) == .key("KP3C1pX+/a=="))
    }

    @Test func `a key that is not signed, missing, or unreadable is none`() {
        let forged = QueryTimestampTests.reply.with { $0.key = otherKeyText }
        #expect(QueryTimestamp.answer(forged.response(), .sample()) == .invalid("the signature of the answer is wrong"))
        for value in [nil, "", "键"] {
            let answer = QueryTimestamp.answer(
                QueryTimestampTests.reply.with("encrypt_key", value).with("x", "1").response(), .sample())
            #expect(answer == .invalid("the answer lacks encrypt_key, or it cannot be read"))
        }
        #expect(
            QueryTimestamp.answer(.sample(Reply.short("T")), .sample()) == .invalid("success without a time stamp"))
        let error = Reply.short("F", error: "ILLEGAL_PARTNER_EXTERFACE")
        #expect(
            QueryTimestamp.answer(.sample(error), .sample()) == .refused(code: "ILLEGAL_PARTNER_EXTERFACE"))
    }
}
