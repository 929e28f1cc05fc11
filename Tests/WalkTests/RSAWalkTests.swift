import App
import Crypto
import HTTP
import JSON
import Simulator
import Support
import Testing

/// A contract that signs with RSA: the merchant's key for what we ask, Alipay's for what Alipay says.
@Suite(.timeLimit(.minutes(2))) struct RSAWalkTests {
    private static let merchantKey = RSAPrivateKey.generate(bits: 1024)
    private static let alipayKey = RSAPrivateKey.generate(bits: 1024)
    private static let formerKey = RSAPrivateKey.generate(bits: 1024)

    private static func options(alipayKeys: [RSAPrivateKey] = [alipayKey]) -> World.Options {
        var options = World.Options()
        let names = alipayKeys.indices.map { "file:secrets/alipay-\($0).pem" }.joined(separator: ", ")
        options.keys = ["sign_type: RSA", "private_key: file:secrets/shop.pem", "alipay_public_keys: [\(names)]"]
        options.files["tenants/secrets/shop.pem"] = merchantKey.privateKeyText
        for (index, key) in alipayKeys.enumerated() {
            options.files["tenants/secrets/alipay-\(index).pem"] = key.publicKeyText
        }
        options.accounts[0].merchantPublicKey = merchantKey.publicKey
        options.accounts[0].signTypes = [.rsa]
        options.alipayKey = alipayKey
        return options
    }

    @Test func `the whole trip is signed with RSA, each side with its own key`() async throws {
        try await World.onLine(Self.options()) { world, service, line in
            let extra = #", "return_url": "https://shop.example/thanks""#
            let (id, trade) = try await world.pay("ORDER-1", on: service, extra: extra)
            #expect(try await world.verdicts(on: service) == ["applied"])
            let (status, synced, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(status == 200 && synced["status"]?.text == "succeeded")
            let back = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(back.status == 303 && back.headers["Location"]?.contains("status=succeeded") == true)
            let (made, _, _) = try await world.call(
                .post, "/v1/payments/\(id)/refunds", on: service, body: #"{"amount": 50}"#)
            #expect(made == 201)
            let refunded = try await world.nextWebhook()
            #expect(refunded["type"]?.text == "refund.succeeded" && refunded["data"]?["amount"]?.int64 == 50)
            let (open, _) = try await world.open("ORDER-2", on: service)
            #expect(try await world.cancel(open, on: service).status == 200)
            for name in ["single_trade_query", "refund_fastpay_by_platform_nopwd", "close_trade"] {
                #expect(line.calls(name).allSatisfy { $0.fields["sign_type"] == "RSA" } && !line.calls(name).isEmpty)
            }
        }
    }

    @Test func `an MD5 signature is none, whatever the message calls it`() async throws {
        var options = Self.options()
        options.alipay = ["notify_verify: false"]
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            var message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            for type in ["MD5", "RSA", "md5"] {
                message.signType = type
                #expect(try await world.told(message, on: service) == "fail")
            }
            #expect(try await world.verdicts(on: service) == Array(repeating: "bad_signature", count: 3))
            let oldest = try #require(try await world.journal(on: service).last)
            #expect(oldest["explanation"]?.text == "sign_type is MD5, this tenant's contract signs with RSA")
            #expect(try await world.status(id, on: service) == "requires_action")
            // The same, signed as it has to be: Alipay signs for all partners, so that the trade is asked about.
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .pay)
            #expect(try await world.told(message.signed(by: Self.alipayKey), on: service) == "success")
        }
    }

    @Test(arguments: ["merchant", "stranger"])
    func `only Alipay's key signs what Alipay says`(signer: String) async throws {
        var options = Self.options()
        options.alipay = ["notify_verify: false"]
        try await World.run(options) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            let message = HandMadeNotification(reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS")
            let key = signer == "merchant" ? Self.merchantKey : Self.formerKey
            #expect(try await world.told(message.signed(by: key), on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["bad_signature"])
            #expect(try await world.status(id, on: service) == "requires_action")
        }
    }

    @Test func `an answer that another key signed proves nothing`() async throws {
        try await World.run(Self.options(alipayKeys: [Self.formerKey])) { world, service in
            let (id, trade) = try await world.open("ORDER-1", on: service)
            _ = try world.alipay.simulator.move(trade, .pay)
            let (status, problem, _) = try await world.call(.post, "/v1/payments/\(id)/sync", on: service)
            #expect(status == 502 && problem["code"]?.text == "provider_invalid_answer")
            #expect(try await world.status(id, on: service) == "requires_action")
        }
    }

    @Test func `while Alipay's key is rotated both count, and then the new one only`() async throws {
        var options = Self.options(alipayKeys: [Self.formerKey, Self.alipayKey])
        options.alipay = ["notify_verify: false"]
        let world = try World(options)
        defer { world.stop() }
        var service = try world.start()
        var trades: [String] = []
        try world.loseNotifications()
        for number in 1...4 {
            trades.append(try await world.open("ORDER-\(number)", on: service).trade)
            _ = try world.alipay.simulator.move(trades[number - 1], .pay)
        }
        func tell(_ number: Int, _ key: RSAPrivateKey) async throws -> String {
            let message = HandMadeNotification(
                reference: "ORDER-\(number)", tradeNo: trades[number - 1], status: "TRADE_SUCCESS")
            return try await world.told(message.signed(by: key), on: service)
        }
        #expect(try await tell(1, Self.formerKey) == "success")
        #expect(try await tell(2, Self.alipayKey) == "success")
        service.stop()
        // The old one is taken out of the file.
        try world.put("tenants/secrets/alipay-0.pem", Self.alipayKey.publicKeyText)
        try world.put("tenants/secrets/alipay-1.pem", RSAPrivateKey.generate(bits: 1024).publicKeyText)
        service = try world.start()
        defer { service.stop() }
        #expect(try await tell(3, Self.formerKey) == "fail")
        #expect(try await tell(4, Self.alipayKey) == "success")
    }

    @Test func `Alipay's pair is changed under traffic with nothing refused`() async throws {
        var options = Self.options(alipayKeys: [Self.formerKey, Self.alipayKey])
        let both = "[file:secrets/alipay-0.pem, file:secrets/alipay-1.pem]"
        options.keys[2] = "alipay_public_keys: [file:secrets/alipay-0.pem]"
        options.alipayKey = Self.formerKey
        try await World.run(options) { world, service in
            var count = 0
            // Checkout, confirmation, query and notification, signed by whichever key Alipay uses at the moment.
            func payments() async throws {
                for _ in 1...3 {
                    count += 1
                    _ = try await world.pay("ORDER-\(count)", on: service)
                }
            }
            try await payments()
            let edited = Task { [world] in
                try await world.edit(
                    service, "alipay_public_keys: [file:secrets/alipay-0.pem]", "alipay_public_keys: \(both)")
            }
            try await payments()
            try await edited.value
            world.alipay.simulator.change(alipayKey: Self.alipayKey)
            try await payments()
            let ended = Task { [world] in
                try await world.edit(service, both, "[file:secrets/alipay-1.pem]")
            }
            try await payments()
            try await ended.value
            try await payments()
            #expect(try await world.verdicts(on: service) == Array(repeating: "applied", count: count))
            // What the former key signed is Alipay's word no more.
            world.alipay.simulator.change(alipayKey: Self.formerKey)
            let (_, trade) = try await world.open("ORDER-last", on: service)
            try world.loseNotifications()
            _ = try world.alipay.simulator.move(trade, .pay)
            let message = HandMadeNotification(reference: "ORDER-last", tradeNo: trade, status: "TRADE_SUCCESS")
            #expect(try await world.told(message.signed(by: Self.formerKey), on: service) == "fail")
        }
    }

    @Test func `Alipay signs for every seller with one key: another seller's message is none of ours`() async throws {
        var options = Self.options()
        options.alipay = ["notify_verify: false"]
        try await World.onLine(options) { world, service, line in
            try world.loseNotifications()
            let extra = #", "return_url": "https://shop.example/thanks""#
            let (id, trade) = try await world.open("ORDER-1", on: service, extra: extra)
            _ = try world.alipay.simulator.move(trade, .pay)
            let other = HandMadeNotification(
                reference: "ORDER-1", tradeNo: trade, status: "TRADE_SUCCESS",
                more: ["is_success": "T", "exterface": "create_direct_pay_by_user"], isOfOtherTenant: true
            ).signed(by: Self.alipayKey)
            #expect(try await world.told(other, on: service) == "fail")
            #expect(try await world.verdicts(on: service) == ["wrong_seller"])
            let url = "\(service.publicURL)/return/bookshop?\(other.body)"
            let back = try await world.send(.get, url, headers: [("Accept-Language", "en")])
            #expect(back.status == 200 && back.headers["Location"] == nil)
            let page = String(decoding: back.body, as: UTF8.self)
            #expect(page.contains("We are checking with Alipay.") && !page.contains("三体"))
            #expect(line.calls("single_trade_query").isEmpty)
            #expect(try await world.status(id, on: service) == "requires_action")
            // Our own buyer is let in.
            let own = try await world.send(.get, try #require(world.alipay.simulator.returnURL(of: trade)))
            #expect(own.headers["Location"]?.contains("status=succeeded") == true)
        }
    }
}

extension HandMadeNotification {
    /// The same, with a signature of that key: SHA1withRSA over the fields in the byte order of their names.
    func signed(by key: RSAPrivateKey) -> HandMadeNotification {
        let signed = fields.filter { !$0.value.isEmpty }.sorted {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }
        let text = signed.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        var copy = self
        copy.signType = "RSA"
        copy.sign = Base64.encode(key.signSHA1(message: Array(text.utf8)))
        return copy
    }
}
