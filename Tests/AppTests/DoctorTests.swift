import Alipay
import App
import Diagnostics
import JSON
import Support
import Tenants
import Testing
import Webhooks

struct DoctorTests {
    /// What no file can bring about: libcrypto would have to calculate wrongly.
    private static let unseen = [DoctorCode.roundTrip.rawValue]

    @Test(arguments: DoctorFixture.all)
    func `each usual mistake is told with its cure`(fixture: DoctorFixture) throws {
        let outcome = try fixture.place().doctor()
        #expect(outcome.out == (try fixture.expected))
        let isWrong = outcome.out.split(separator: "\n").contains { line in
            line.hasPrefix("error: ") || line.contains(/^tenants\/shop\.yaml:\d+:\d+: (?!warning: )/)
        }
        #expect(outcome.status == (isWrong ? 1 : 0))
    }

    @Test func `there is a file for every finding that needs no network`() throws {
        let texts = try DoctorFixture.all.map { try $0.expected }.joined(separator: "\n")
        let found = Set(texts.matches(of: /\[([a-z0-9_]+)\]\n/).map { String($0.1) })
        let codes =
            DoctorCode.allCases.map(\.rawValue) + EndpointCode.offline.map(\.rawValue)
            + NotifyURLCode.allCases.map(\.rawValue)
        // The notify URL is not of the tenant's file.
        let elsewhere = NotifyURLCode.allCases.map(\.rawValue) + DoctorTests.unseen
        #expect(found == Set(codes).subtracting(elsewhere))
    }

    @Test func `nothing of a key is written, as text or as JSON`() throws {
        let pieces = try DoctorFixture.secretPieces()
        #expect(pieces.count > 200)
        for fixture in DoctorFixture.all {
            let place = try fixture.place()
            let text = place.doctor().text + place.doctor("--json").text
            // Numbers that are no secret stand in some files as if they were keys.
            let words = text.replacing("2088101122136241", with: "").replacing("2016101122136241", with: "")
            for piece in pieces where words.contains(piece) { Issue.record("\(fixture.name) shows \(piece)") }
        }
    }

    @Test func `JSON says what the text says`() throws {
        let place = try DoctorFixture.named("public-own").place()
        let outcome = place.doctor("--json")
        let json = try JSONReader.read(Array(outcome.out.utf8))
        #expect(json["object"]?.text == "doctor" && json["tenant"]?.text == "shop" && json["ok"] == .bool(false))
        #expect(json["file"]?.text?.hasSuffix("tenants/shop.yaml") == true)
        guard case .array(let findings)? = json["findings"], case .array(let problems)? = json["problems"] else {
            Issue.record("no findings")
            return
        }
        #expect(findings.count == 1 && problems.count == 1)
        #expect(findings[0]["code"]?.text == "own_public_key" && findings[0]["severity"]?.text == "error")
        #expect(findings[0]["subject"]?.text == "alipay.alipay_public_keys[0]")
        #expect(problems[0]["line"]?.int64 == 6 && problems[0]["column"]?.int64 == 24)
        #expect(outcome.status == 1 && outcome.error == "payrelay doctor: shop: 2 errors, 0 warnings, 0 hints\n")
        let good = try DoctorFixture.named("good-rsa").place().doctor("--json")
        #expect(try JSONReader.read(Array(good.out.utf8))["ok"] == .bool(true))
        #expect(good.status == 0)
    }

    @Test(arguments: DoctorFixture.all)
    func `a tenant in force has the findings of its file`(fixture: DoctorFixture) throws {
        let place = try fixture.place()
        let loaded = Configuration.load(path: place.configPath) { _ in nil }
        // With --public-key more is known than the file says.
        guard place.options.isEmpty, let tenant = loaded.configuration?.tenants.tenant("shop") else { return }
        let found = TenantDoctor.examine(tenant)
        let more = try fixture.expected.matches(of: /(?:error|warning|hint): .*\[([a-z0-9_]+)\]\n/)
            .filter { !$0.0.contains("secrets/") }.map { String($0.1) }
        #expect(found.map(\.code).sorted() == more.sorted())
    }

    @Test func `check takes the public half beside a private key for a file in use`() throws {
        let place = try DoctorFixture.named("halves-beside").place()
        let outcome = Shop.run(["check", "--config", place.configPath])
        #expect(outcome.out.contains("secrets/merchant.pem:1:1: warning: no configuration names this file"))
        #expect(!outcome.out.contains("secrets/pair_public.pem"))
    }

    // MARK: - Who is meant

    @Test func `a tenant that does not exist is said, with a near name`() throws {
        let shop = try Shop()
        let near = shop.run(["doctor", "shpo", "--offline", "--config", shop.configPath])
        #expect(
            near.error
                == "payrelay doctor: there is no tenant \"shpo\" in the folder tenants; did you mean shop?\n")
        #expect(near.status == 1 && near.out == "")
        let far = shop.run(["doctor", "nobody", "--offline", "--config", shop.configPath])
        #expect(far.error == "payrelay doctor: there is no tenant \"nobody\" in the folder tenants\n")
        let path = shop.run(["doctor", "../payrelay", "--offline", "--config", shop.configPath])
        #expect(path.status == 1 && path.error.contains("there is no tenant \"../payrelay\""))
    }

    @Test func `only this tenant's file is spoken of`() throws {
        let shop = try Shop()
        try shop.addTenant("other.yaml", "name: Other\n")
        let outcome = shop.run(["doctor", "shop", "--offline", "--config", shop.configPath])
        #expect(outcome.status == 0 && !outcome.out.contains("other.yaml"))
        let other = shop.run(["doctor", "other", "--offline", "--config", shop.configPath])
        #expect(other.status == 1 && other.out.contains("tenants/other.yaml:1:1: alipay is missing\n"))
    }

    @Test func `a file whose name is no id is examined all the same`() throws {
        let shop = try Shop(hasTenant: false)
        try shop.addTenant("My_Shop.yaml", try Shop.fixture("shop.yaml"))
        let outcome = shop.run(["doctor", "My_Shop", "--offline", "--config", shop.configPath])
        #expect(outcome.status == 1)
        #expect(outcome.out.hasPrefix("tenants/My_Shop.yaml:1:1: the file's name is the tenant's id"))
        #expect(outcome.out.contains("alipay.keys[0]"))
    }

    @Test func `without a payrelay yaml the tenants beside it are found`() throws {
        let shop = try Shop(service: nil)
        let outcome = shop.run(["doctor", "shop", "--config", shop.configPath])
        #expect(outcome.status == 0)
        #expect(outcome.out.contains("Not looked at\n  the notify URL  payrelay.yaml names no public_url"))
        // How webhooks leave is not known, and so nothing is sent.
        #expect(outcome.out.contains("webhook         not reached: payrelay.yaml, which says how webhooks leave"))
    }

    @Test(arguments: [
        ([], "name a tenant"), (["shop", "more"], "unexpected argument \"more\""),
        (["shop", "--online", "--offline"], "--online and --offline exclude each other"),
        (["shop", "--onlin"], "unknown option --onlin; did you mean --online?"),
    ])
    func `wrong usage is status 2`(words: [String], message: String) {
        let outcome = Shop.run(["doctor"] + words)
        #expect(outcome.status == 2 && outcome.out == "")
        #expect(outcome.error.hasPrefix("payrelay doctor: \(message)\n"))
    }

    @Test func `a public key that cannot be read ends it`() throws {
        let shop = try Shop()
        let words = ["doctor", "shop", "--offline", "--public-key", "/nowhere/key.pem", "--config", shop.configPath]
        let outcome = shop.run(words)
        #expect(outcome.status == 1)
        #expect(
            outcome.error == "payrelay doctor: cannot read the file that --public-key names: No such file\n")
    }

    // MARK: - The notify URL

    @Test(
        arguments: [
            ("https://pay.bookshop.cn", "shop", nil), ("https://pay.bookshop.cn:443", "shop", nil),
            ("http://pay.bookshop.cn", "shop", "notify_url_http"),
            ("https://pay.bookshop.cn:8443", "shop", "notify_url_port"),
            ("http://127.0.0.1:8080", "shop", "notify_url_local"), ("https://[::1]", "shop", "notify_url_local"),
            ("https://gateway", "shop", "notify_url_local"), ("https://pay.example", "shop", "notify_url_local"),
            ("https://pay.bookshop.cn/" + String(repeating: "x", count: 152), "shop23", nil),
            ("https://pay.bookshop.cn/" + String(repeating: "x", count: 152), "shop234", "notify_url_long"),
        ] as [(String, String, String?)])
    func `a notify URL is what Alipay can post to`(publicURL: String, tenant: String, code: String?) {
        let examination = TenantDoctor.examine(notifyURL: tenant, publicURL: publicURL)
        #expect(examination.findings.map(\.code) == (code.map { [$0] } ?? []))
        #expect(examination.wrong.isEmpty == (code != "notify_url_long"))
    }
}
