import Diagnostics
import Gateway
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `merchant_reference` makes a create safe to repeat.
struct ReferenceTests {
    @Test(arguments: Engine.allCases)
    func `the same again is the same payment, with an action that works`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let first = await desk.create()
            desk.clock.advance(byMs: 60_000)
            let second = await desk.create()
            #expect(first.status == 201)
            #expect(second.status == 200)
            #expect(second.text == first.text)
            #expect(second.headers["Location"] == nil)
            let checkout = await desk.call(.get, "/checkout/\(first.id)", key: nil)
            #expect(checkout.headers["Location"] == second.json["next_action"]?["provider_url"]?.text)
        }
    }

    @Test func `the same again after its time is the same payment with nothing to do`() async {
        let desk = Desk()
        let first = await desk.create { $0["expires_in"] = "60" }
        desk.clock.advance(byMs: 59_999)
        #expect(await desk.create().json["next_action"]?["type"]?.text == "redirect")
        desk.clock.advance(byMs: 1)
        let late = await desk.create()
        #expect(late.status == 200)
        #expect(late.id == first.id)
        #expect(late.json["next_action"] == .null)
    }

    @Test(arguments: [
        ("amount", "12051"), ("subject", "\"Three books\""), ("subject", "\"Two books \""),
        ("subject", "\"two books\""),
    ])
    func `another essential field is a conflict that names the payment and nothing of it`(
        field: String, json: String
    ) async {
        let desk = Desk()
        let first = await desk.create { $0["metadata"] = #"{"private": "note"}"# }
        let answer = await desk.call(
            .post, "/v1/payments",
            body: {
                var body = Body.minimal()
                body[field] = json
                return body.text
            }(), id: "req_9")
        #expect(answer.status == 409)
        #expect(
            answer.text == """
                {"type":"https://payrelay.dev/errors/reference_conflict","title":"Reference conflict","status":409,\
                "code":"reference_conflict","detail":"ORDER-1 is another payment, \(first.id), with other fields",\
                "errors":[],"retryable":false,"outcome":"known","request_id":"req_9","payment":"\(first.id)"}
                """)
        #expect(await desk.call(.get, "/v1/payments/\(first.id)").text == first.text)
    }

    /// Composed and decomposed letters look alike and are not the same text.
    @Test func `a subject in another normal form is another subject`() async {
        let desk = Desk()
        _ = await desk.create { $0["subject"] = "\"caf\u{e9}\"" }
        let answer = await desk.create { $0["subject"] = "\"cafe\u{301}\"" }
        #expect(answer.status == 409)
    }

    @Test func `another channel or settlement is a conflict`() async throws {
        let desk = Desk(tenants: [.bookshop(products: Set(Product.all))])
        _ = await desk.create()
        for (field, json) in [("channel", "\"qr\""), ("settlement", "\"escrow\""), ("settlement", "\"buyer_choice\"")] {
            let answer = await desk.create { $0[field] = json }
            #expect(answer.status == 409, "\(field) \(json)")
        }
    }

    @Test(arguments: [
        ("metadata", #"{"cart": "2"}"#), ("return_url", "\"https://shop.example/other\""),
        ("show_url", "\"https://shop.example/book/2\""), ("description", "\"other\""), ("expires_in", "120"),
        ("buyer", #"{"ip": "203.0.113.8"}"#), ("currency", "\"CNY\""), ("settlement", "\"instant\""),
    ])
    func `another field beside is the same payment, as it was made`(field: String, json: String) async {
        let desk = Desk()
        let first = await desk.create()
        let answer = await desk.create { $0[field] = json }
        #expect(answer.status == 200)
        #expect(answer.text == first.text)
    }

    @Test(arguments: Engine.allCases)
    func `each tenant has its own references`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let ours = await desk.create()
            let theirs = await desk.create(key: Desk.teashopKey) { $0["amount"] = "1" }
            #expect(theirs.status == 201)
            #expect(theirs.id != ours.id)
            #expect(await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1").ids == [ours.id])
            #expect(
                await desk.call(.get, "/v1/payments?merchant_reference=ORDER-1", key: Desk.teashopKey).ids
                    == [theirs.id])
        }
    }

    @Test(arguments: Engine.allCases)
    func `fifty creates of one reference at once make one payment`(engine: Engine) async throws {
        try await Desk.run(on: engine) { desk in
            let answers = await withTaskGroup(of: Reading.self) { group in
                for _ in 1...50 { group.addTask { await desk.create() } }
                return await group.reduce(into: [Reading]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.count { $0.status == 200 } == 49)
            #expect(Set(answers.map(\.id)).count == 1)
            #expect(await desk.call(.get, "/v1/payments").ids.count == 1)
        }
    }
}
