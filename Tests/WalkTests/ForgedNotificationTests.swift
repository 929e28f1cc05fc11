import App
import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Messages that are not Alipay's, not whole or not about us: refused, and nothing changes. `notify_verify` is off, so that the
/// check which each of them fails is the only one in its way.
@Suite(.timeLimit(.minutes(2)), .serialized) struct ForgedNotificationTests {
    static let options = World.Options(alipay: ["notify_verify: false"])

    struct Forgery: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// In the journal.
        let verdict: String
        /// Makes the body that is posted out of a notification that would be applied.
        let body: @Sendable (HandMadeNotification) -> String

        init(_ name: String, _ verdict: String, body: @escaping @Sendable (HandMadeNotification) -> String) {
            testDescription = name
            self.verdict = verdict
            self.body = body
        }

        /// One whose fields, key or signature are changed.
        init(_ name: String, _ verdict: String, _ change: @escaping @Sendable (inout HandMadeNotification) -> Void) {
            self.init(
                name, verdict,
                body: { notification in
                    var notification = notification
                    change(&notification)
                    return notification.body
                })
        }
    }

    static let forgeries: [Forgery] = [
        Forgery("no sign", "malformed", body: { form($0.fields.merging(["sign_type": "MD5"]) { $1 }) }),
        Forgery("an empty sign", "malformed") { $0.sign = "" },
        Forgery("the sign in upper case", "bad_signature") { $0.sign = $0.rightSign.uppercased() },
        Forgery("the sign cut short", "bad_signature") { $0.sign = String($0.rightSign.dropLast()) },
        Forgery("the sign with one digit more", "bad_signature") { $0.sign = $0.rightSign + "0" },
        Forgery("the sign of nothing", "bad_signature") { $0.sign = "d41d8cd98f00b204e9800998ecf8427e" },
        Forgery("sign_type in lower case", "bad_signature") { $0.signType = "md5" },
        Forgery("sign_type RSA", "bad_signature") { $0.signType = "RSA" },
        Forgery("sign_type DSA", "bad_signature") { $0.signType = "DSA" },
        Forgery("no sign_type", "malformed") { $0.signType = nil },
        Forgery("an empty sign_type", "malformed") { $0.signType = "" },
        Forgery("no key at all", "bad_signature") { $0.key = Secret("") },
        Forgery("the other tenant's key", "bad_signature") { $0.key = World.otherAccount.key },
        Forgery("the other tenant's seller, with this key", "wrong_seller") {
            $0.fields["seller_id"] = World.otherAccount.partner
            $0.fields["seller_email"] = World.otherAccount.sellerEmail
        },
        Forgery("another seller_id", "wrong_seller") { $0.fields["seller_id"] = "2088999999999999" },
        Forgery("another seller_email", "wrong_seller") { $0.fields["seller_email"] = "somebody@else.example" },
        Forgery("no seller", "wrong_seller") {
            $0.fields["seller_id"] = nil
            $0.fields["seller_email"] = ""
        },
        Forgery("an unknown reference", "unknown_payment") { $0.fields["out_trade_no"] = "ORDER-2" },
        Forgery("no reference", "charset") { $0.fields["out_trade_no"] = nil },
        Forgery("a reference that is no ASCII", "charset") { $0.fields["out_trade_no"] = "三体" },
        Forgery("an amount that is no number", "charset") { $0.fields["total_fee"] = "120,50" },
        Forgery("a time that is none", "charset") { $0.fields["gmt_payment"] = "2026-02-30 00:00:00" },
        Forgery("no trade_no", "charset") { $0.fields["trade_no"] = "" },
        Forgery("a parameter twice", "malformed", body: { $0.body + "&trade_status=TRADE_FINISHED" }),
        Forgery(
            "a parameter twice, the same both times", "malformed", body: { $0.body + "&trade_status=TRADE_SUCCESS" }),
        Forgery("a parameter twice, once encoded", "malformed", body: { $0.body + "&trade%5Fstatus=TRADE_FINISHED" }),
        Forgery("the sign twice", "malformed", body: { $0.body + "&sign=\($0.rightSign)" }),
        Forgery("a field added after signing", "bad_signature", body: { $0.body + "&use_coupon=N" }),
        Forgery("a field removed after signing", "bad_signature") {
            $0.sign = $0.rightSign
            $0.fields["buyer_id"] = nil
        },
        Forgery("a value changed after signing", "bad_signature") {
            $0.sign = $0.rightSign
            $0.fields["subject"] = "别的"
        },
        Forgery("no notify_id", "malformed") { $0.fields["notify_id"] = nil },
        Forgery("an empty notify_id", "malformed") { $0.fields["notify_id"] = "" },
        Forgery("a notify_id with a line's end", "malformed") { $0.fields["notify_id"] = "abc\r\ndef" },
        Forgery("no notify_type", "malformed") { $0.fields["notify_type"] = nil },
        Forgery("a signed request of ours", "malformed") { $0.fields["_input_charset"] = "utf-8" },
        Forgery("201 fields", "malformed") { fill(&$0, to: 201) },
        Forgery("a cut percent escape", "malformed", body: { $0.body + "&use_coupon=%4" }),
        Forgery("a percent escape that is none", "malformed", body: { $0.body + "&use_coupon=%zz" }),
        Forgery("a field without a name", "malformed", body: { $0.body + "&=N" }),
        Forgery("a name that no field has", "malformed", body: { $0.body + "&use%20coupon=N" }),
        Forgery("an empty body", "malformed", body: { _ in "" }),
        Forgery("JSON", "malformed", body: { _ in #"{"trade_status": "TRADE_SUCCESS"}"# }),
        Forgery("NUL bytes", "malformed", body: { _ in "\0\0\0" }),
    ]

    private static func form(_ fields: [String: String]) -> String { HandMadeNotification.form(fields) }

    /// - Parameter count: with `sign` and `sign_type`.
    static func fill(_ notification: inout HandMadeNotification, to count: Int) {
        for number in 0..<(count - 2 - notification.fields.count) { notification.fields["field\(number)"] = "x" }
    }

    @Test(arguments: forgeries)
    func `a forged notification is answered fail and changes nothing`(_ forgery: Forgery) async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let before = try await world.payment(id, on: service)
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            let (status, text, headers) = try await world.post(forgery.body(genuine), on: service)
            #expect(status == 200 && text == "fail" && headers["Content-Type"] == "text/plain")
            #expect(try await world.payment(id, on: service) == before)
            #expect(try await world.events(on: service).isEmpty)
            #expect(try await world.verdicts(on: service) == [forgery.verdict])
            #expect(try await world.verdicts(on: service, key: World.otherKey) == [])
            // It did not stand in the way of the genuine one, whose webhook is the first that comes.
            #expect(try await world.told(genuine, on: service) == "success")
            #expect(try await world.nextWebhook()["type"]?.text == "payment.succeeded")
            #expect(world.shop.merchant.received.count == 1)
        }
    }

    @Test func `a payment of another amount keeps its status and tells the merchant why`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            for total in ["120.49", "0.01", "12050", "120.51", "120.500001"] {
                let forged = HandMadeNotification(
                    reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS", total: total)
                #expect(try await world.told(forged, on: service) == "fail")
            }
            #expect(
                try await world.verdicts(on: service) == [
                    "charset", "amount_mismatch", "amount_mismatch", "amount_mismatch", "amount_mismatch",
                ])
            let now = try await world.payment(id, on: service)
            #expect(now["status"]?.text == "requires_action" && now["amount_paid"] == .null)
            #expect(now["last_error"]?["code"]?.text == "amount_mismatch")
            #expect(now["last_error"]?["details"]?["amount_reported"]?.text == "12051")
            #expect(try await world.events(on: service).isEmpty)
            #expect(
                try await world.metric(#"payrelay_alarms_total{tenant="bookshop",kind="amount_mismatch"}"#, on: service)
                    == 4)
        }
    }

    @Test func `one tenant's notification is nothing at another's URL, both ways`() async throws {
        let options = World.Options(alipay: ["notify_verify: false"])
        try await World.run(options) { world, service in
            let body =
                #"{"merchant_reference": "ORDER-1", "amount": 12050, "currency": "CNY", "subject": "三体", "channel": "web"}"#
            for key in [World.apiKey, World.otherKey] {
                #expect(try await world.call(.post, "/v1/payments", on: service, key: key, body: body).status == 201)
            }
            let ours = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            let theirs = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000002", status: "TRADE_SUCCESS",
                isOfOtherTenant: true)
            #expect(try await world.told(theirs, to: "/notify/bookshop", on: service) == "fail")
            #expect(try await world.told(ours, to: "/notify/teashop", on: service) == "fail")
            for key in [World.apiKey, World.otherKey] {
                #expect(try await world.verdicts(on: service, key: key) == ["bad_signature"])
                let payments =
                    try await world.call(.get, "/v1/payments", on: service, key: key).json["data"]?.elements ?? []
                #expect(payments.map { $0["status"]?.text } == ["requires_action"])
            }
            #expect(try await world.told(ours, on: service) == "success")
        }
    }

    @Test func `two hundred fields are a notification`() async throws {
        try await World.run(Self.options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            var notification = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            Self.fill(&notification, to: 200)
            #expect(try await world.told(notification, on: service) == "success")
        }
    }

    @Test func `64 KiB are a notification, and one byte more is 413 for whoever sends it`() async throws {
        try await World.run(Self.options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            var notification = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            notification.fields["body"] = "x"
            let room = 65_536 - notification.body.utf8.count
            notification.fields["body"] = String(repeating: "x", count: room + 2)
            #expect(notification.body.utf8.count == 65_537)
            #expect(try await world.post(notification.body, on: service).status == 413)
            #expect(try await world.verdicts(on: service) == [])
            notification.fields["body"] = String(repeating: "x", count: room + 1)
            #expect(notification.body.utf8.count == 65_536)
            #expect(try await world.told(notification, on: service) == "success")
        }
    }

    @Test func `only POST is taken`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            for method in [Method.get, .put, .delete] {
                let url = "\(service.publicURL)/notify/bookshop?\(genuine.body)"
                let response = try await world.send(method, url, body: method == .get ? "" : genuine.body)
                #expect(response.status == 405 && response.headers["Allow"] == "POST")
            }
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.verdicts(on: service) == [])
        }
    }

    @Test func `an unknown tenant is 404, and counted`() async throws {
        try await World.run(Self.options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            for path in [
                "/notify/nobody", "/notify/", "/notify/BOOKSHOP", "/notify/bookshop%20", "/notify/..%2Fbookshop",
            ] {
                let (status, text, _) = try await world.post(genuine.body, to: path, on: service)
                #expect(status == 404 && text != "success", "\(path)")
            }
            #expect(try await world.post(genuine.body, to: "/notify/bookshop/", on: service).status == 404)
            #expect(try await world.post(genuine.body, to: "/notify", on: service).status == 404)
            #expect(
                try await world.metric(
                    #"payrelay_notifications_total{tenant="",verdict="unknown_tenant"}"#, on: service) == 5)
            #expect(try await world.verdicts(on: service) == [])
        }
    }

    @Test func `what stands in the URL's query is no part of a notification`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let waits = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "WAIT_BUYER_PAY")
            let path = "/notify/bookshop?trade_status=TRADE_SUCCESS&total_fee=0.01&shop=17"
            #expect(try await world.told(waits, to: path, on: service) == "success")
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.payment(id, on: service)["provider"]?["status"]?.text == "WAIT_BUYER_PAY")
            // A whole genuine message in the query is none either.
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.post("", to: "/notify/bookshop?\(genuine.body)", on: service).text == "fail")
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
        }
    }

    @Test(arguments: [
        "application/x-www-form-urlencoded; text/html; charset=UTF-8", "application/x-www-form-urlencoded",
        "application/json",
        "text/plain; charset=GBK", "multipart/form-data; boundary=x", "nonsense", nil,
    ])
    func `the Content-Type is not looked at`(contentType: String?) async throws {
        try await World.run(Self.options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            let headers = contentType.map { [("Content-Type", $0)] } ?? []
            #expect(try await world.post(genuine.body, headers: headers, on: service).text == "success")
        }
    }

    @Test func `a subject in GBK is no reason to refuse`() async throws {
        try await World.run(Self.options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            var genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            // 三体 as GBK, which is no UTF-8: signed and sent as those bytes.
            let subject: [UInt8] = [0xC8, 0xFD, 0xCC, 0xE5]
            genuine.fields["subject"] = "@@"
            genuine.sign = SignedBytes.sign(genuine.fields, replacing: "@@", with: subject, key: World.account.key)
            let body = genuine.body.replacing("%40%40", with: "%C8%FD%CC%E5")
            #expect(try await world.post(body, on: service).text == "success")
            #expect(try await world.payment(id, on: service)["subject"]?.text == "三体 (1-3)")
        }
    }

    @Test func `whoever is not among the sources is refused before any work`() async throws {
        let fake = FakeAlipay()
        let url = try fake.start()
        defer { fake.stop() }
        let options = World.Options(alipay: ["notify_sources: [203.0.113.0/24, 2400:b200::/32]"], gatewayURL: url)
        try await World.run(options) { world, service in
            _ = try await world.create("ORDER-1", on: service)
            let genuine = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            var forged = genuine
            forged.sign = "00000000000000000000000000000000"
            for body in [genuine.body, forged.body, "nonsense"] {
                // Nobody trusts this peer's word about where it comes from.
                let (status, text, headers) = try await world.post(
                    body, headers: [("X-Forwarded-For", "203.0.113.7")], on: service)
                #expect(status == 403 && text != "success" && headers["Content-Type"] == "text/plain")
            }
            #expect(try await world.verdicts(on: service) == [])
            #expect(fake.asked("notify_verify") == 0 && fake.asked("single_trade_query") == 0)
        }
    }

    @Test func `whoever is among the sources is heard`() async throws {
        let options = World.Options(alipay: ["notify_verify: false", "notify_sources: [203.0.113.0/24, 127.0.0.0/8]"])
        try await World.run(options) { world, service in
            let (_, trade) = try await world.open("ORDER-1", on: service)
            let genuine = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(genuine, on: service) == "success")
        }
    }
}
