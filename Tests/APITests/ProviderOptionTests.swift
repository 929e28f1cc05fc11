import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `provider_options`, and text that a tenant's charset cannot express.
struct ProviderOptionTests {
    @Test(arguments: Engine.allCases)
    func `options come back in the order given, and go to Alipay`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let answer = await desk.create {
                $0["provider_options"] = #"{"paymethod": "bankPay", "defaultbank": "ICBCB2C", "default_login": "Y"}"#
            }
            #expect(answer.status == 201)
            #expect(
                answer.text.contains(
                    #""provider_options":{"paymethod":"bankPay","defaultbank":"ICBCB2C","default_login":"Y"}"#))
            let url = answer.json["next_action"]?["provider_url"]?.text ?? ""
            for option in ["&paymethod=bankPay&", "&defaultbank=ICBCB2C&", "&default_login=Y&"] {
                #expect(url.contains(option))
            }
            #expect(await desk.call(.get, "/v1/payments/\(answer.id)").text == answer.text)
        }
    }

    @Test(arguments: [
        (#"{"paymethod": 1}"#, ["/provider_options/paymethod: paymethod must be text, not a number"]),
        (
            #"{"need_ctu_check": true}"#,
            ["/provider_options/need_ctu_check: need_ctu_check must be text, not a boolean"]
        ),
        (#"{"paymethod": null}"#, ["/provider_options/paymethod: paymethod must be text, not null"]),
        (#"{"paymethod": ["a"]}"#, ["/provider_options/paymethod: paymethod must be text, not an array"]),
        ("[]", ["/provider_options: provider_options must be an object, not an array"]),
        (
            "{\((1...33).map { "\"o\($0)\": \"v\"" }.joined(separator: ", "))}",
            ["/provider_options: provider_options may have at most 32 options"]
        ),
        (
            #"{"paymetod": "bankPay", "notify_url": "https://a"}"#,
            [
                #"/provider_options/paymetod: "paymetod" is not an option of web/instant; did you mean "paymethod"?"#,
                "/provider_options/notify_url: notify_url is set by the gateway and is not an option",
            ]
        ),
        (
            #"{"defaultbank": "CMB"}"#,
            ["/provider_options/defaultbank: defaultbank goes with paymethod bankPay"]
        ),
        (
            #"{"a/b~": "x"}"#, [#"/provider_options/a~1b~0: "a/b~" is not an option of web/instant"#]
        ),
        (
            #"{"app_pay": "Y"}"#,
            ["/provider_options/app_pay: app_pay is an option of mobile_web/instant, not of web/instant"]
        ),
    ])
    func `what Alipay would not take is pointed at`(options: String, errors: [String]) async {
        let answer = await Desk().create { $0["provider_options"] = options }
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }

    @Test func `options at fault are listed beside other fields at fault`() async {
        let answer = await Desk().create {
            $0["amount"] = "0"
            $0["provider_options"] = #"{"paymethod": "x"}"#
        }
        #expect(answer.pointers == ["/amount", "/provider_options/paymethod"])
    }

    @Test func `a product that is not sold is told before its options`() async {
        let answer = await Desk().create {
            $0["settlement"] = "\"escrow\""
            $0["provider_options"] = #"{"paymethod": "x"}"#
        }
        #expect(answer.status == 422)
        #expect(answer.detail == "web/escrow is not among this tenant's products, which are web/instant")
    }

    @Test func `an endless name is shown up to a bound`() async {
        let name = String(repeating: "n", count: 50_000)
        let answer = await Desk().create { $0["provider_options"] = "{\"\(name)\": \"v\"}" }
        #expect(answer.status == 400)
        #expect(answer.body.count < 1000)
    }

    // MARK: - The tenant's charset

    static let receiver = #"{"options": [{"carrier_type": "ems", "fee": 0, "paid_by": "seller"}], "receiver": "#

    @Test(arguments: [
        ("subject", "\"Two 😀\"", "/subject", "subject", "😀", "1F600"),
        ("description", "\"caf\u{e9} \u{1F984}\"", "/description", "description", "🦄", "1F984"),
        ("description", "\"a\u{301}\"", "/description", "description", "\u{301}", "0301"),
        ("shipping", receiver + #"{"name": "𠮷野"}}"#, "/shipping/receiver/name", "name", "𠮷", "20BB7"),
        ("shipping", receiver + #"{"address": "é😀"}}"#, "/shipping/receiver/address", "address", "😀", "1F600"),
        ("shipping", receiver + #"{"zip": "😀"}}"#, "/shipping/receiver/zip", "zip", "😀", "1F600"),
        ("shipping", receiver + #"{"phone": "1😀"}}"#, "/shipping/receiver/phone", "phone", "😀", "1F600"),
        (
            "provider_options", #"{"buyer_msg": "😀"}"#, "/provider_options/buyer_msg", "buyer_msg", "😀", "1F600"
        ),
    ])
    func `a character that GBK lacks is named`(
        field: String, json: String, pointer: String, name: String, character: String, code: String
    ) async {
        let create: (Desk) async -> Reading = { desk in
            await desk.create {
                $0["settlement"] = "\"escrow\""
                $0[field] = json
            }
        }
        let answer = await create(Desk(tenants: [.everything(charset: .gbk)]))
        #expect(answer.status == 400)
        #expect(
            answer.errors == [
                "\(pointer): \(name) has \"\(character)\" (U+\(code)), which this tenant's charset gbk cannot express"
            ])
        #expect(await create(Desk(tenants: [.everything()])).status == 201)
    }

    @Test func `GBK text goes to Alipay in GBK, and a phone's page in UTF-8`() async {
        let desk = Desk(tenants: [.everything(charset: .gbk)])
        let web = await desk.create("A") { $0["subject"] = "\"三体\"" }
        let webURL = web.json["next_action"]?["provider_url"]?.text ?? ""
        #expect(webURL.contains("?_input_charset=gbk&"))
        #expect(webURL.contains("&subject=%C8%FD%CC%E5&"))
        let phone = await desk.create("B") {
            $0["channel"] = "\"mobile_web\""
            $0["subject"] = "\"三体 😀\""
        }
        #expect(phone.status == 201)
        let phoneURL = phone.json["next_action"]?["provider_url"]?.text ?? ""
        #expect(phoneURL.contains("?_input_charset=utf-8&"))
        #expect(phoneURL.contains("&subject=%E4%B8%89%E4%BD%93%20%F0%9F%98%80&"))
    }
}
