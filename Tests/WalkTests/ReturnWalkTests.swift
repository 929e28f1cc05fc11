import App
import Crypto
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The buyer comes back from Alipay.
@Suite(.timeLimit(.minutes(2))) struct ReturnWalkTests {
    @Test func `a buyer comes back to the shop with a status that the shop can verify`() async throws {
        try await World.run { world, service in
            let extra = #", "return_url": "https://shop.example/thanks?cart=7&x=%2B#top""#
            let (id, trade) = try await world.pay("ORDER-1", on: service, extra: extra)
            let response = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(response.status == 303 && response.body.isEmpty)
            #expect(
                response.headers["Cache-Control"] == "no-store" && response.headers["Referrer-Policy"] == "no-referrer")
            let location = try #require(response.headers["Location"])
            #expect(location.hasPrefix("https://shop.example/thanks?cart=7&x=%2B&payment_id=\(id)&"))
            let parts = URLParts(location)
            #expect(parts.fragment == "top")
            #expect(
                parts.parameters.map(\.name) == [
                    "cart", "x", "payment_id", "merchant_reference", "status", "timestamp", "signature",
                ])
            #expect(parts.fields["status"] == "succeeded" && parts.fields["merchant_reference"] == "ORDER-1")
            #expect(parts.fields["signature"] == Self.signature(parts.fields, world.secret))
        }
    }

    /// By the contract's words: the decoded bytes of the secret, over `payment_id.timestamp.merchant_reference.status`.
    private static func signature(_ fields: [String: String], _ secret: String) -> String {
        let signed = ["payment_id", "timestamp", "merchant_reference", "status"].map { fields[$0] ?? "" }.joined(
            separator: ".")
        let key = HMACSHA256Key(Base64.decode(String(secret.dropFirst("whsec_".count))) ?? [])
        return "v1," + Base64.encode(key.authenticate(Array(signed.utf8)))
    }

    @Test(arguments: [
        ("en-GB,en;q=0.9", "en", "The merchant has received this payment."),
        ("EN", "en", "The merchant has received this payment."),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "商家已收到这笔付款。"), ("fr", "zh-CN", "商家已收到这笔付款。"), (nil, "zh-CN", "商家已收到这笔付款。"),
    ])
    func `without a return_url there is a page, Chinese or English`(
        accepts: String?, code: String, text: String
    ) async throws {
        try await World.run { world, service in
            let (_, trade) = try await world.pay("ORDER-1", on: service)
            let url = try #require(world.alipay.simulator.returnURL(of: trade))
            let response = try await world.send(.get, url, headers: accepts.map { [("Accept-Language", $0)] } ?? [])
            let page = String(decoding: response.body, as: UTF8.self)
            #expect(response.status == 200 && response.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.contains("<html lang=\"\(code)\">") && page.contains(text))
            #expect(page.contains("三体 (1-3)") && page.contains("¥ 120.50"))
            #expect(response.headers["Location"] == nil)
        }
    }

    enum Spoilt: CaseIterable, Sendable {
        case empty, unsigned, emptySign, tampered, added, twice, signType, otherTenantsKey, otherTenantsURL,
            unknownReference
    }

    @Test(arguments: Spoilt.allCases)
    func `a return that proves nothing shows that we are checking, and changes nothing`(spoilt: Spoilt) async throws {
        try await World.run { world, service in
            let extra = #", "return_url": "https://shop.example/thanks""#
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: extra)
            let before = try await world.payment(id, on: service)
            var back = Self.back(trade)
            var path = "/return/bookshop"
            var query = back.body
            switch spoilt {
            case .empty: query = ""
            case .unsigned: query = HandMadeNotification.form(back.fields.merging(["sign_type": "MD5"]) { $1 })
            case .emptySign:
                back.sign = ""
                query = back.body
            case .tampered: query = query.split(separator: "ORDER%2D1").joined(separator: "ORDER%2D2")
            case .added: query += "&shop=17"
            case .twice: query += "&out_trade_no=ORDER-1"
            case .signType:
                back.signType = "md5"
                query = back.body
            case .otherTenantsKey:
                back.key = World.otherAccount.key
                query = back.body
            case .otherTenantsURL: path = "/return/teashop"
            case .unknownReference:
                back.fields["out_trade_no"] = "ORDER-2"
                query = back.body
            }
            let response = try await world.send(
                .get, "\(service.publicURL)\(path)?\(query)", headers: [("Accept-Language", "en")])
            #expect(response.status == 200 && response.headers["Location"] == nil)
            let page = String(decoding: response.body, as: UTF8.self)
            #expect(page.contains("We are checking with Alipay.") && !page.contains("三体"))
            #expect(try await world.payment(id, on: service) == before)
            #expect(try await world.events(on: service).isEmpty)
            #expect(try await world.verdicts(on: service) == [])
        }
    }

    /// What a browser would bring back for a trade that was paid.
    private static func back(_ trade: String) -> HandMadeNotification {
        HandMadeNotification(
            reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS",
            notifyID: "RqPnCoPT3K9%2Fvwbh3I7xk3E", more: ["is_success": "T", "exterface": "create_direct_pay_by_user"])
    }

    @Test func `a browser's word that it is paid is not passed on, however well it is signed`() async throws {
        try await World.run { world, service in
            let extra = #", "return_url": "https://shop.example/thanks""#
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: extra)
            let url = "\(service.publicURL)/return/bookshop?\(Self.back(trade).body)"
            let location = URLParts(try #require(try await world.send(.get, url).headers["Location"]))
            #expect(location.fields["status"] == "requires_action")
            #expect(location.fields["signature"] == Self.signature(location.fields, world.secret))
            #expect(try await world.payment(id, on: service)["status"]?.text == "requires_action")
            #expect(try await world.events(on: service).isEmpty)
        }
    }

    @Test func `only a browser's methods, and only tenants that there are`() async throws {
        try await World.run { world, service in
            let (_, trade) = try await world.pay("ORDER-1", on: service)
            let url = try #require(world.alipay.simulator.returnURL(of: trade))
            #expect(try await world.send(.post, url).status == 405)
            #expect(try await world.send(.head, url).status == 200)
            let elsewhere = url.split(separator: "/return/bookshop").joined(separator: "/return/nobody")
            #expect(try await world.send(.get, elsewhere).status == 404)
        }
    }
}
