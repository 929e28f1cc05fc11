import API
import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// What is JSON, and what says that it is.
struct BodyTests {
    @Test(arguments: [
        ("", "the body is not JSON: unexpected end at byte 0"),
        ("amount=1", "the body is not JSON: unexpected character at byte 0"),
        ("{\"amount\": 1", "the body is not JSON: \",\" or \"}\" is missing at byte 12"),
        ("{\"amount\": 1,}", "the body is not JSON: a member's name is missing at byte 13"),
        ("{\"amount\": 01}", "the body is not JSON: \",\" or \"}\" is missing at byte 12"),
        ("{\"amount\": +1}", "the body is not JSON: unexpected character at byte 11"),
        ("{\"amount\": NaN}", "the body is not JSON: unexpected character at byte 11"),
        ("{} {}", "the body is not JSON: unexpected text after the value at byte 3"),
        ("{\"amount\": 1, \"amount\": 2}", "the body is not JSON: the name \"amount\" appears twice at byte 14"),
        ("{\"a\": 1, \"\\u0061\": 2}", "the body is not JSON: the name \"a\" appears twice at byte 9"),
        ("{\"subject\": \"\\ud83e\"}", "the body is not JSON: half a surrogate pair at byte 19"),
        ("{\"subject\": \"\\udd84\"}", "the body is not JSON: half a surrogate pair at byte 19"),
        ("{\"subject\": \"a\nb\"}", "the body is not JSON: a control character in a string at byte 14"),
        (
            "{\"metadata\": {\"a\": [[[[[[[1]]]]]]]}}", "the body is not JSON: more than 8 levels at byte 25"
        ),
        ("[]", "the body must be a JSON object, not an array"),
        ("\"text\"", "the body must be a JSON object, not a string"),
        ("null", "the body must be a JSON object, not null"),
    ])
    func `what is no JSON object is refused with the place`(body: String, detail: String) async {
        let answer = await Desk().call(.post, "/v1/payments", body: body)
        #expect(answer.status == 400)
        #expect(answer.errors == [": \(detail)"])
    }

    @Test func `eight levels are read`() async {
        let answer = await Desk().create { $0["metadata"] = #"{"a": [[[[[[1]]]]]]}"# }
        #expect(answer.pointers == ["/metadata/a"])
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC8, 0xFD], [0xE4, 0xB8],
        ] as [[UInt8]])
    func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) async {
        let body = Array("{\"subject\": \"".utf8) + bytes + Array("\"}".utf8)
        let answer = await Desk().call(.post, "/v1/payments", bytes: body)
        #expect(answer.status == 400)
        #expect(answer.errors == [": the body is not JSON: a string is not UTF-8 at byte 13"])
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON",
        "application/json ; charset=utf-8",
    ])
    func `JSON is taken by its type, whatever parameters follow`(type: String) async {
        let answer = await Desk().create(headers: [("Content-Type", type)])
        #expect(answer.status == 201)
    }

    @Test func `a body without a type is taken for JSON`() async {
        let reply = RecordedReply()
        let request = Request(
            method: .post, path: "/v1/payments", headers: Headers([("Authorization", "Bearer \(Desk.bookshopKey)")]),
            body: Array(Body.minimal().text.utf8))
        Desk().handler.handle(request, reply)
        #expect(await reply.reading().status == 201)
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/ json", "", "json",
        "application/problem+json",
    ])
    func `another type is refused`(type: String) async {
        let answer = await Desk().create(headers: [("Content-Type", type)])
        #expect(answer.status == 415)
        #expect(answer.code == "unsupported_media_type")
        #expect(answer.detail == "the body must be application/json")
    }

    @Test(arguments: [
        ("mobile_web", "instant"), ("qr", "instant"), ("web", "escrow"), ("web", "buyer_choice"), ("qr", "escrow"),
    ])
    func `a product that the tenant does not sell is said so`(channel: String, settlement: String) async {
        let answer = await Desk().create {
            $0["channel"] = "\"\(channel)\""
            $0["settlement"] = "\"\(settlement)\""
        }
        #expect(answer.status == 422)
        #expect(answer.code == "product_not_enabled")
        #expect(answer.detail == "\(channel)/\(settlement) is not among this tenant's products, which are web/instant")
    }

    @Test func `a barcode with its code is a product, not a fault`() async {
        let answer = await Desk().create {
            $0["channel"] = "\"barcode\""
            $0["buyer"] = #"{"auth_code": "2812345"}"#
        }
        #expect(answer.code == "product_not_enabled")
    }

    @Test func `a create takes no parameters`() async {
        let desk = Desk()
        let answer = await desk.call(.post, "/v1/payments?amount=5", body: Body.minimal().text)
        #expect(answer.status == 400)
        #expect(answer.errors == ["amount: unknown parameter amount; this call takes none"])
        #expect(await desk.call(.get, "/v1/payments").ids == [])
    }
}
