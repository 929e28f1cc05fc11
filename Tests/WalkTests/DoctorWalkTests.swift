import App
import Crypto
import Diagnostics
import Dispatch
import HTTP
import JSON
import Simulator
import Support
import Synchronization
import Testing
import Webhooks

/// `payrelay doctor` over real sockets: the simulated Alipay, and the merchant's backend.
@Suite(.timeLimit(.minutes(2))) struct DoctorWalkTests {
    private static let keyLine = "keys: [file:secrets/bookshop.key]"
    private static let alipayKey = RSAPrivateKey.generate(bits: 1024)
    private static let merchantKey = RSAPrivateKey.generate(bits: 2048)

    private static func options(
        key: String = String(decoding: World.account.key.reveal(), as: UTF8.self)
    ) -> World.Options {
        var options = World.Options()
        options.keys = [keyLine]
        options.files["tenants/secrets/bookshop.key"] = key + "\n"
        return options
    }

    private static func rsaOptions() -> World.Options {
        var options = World.Options()
        options.keys = [
            "sign_type: RSA", "private_key: file:secrets/shop.pem", "alipay_public_keys: [file:secrets/alipay.pem]",
        ]
        options.files["tenants/secrets/shop.pem"] = merchantKey.privateKeyText
        options.files["tenants/secrets/alipay.pem"] = alipayKey.publicKeyText
        options.accounts[0].merchantPublicKey = merchantKey.publicKey
        options.accounts[0].signTypes = [.rsa]
        options.alipayKey = alipayKey
        return options
    }

    /// The codes of the findings that a world without any has, since nothing in it is of the internet.
    private static let usual: Set = ["gateway_http", "notify_url_local", "webhook_http", "fixed_key_absent"]

    private func doctor(
        _ options: World.Options, _ words: String..., prepare: (World) -> Void = { _ in }
    ) async throws -> (spoken: Spoken, json: JSONValue) {
        let world = try World(options)
        defer { world.stop() }
        prepare(world)
        let spoken = await world.doctor(words + ["--json"])
        #expect(world.shop.merchant.received.isEmpty && world.shop.merchant.refused == 0)
        let json = try JSONReader.read(Array(spoken.out.utf8))
        for key in [World.account.key.reveal(), Array(world.secret.utf8)] {
            #expect(!spoken.text.contains(String(decoding: key, as: UTF8.self)))
        }
        return (spoken, json)
    }

    private func codes(_ json: JSONValue) -> [String] {
        (json["findings"]?.elements ?? []).compactMap { $0["code"]?.text }.filter { !Self.usual.contains($0) }
    }

    private func proofs(_ json: JSONValue) -> [String: String] {
        Dictionary(
            (json["proofs"]?.elements ?? []).compactMap { proof in
                proof["subject"]?.text.flatMap { subject in proof["text"]?.text.map { (subject, $0) } }
            }, uniquingKeysWith: { "\($0); \($1)" })
    }

    // MARK: - Alipay

    @Test func `the right MD5 key is proved, and the backend is reached without an event`() async throws {
        let (spoken, json) = try await doctor(Self.options(), "--online")
        #expect(spoken.status == 0 && codes(json) == [], "\(spoken.text)")
        #expect(proofs(json)["alipay.keys[0]"]?.contains("TRADE_NOT_EXIST") == true)
        #expect(proofs(json)["webhook.url"] == "127.0.0.1 answers HEAD with 405, over plain http")
    }

    @Test func `the right RSA keys are proved, Alipay's by its time stamp`() async throws {
        let (spoken, json) = try await doctor(Self.rsaOptions(), "--online")
        #expect(spoken.status == 0 && codes(json) == ["alipay_key_unproven"], "\(spoken.text)")
        #expect(proofs(json)["alipay.private_key"]?.contains("TRADE_NOT_EXIST") == true)
        var options = Self.rsaOptions()
        options.alipay = ["services: {query_timestamp: true}"]
        let (_, proved) = try await doctor(options, "--online")
        #expect(codes(proved) == [] && proofs(proved)["alipay.alipay_public_keys"] != nil)
        options.files["tenants/secrets/alipay.pem"] = RSAPrivateKey.generate(bits: 1024).publicKeyText
        let (wrong, found) = try await doctor(options, "--online")
        #expect(wrong.status == 1 && codes(found).first == "answer_signature")
    }

    @Test func `a wrong key is ILLEGAL_SIGN, whichever kind it is`() async throws {
        let (md5, found) = try await doctor(Self.options(key: "abcdefghijklmnopqrstuvwxyz543210"), "--online")
        #expect(md5.status == 1 && codes(found) == ["illegal_sign"])
        var options = Self.rsaOptions()
        options.accounts[0].merchantPublicKey = RSAPrivateKey.generate(bits: 1024).publicKey
        let (rsa, other) = try await doctor(options, "--online")
        #expect(rsa.status == 1 && codes(other) == ["illegal_sign"])
    }

    @Test func `of two keys the accepted one is told`() async throws {
        var options = Self.options()
        options.files["tenants/secrets/old.key"] = "abcdefghijklmnopqrstuvwxyz543210\n"
        options.keys = ["keys: [file:secrets/bookshop.key, file:secrets/old.key]"]
        let (good, rotated) = try await doctor(options, "--online")
        #expect(good.status == 0 && codes(rotated) == ["old_key"])
        options.keys = ["keys: [file:secrets/old.key, file:secrets/bookshop.key]"]
        let (bad, reversed) = try await doctor(options, "--online")
        #expect(bad.status == 1 && codes(reversed) == ["first_key_refused"])
    }

    @Test func `a partner that Alipay does not know and a contract without queries are told apart`() async throws {
        var options = Self.options()
        options.accounts = [World.otherAccount]
        #expect(codes(try await doctor(options, "--online").json) == ["illegal_partner"])
        options = Self.options()
        options.accounts[0].contract.tradeQuery = false
        let (spoken, json) = try await doctor(options, "--online")
        #expect(spoken.status == 1 && codes(json) == ["illegal_partner_exterface"])
        options.alipay = ["services: {trade_query: false}", "notify_verify: false"]
        let (without, nothing) = try await doctor(options, "--online")
        #expect(without.status == 0 && codes(nothing) == ["nothing_to_ask"], "\(without.text)")
        options.alipay = ["services: {trade_query: false, query_timestamp: true}", "notify_verify: false"]
        let (stamped, proved) = try await doctor(options, "--online")
        #expect(stamped.status == 0 && codes(proved) == [] && proofs(proved)["alipay.keys"] != nil)
    }

    @Test(arguments: [
        (Fault.Kind.htmlPage, "not_alipay"), (.status500, "not_alipay"), (.garbled, "not_alipay"),
        (.error, "alipay_busy"),
    ])
    func `an Alipay that fails is told by how it fails`(kind: Fault.Kind, code: String) async throws {
        let fault = try #require(Fault(.query, kind))
        let (_, json) = try await doctor(Self.options(), "--online") { $0.alipay.simulator.set(fault) }
        #expect(codes(json) == [code])
    }

    @Test func `an Alipay that is not there is told as unreachable`() async throws {
        var options = Self.options()
        options.gatewayURL = "http://127.0.0.1:1/gateway.do"
        let (spoken, json) = try await doctor(options, "--online")
        #expect(spoken.status == 1 && codes(json) == ["alipay_unreachable"])
    }

    // MARK: - The merchant

    @Test func `a backend that is not there, is not https or is not public is told`() async throws {
        let private_ = "\n  allow_http: true\n  allow_private_network: true\n"
        for (url, more, code) in [
            ("http://127.0.0.1:1/hooks", private_, "webhook_unreachable"),
            ("http://nowhere.invalid/hooks", private_, "webhook_name"),
            ("https://127.0.0.1/hooks", "\n", "webhook_refused"),
        ] {
            var options = Self.options()
            options.webhookSection = "webhook:\n  url: \(url)\n  secrets: [file:secrets/shop.whsec]\(more)"
            let (spoken, json) = try await doctor(options)
            #expect(spoken.status == 1 && codes(json).contains(code), "\(spoken.text)")
        }
    }

    @Test func `TLS that fails is told, as of a server that speaks plain http`() async throws {
        let server = RawServer { peer in
            peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            peer.waitForClose()
        }
        var options = Self.options()
        options.webhookSection =
            "webhook:\n  url: https://127.0.0.1:\(server.port)/hooks\n  secrets: [file:secrets/shop.whsec]\n  allow_private_network: true\n"
        let (spoken, json) = try await doctor(options)
        #expect(spoken.status == 1 && codes(json) == ["webhook_tls"], "\(spoken.text)")
    }

    @Test func `offline nobody is asked anything`() async throws {
        let server = RawServer { peer in peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
        var options = Self.options()
        options.gatewayURL = server.url("/gateway.do")
        options.webhookSection =
            "webhook:\n  url: \(server.url("/hooks"))\n  secrets: [file:secrets/shop.whsec]\n  allow_http: true\n  allow_private_network: true\n"
        let (offline, _) = try await doctor(options, "--offline")
        #expect(offline.status == 0 && server.acceptCount == 0)
        // Without a word only the merchant's server is.
        let (_, json) = try await doctor(options)
        #expect(server.acceptCount == 1 && proofs(json)["alipay.keys[0]"]?.contains("TRADE_NOT_EXIST") != true)
    }

    @Test func `a file with a mistake elsewhere is asked about all the same`() async throws {
        var options = Self.options()
        options.tenant = ["produkts: [web/instant]"]
        let (spoken, json) = try await doctor(options, "--online")
        #expect(spoken.status == 1 && codes(json) == [])
        #expect(json["problems"]?.elements.count ?? 0 >= 1)
        #expect(proofs(json)["alipay.keys[0]"]?.contains("TRADE_NOT_EXIST") == true)
        options = Self.options()
        options.alipay = ["charset: latin"]
        let (_, broken) = try await doctor(options, "--online")
        #expect(broken["skipped"]?.elements.contains { $0["subject"]?.text == "Alipay" } == true)
        #expect(broken["facts"]?.elements.contains { $0["subject"]?.text == "alipay.keys[0]" } == true)
    }
}

extension World {
    /// `payrelay doctor bookshop …` on the world's files; no gateway need run.
    func doctor(_ words: [String]) async -> Spoken {
        let all = ["doctor", "bookshop", "--config", "\(folder)/payrelay.yaml"] + words
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let written = Mutex((out: "", error: ""))
                let console = CommandRunner.Console(
                    out: { line in written.withLock { $0.out += line + "\n" } },
                    error: { line in written.withLock { $0.error += line + "\n" } })
                let status = CommandRunner.run(all, console)
                let (out, error) = written.withLock { $0 }
                continuation.resume(returning: Spoken(status: status, out: out, error: error))
            }
        }
    }
}
