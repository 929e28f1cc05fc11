import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `POST /v1/payments`: the whole answer, and each field's limit.
struct CreatePaymentTests {
    @Test(arguments: Engine.allCases)
    func `the least that is needed makes a payment, answered whole`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let answer = await desk.call(
                .post, "/v1/payments",
                body: """
                    {"merchant_reference": "ORDER-1001", "amount": 12050, "currency": "CNY", "subject": "Two books", \
                    "channel": "web"}
                    """)
            let id = answer.id
            #expect(answer.status == 201)
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.headers["Location"] == "/v1/payments/\(id)")
            #expect(id.hasPrefix("pay_01KDYAK348"))
            let providerURL = """
                https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241\
                &service=create_direct_pay_by_user\
                &notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop&out_trade_no=ORDER-1001&payment_type=1\
                &return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop\
                &seller_email=sales%40bookshop.example&subject=Two%20books\
                &total_fee=120.50&sign=8901e08c9de1050a02e7b7981d362583&sign_type=MD5
                """
            #expect(
                answer.text == """
                    {"id":"\(id)","object":"payment","merchant_reference":"ORDER-1001","amount":12050,\
                    "amount_paid":null,"amount_refunded":0,"currency":"CNY","subject":"Two books","description":null,\
                    "channel":"web","settlement":"instant","shipping":null,"status":"requires_action",\
                    "next_action":{"type":"redirect","url":"https://pay.example/checkout/\(id)",\
                    "provider_url":"\(providerURL)"},\
                    "refundable":false,"late":false,"sequence":0,\
                    "provider":{"name":"alipay","trade_no":null,"status":null,"buyer":null,"dispute":null},\
                    "last_error":null,"metadata":{},"return_url":null,"show_url":null,\
                    "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:05.000Z",\
                    "expires_at":"2026-01-02T05:04:05.000Z","succeeded_at":null}
                    """)
            #expect(await desk.call(.get, "/v1/payments/\(id)").text == answer.text)
        }
    }

    @Test(arguments: Engine.allCases)
    func `everything that can be given comes back as it was given`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let answer = await desk.call(
                .post, "/v1/payments",
                body: #"""
                    {"metadata": {"cart": "8812", "~note/1": "“q\"\\\n\u0001 🦄"}, "expires_in": 60,
                     "buyer": {"ip": "203.0.113.7"}, "provider_options": {}, "shipping": null,
                     "return_url": "https://shop.example/thanks?a=1&b=2#top",
                     "show_url": "https://shop.example/book/1?a=1&b=%E4%B8%89",
                     "settlement": "instant", "channel": "web", "description": "第一行\nline two",
                     "subject": "三体 (1-3) + 50% & =", "currency": "CNY", "amount": 12050,
                     "merchant_reference": "ORDER-1001"}
                    """#)
            let id = answer.id
            #expect(answer.status == 201)
            let providerURL = """
                https://mapi.alipay.com/gateway.do?_input_charset=utf-8&partner=2088101122136241\
                &service=create_direct_pay_by_user&body=%E7%AC%AC%E4%B8%80%E8%A1%8C%0Aline%20two\
                &notify_url=https%3A%2F%2Fpay.example%2Fnotify%2Fbookshop&out_trade_no=ORDER-1001&payment_type=1\
                &return_url=https%3A%2F%2Fpay.example%2Freturn%2Fbookshop\
                &seller_email=sales%40bookshop.example\
                &show_url=https%3A%2F%2Fshop.example%2Fbook%2F1%3Fa%3D1%26b%3D%25E4%25B8%2589\
                &subject=%E4%B8%89%E4%BD%93%20%281-3%29%20%2B%2050%25%20%26%20%3D&total_fee=120.50\
                &sign=726d750b5f30fb0b837dbf970185215f&sign_type=MD5
                """
            #expect(
                answer.text == #"""
                    {"id":"\#(id)","object":"payment","merchant_reference":"ORDER-1001","amount":12050,\#
                    "amount_paid":null,"amount_refunded":0,"currency":"CNY","subject":"三体 (1-3) + 50% & =",\#
                    "description":"第一行\nline two","channel":"web","settlement":"instant","shipping":null,\#
                    "status":"requires_action",\#
                    "next_action":{"type":"redirect","url":"https://pay.example/checkout/\#(id)",\#
                    "provider_url":"\#(providerURL)"},\#
                    "refundable":false,"late":false,"sequence":0,\#
                    "provider":{"name":"alipay","trade_no":null,"status":null,"buyer":null,"dispute":null},\#
                    "last_error":null,"metadata":{"cart":"8812","~note/1":"“q\"\\\n\u0001 🦄"},\#
                    "return_url":"https://shop.example/thanks?a=1&b=2#top",\#
                    "show_url":"https://shop.example/book/1?a=1&b=%E4%B8%89",\#
                    "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:05.000Z",\#
                    "expires_at":"2026-01-02T03:05:05.000Z","succeeded_at":null}
                    """#)
            #expect(await desk.call(.get, "/v1/payments/\(id)").text == answer.text)
        }
    }

    /// What is at a limit is taken.
    @Test(arguments: [
        ("merchant_reference", "\"A\""),
        ("merchant_reference", "\"azAZ09_-\(String(repeating: "x", count: 56))\""),
        ("amount", "1"), ("amount", "10000000000"),
        ("currency", "\"CNY\""), ("currency", "null"),
        ("subject", "\"x\""), ("subject", "\" two spaces after  \""),
        ("subject", "\"\(String(repeating: "a", count: 256))\""),
        ("subject", "\"\(String(repeating: "书", count: 128))\""),
        ("subject", "\"\(String(repeating: "🦄", count: 64))\""),
        ("subject", "\"\(String(repeating: "€", count: 256))\""),
        ("description", "\"\""), ("description", "null"), ("description", "\"a\\tb\\r\\nc\""),
        ("description", "\"\(String(repeating: "书", count: 1000))\""),
        ("settlement", "\"instant\""), ("settlement", "null"), ("shipping", "null"),
        ("return_url", "\"http://a\""), ("return_url", "\"HTTPS://shop.example:8443/x?y#z\""),
        ("return_url", "\"https://shop.example/\(String(repeating: "r", count: 1979))\""),
        ("show_url", "\"https://shop.example/\(String(repeating: "s", count: 379))\""),
        ("expires_in", "60"), ("expires_in", "1296000"), ("expires_in", "null"),
        ("buyer", "{}"), ("buyer", "null"), ("buyer", #"{"ip": "2001:db8::1"}"#),
        ("buyer", #"{"ip": null, "auth_code": null}"#),
        ("metadata", "{}"), ("metadata", "null"), ("metadata", #"{"k": ""}"#),
        ("metadata", "{\"\(String(repeating: "键", count: 40))\": \"\(String(repeating: "🦄", count: 500))\"}"),
        ("metadata", "{\((1...20).map { "\"k\($0)\": \"v\"" }.joined(separator: ", "))}"),
        ("provider_options", "{}"), ("provider_options", "null"),
    ])
    func `a field at its limit is taken`(field: String, json: String) async {
        let desk = Desk()
        let answer = await desk.create { $0[field] = json }
        #expect(answer.status == 201, "\(answer.text)")
    }

    /// One past it is refused, and so is everything of another kind; the pointer names the place and the detail the rule.
    @Test(
        arguments: [
            ("merchant_reference", nil, "merchant_reference is required"),
            ("merchant_reference", "null", "merchant_reference is required"),
            ("merchant_reference", "7", "merchant_reference must be text, not a number"),
            ("merchant_reference", "\"\"", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -"),
            (
                "merchant_reference", "\"\(String(repeating: "x", count: 65))\"",
                "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -"
            ),
            ("merchant_reference", "\"A B\"", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -"),
            ("merchant_reference", "\"Ä\"", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -"),
            ("merchant_reference", "\"\\u212A\"", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -"),
            ("amount", nil, "amount is required"),
            ("amount", "null", "amount is required"),
            ("amount", "0", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "-1", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "-0", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "1.0", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "1e3", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "\"100\"", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "true", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "10000000001", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "9223372036854775808", "amount must be a whole number of fen from 1 to 10000000000"),
            ("amount", "18446744073709551617", "amount must be a whole number of fen from 1 to 10000000000"),
            ("currency", "\"USD\"", "currency must be CNY"), ("currency", "\"cny\"", "currency must be CNY"),
            ("currency", "156", "currency must be text, not a number"),
            ("subject", nil, "subject is required"), ("subject", "null", "subject is required"),
            ("subject", "[]", "subject must be text, not an array"),
            ("subject", "\"\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            (
                "subject", "\"\(String(repeating: "a", count: 257))\"",
                "subject must be 1 to 256 bytes counted as GBK, without control characters"
            ),
            (
                "subject", "\"\(String(repeating: "书", count: 128)) \"",
                "subject must be 1 to 256 bytes counted as GBK, without control characters"
            ),
            (
                "subject", "\"\(String(repeating: "🦄", count: 64))a\"",
                "subject must be 1 to 256 bytes counted as GBK, without control characters"
            ),
            ("subject", "\"a\\nb\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            ("subject", "\"a\\u0000\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            ("subject", "\"a\\u007f\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            ("subject", "\"a\\u0085\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            ("subject", "\"a\\u2028\"", "subject must be 1 to 256 bytes counted as GBK, without control characters"),
            (
                "description", "\"\(String(repeating: "a", count: 1001))\"",
                "description must be at most 1000 characters, without control characters"
            ),
            ("description", "\"\\u0000\"", "description must be at most 1000 characters, without control characters"),
            ("description", "false", "description must be text, not a boolean"),
            ("channel", nil, "channel is required"), ("channel", "null", "channel is required"),
            ("channel", "\"app\"", "channel must be one of web, mobile_web, qr, barcode"),
            ("channel", "{}", "channel must be text, not an object"),
            ("settlement", "\"later\"", "settlement must be one of instant, escrow, buyer_choice"),
            ("settlement", "1", "settlement must be text, not a number"),
            ("shipping", "{}", "shipping goes with settlement escrow or buyer_choice"),
            ("return_url", "\"\"", "return_url must be an absolute http or https URL of at most 2000 bytes"),
            ("return_url", "\"/thanks\"", "return_url must be an absolute http or https URL of at most 2000 bytes"),
            (
                "return_url", "\"//shop.example/\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            (
                "return_url", "\"javascript:alert(1)\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            ("return_url", "\"https://\"", "return_url must be an absolute http or https URL of at most 2000 bytes"),
            (
                "return_url", "\"https://a b/\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            (
                "return_url", "\"https://a/\\r\\nX: y\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            (
                "return_url", "\"https://shop@evil.example/\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            (
                "return_url", "\"https://shop.example/\(String(repeating: "r", count: 1980))\"",
                "return_url must be an absolute http or https URL of at most 2000 bytes"
            ),
            ("return_url", "5", "return_url must be text, not a number"),
            (
                "show_url", "\"https://shop.example/\(String(repeating: "s", count: 380))\"",
                "show_url must be an absolute http or https URL of at most 400 bytes"
            ),
            (
                "show_url", "\"ftp://shop.example/\"",
                "show_url must be an absolute http or https URL of at most 400 bytes"
            ),
            ("expires_in", "0", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("expires_in", "59", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("expires_in", "61", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("expires_in", "1296060", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("expires_in", "120.0", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("expires_in", "\"120\"", "expires_in must be seconds in whole minutes, from 60 to 1296000"),
            ("buyer", "\"203.0.113.7\"", "buyer must be an object, not a string"),
            ("metadata", "[]", "metadata must be an object, not an array"),
            (
                "metadata", "{\((1...21).map { "\"k\($0)\": \"v\"" }.joined(separator: ", "))}",
                "metadata may have at most 20 keys"
            ),
            ("provider_options", "\"x\"", "provider_options must be an object, not a string"),
        ] as [(String, String?, String)])
    func `one past its limit, or another kind of thing, is refused by name`(
        field: String, json: String?, detail: String
    ) async {
        let desk = Desk()
        let answer = await desk.create { $0[field] = json }
        #expect(answer.status == 400)
        #expect(answer.errors == ["/\(field): \(detail)"])
        #expect(answer.detail == detail)
        #expect(await desk.call(.get, "/v1/payments").ids == [])
    }

    @Test(arguments: [
        ("buyer", #"{"ip": "203.0.113"}"#, "/buyer/ip: ip must be an IPv4 or IPv6 address"),
        ("buyer", #"{"ip": 1}"#, "/buyer/ip: ip must be text, not a number"),
        ("buyer", #"{"auth_code": "28123"}"#, "/buyer/auth_code: auth_code goes with channel barcode"),
        ("buyer", #"{"pi": "203.0.113.7"}"#, "/buyer/pi: unknown field pi; did you mean ip?"),
        ("metadata", #"{"": "v"}"#, "/metadata/: a metadata key must be 1 to 40 characters"),
        (
            "metadata", "{\"\(String(repeating: "k", count: 41))\": \"v\"}",
            "/metadata/\(String(repeating: "k", count: 41)): a metadata key must be 1 to 40 characters"
        ),
        ("metadata", #"{"n": 7}"#, "/metadata/n: a metadata value must be text of at most 500 characters"),
        ("metadata", #"{"n": null}"#, "/metadata/n: a metadata value must be text of at most 500 characters"),
        (
            "metadata", "{\"n\": \"\(String(repeating: "v", count: 501))\"}",
            "/metadata/n: a metadata value must be text of at most 500 characters"
        ),
        ("metadata", #"{"a/b~c": 1}"#, "/metadata/a~1b~0c: a metadata value must be text of at most 500 characters"),
        ("metadata", #"{"a": "\u0000"}"#, "/metadata/a: a metadata value must be text of at most 500 characters"),
        (
            "provider_options", #"{"paymethod": "x"}"#,
            "/provider_options/paymethod: paymethod must be directPay, creditPay, bankPay, cartoon or cash, not \"x\""
        ),
        ("ammount", "5", "/ammount: unknown field ammount; did you mean amount?"),
        ("refund", "5", "/refund: unknown field refund"),
        ("a/b~", "5", "/a~1b~0: unknown field a/b~"),
    ])
    func `a fault inside is pointed at by RFC 6901`(field: String, json: String, error: String) async {
        let answer = await Desk().create { $0[field] = json }
        #expect(answer.status == 400)
        #expect(answer.errors == [error])
    }

    /// `&`, a name as long as Alipay's names are, and `=`: nothing escapes it in what is signed.
    @Test(arguments: [
        ("subject", "\"T-shirt&size=XL\"", "/subject", "subject"),
        ("subject", "\"三体&body=\"", "/subject", "subject"),
        ("description", "\"first\\n&total_fee=0.01\"", "/description", "description"),
        (
            "shipping", ProviderOptionTests.receiver + #"{"address": "Road 1&price=0.01"}}"#,
            "/shipping/receiver/address", "address"
        ),
        ("provider_options", #"{"buyer_msg": "x&price=0.01"}"#, "/provider_options/buyer_msg", "buyer_msg"),
    ])
    func `a text that another parameter could hide in is refused by name, and makes nothing`(
        field: String, json: String, pointer: String, name: String
    ) async {
        let desk = Desk(tenants: [.everything()])
        let answer = await desk.create {
            $0["settlement"] = "\"escrow\""
            $0[field] = json
        }
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(
            answer.errors == [
                "\(pointer): \(name) has something like &name= in it, which could be read as a parameter of the signed request"
            ])
        #expect(await desk.call(.get, "/v1/payments").ids == [])
    }

    @Test(arguments: ["T-shirt&Size=XL", "T-shirt & size=XL", "T-shirt&sz=XL", "size=XL&", "R&D = research"])
    func `a text with signs that hide nothing is taken`(subject: String) async {
        #expect(await Desk().create { $0["subject"] = "\"\(subject)\"" }.json["subject"]?.text == subject)
    }

    @Test func `every fault of a body is listed at once`() async {
        let answer = await Desk().call(
            .post, "/v1/payments",
            body: """
                {"amount": 0.5, "currency": "EUR", "subject": "", "description": 1, "channel": "x", "settlement": "y",
                 "return_url": "no", "show_url": "no", "expires_in": 1, "buyer": {"ip": "no", "name": "no"},
                 "metadata": {"n": 1, "m": 2}, "provider_options": {"royalty": 1}, "subjekt": "typo"}
                """, id: "req_77")
        #expect(answer.status == 400)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        #expect(
            answer.pointers == [
                "/merchant_reference", "/amount", "/currency", "/subject", "/description", "/channel", "/settlement",
                "/expires_in", "/provider_options/royalty", "/return_url", "/show_url", "/buyer/ip", "/buyer/name",
                "/metadata/n", "/metadata/m", "/subjekt",
            ])
        #expect(answer.detail == "16 fields are at fault; see errors")
    }

    @Test func `one fault is answered as RFC 9457 has it, whole`() async {
        let answer = await Desk().call(
            .post, "/v1/payments",
            body: #"{"merchant_reference": "A", "amount": 0, "subject": "s", "channel": "web"}"#, id: "req_77")
        #expect(
            answer.text == """
                {"type":"https://payrelay.dev/errors/invalid_request","title":"Invalid request","status":400,\
                "code":"invalid_request",\
                "detail":"amount must be a whole number of fen from 1 to 10000000000",\
                "errors":[{"pointer":"/amount",\
                "detail":"amount must be a whole number of fen from 1 to 10000000000"}],\
                "retryable":false,"outcome":"known","request_id":"req_77"}
                """)
    }

    /// Characters are what Unicode assigns, not what a screen draws: one drawn character may be thousands of bytes long.
    @Test(arguments: [
        ("description", "\"e\(String(repeating: "\u{301}", count: 1000))\"", "/description"),
        ("metadata", "{\"k\": \"e\(String(repeating: "\u{301}", count: 500))\"}", "/metadata/k"),
        (
            "metadata", "{\"e\(String(repeating: "\u{301}", count: 40))\": \"v\"}",
            "/metadata/e\(String(repeating: "\u{301}", count: 40))"
        ),
    ])
    func `a character drawn with a thousand marks is not one character`(
        field: String, json: String, pointer: String
    ) async {
        let answer = await Desk().create { $0[field] = json }
        #expect(answer.status == 400)
        #expect(answer.pointers == [pointer])
    }

    @Test func `an unknown field's name is shown up to a bound`() async {
        let name = "e" + String(repeating: "\u{301}", count: 5000)
        let answer = await Desk().create { $0[name] = "1" }
        #expect(answer.status == 400)
        #expect(answer.body.count < 1000)
    }

    @Test func `the longest payment that is taken has a checkout that sends the buyer on`() async throws {
        let desk = Desk()
        let answer = await desk.create(String(repeating: "R", count: 64)) { body in
            body["amount"] = "10000000000"
            body["subject"] = "\"\(String(repeating: "€", count: 256))\""
            body["description"] = "\"\(String(repeating: "🦄", count: 1000))\""
            body["show_url"] = "\"https://a/?\(String(repeating: "&", count: 389))\""
        }
        try #require(answer.status == 201)
        let checkout = await desk.call(.get, "/checkout/\(answer.id)", key: nil)
        #expect(checkout.status == 200)
        #expect(checkout.headers["Location"] == nil)
        #expect(checkout.onwardURL == answer.json["next_action"]?["provider_url"]?.text)
        #expect(try #require(checkout.onwardURL).utf8.count == 15_951)
    }

    @Test func `what no browser could carry to Alipay is refused, and whatever is taken can be paid`() async throws {
        let desk = Desk(tenants: [.everything()])
        var taken = 0
        for length in stride(from: 0, through: 250, by: 10) {
            let answer = await desk.create("ORDER-\(length)") { body in
                body["settlement"] = "\"escrow\""
                body["subject"] = "\"\(String(repeating: "€", count: 256))\""
                body["description"] = "\"\(String(repeating: "🦄", count: 1000))\""
                body["provider_options"] = "{\"buyer_msg\": \"\(String(repeating: "&", count: 1 + length))\"}"
                body["show_url"] = "\"https://a/?\(String(repeating: "&", count: 389))\""
            }
            if answer.status == 201 {
                taken += 1
                let checkout = await desk.call(.get, "/checkout/\(answer.id)", key: nil)
                #expect(try #require(checkout.onwardURL).utf8.count <= 16_384)
            } else {
                #expect(answer.status == 400)
                #expect(answer.pointers == [""])
                #expect(answer.detail?.hasPrefix("the buyer's way to Alipay would be a URL of 16") == true)
            }
        }
        #expect((1...25).contains(taken))
    }
}
