import App
import Diagnostics
import HTTPServer
import Support
import Testing

/// Who may talk to the admin listener, as `payrelay check` sees it.
struct AdminPlaceTests {
    private let longPath = "/" + String(repeating: "a", count: 107)

    private func check(_ admin: String, _ more: String = "") throws -> Outcome {
        try Shop(service: "admin: \(admin)\n\(more)public_url: https://pay.example\n").check()
    }

    @Test func `it may be a socket, an address, or one of each; a path begins at the file's folder`() throws {
        for (text, socket, address) in [
            ("unix:run/admin.sock", "run/admin.sock", nil), ("[unix:run/admin.sock]", "run/admin.sock", nil),
            ("127.0.0.1:9000", nil, "127.0.0.1:9000"), ("[\"127.0.0.1:9000\"]", nil, "127.0.0.1:9000"),
            ("[\"127.0.0.1:9000\", unix:a.sock]", "a.sock", "127.0.0.1:9000"),
            ("[unix:a.sock, \"127.0.0.1:9000\"]", "a.sock", "127.0.0.1:9000"),
        ] as [(String, String?, String?)] {
            let shop = try Shop(service: "admin: \(text)\npublic_url: https://pay.example\n")
            let admin = try #require(Configuration.load(path: shop.configPath).configuration?.service.admin, "\(text)")
            #expect(admin.socketPath == socket.map(shop.scratch.path))
            #expect(admin.address?.description == address)
        }
        let shop = try Shop(service: "admin: unix:/run/payrelay/admin.sock\npublic_url: https://pay.example\n")
        let admin = Configuration.load(path: shop.configPath).configuration?.service.admin
        #expect(admin?.description == "unix:/run/payrelay/admin.sock")
    }

    @Test(arguments: [
        ("\"unix:\"", "1:8", "a socket needs the path of a file; write unix:run/admin.sock"),
        ("unix:run/", "1:8", "a socket needs the path of a file; write unix:run/admin.sock"),
        (
            "run/admin.sock", "1:8",
            "\"run/admin.sock\" is not an IP address and a port, nor a socket; write 127.0.0.1:8081, \"[::1]:8081\" or unix:run/admin.sock"
        ),
        ("[unix:a, unix:b]", "1:17", "two of one kind; write one address and one socket, such as unix:run/admin.sock"),
        (
            "[\"127.0.0.1:1\", \"127.0.0.1:2\"]", "1:24",
            "two of one kind; write one address and one socket, such as unix:run/admin.sock"
        ),
        ("[unix:a, \"127.0.0.1:2\", unix:b]", "1:8", "expected 1 to 2 entries, found 3"),
        ("[]", "1:8", "expected 1 to 2 entries, found 0"),
    ])
    func `a place that is none is an error`(text: String, place: String, message: String) throws {
        let outcome = try check(text)
        #expect(outcome.status == 1)
        let first = outcome.out.split(separator: "\n").first ?? ""
        #expect(first.hasPrefix("payrelay.yaml:\(place): admin") && first.hasSuffix(": " + message), "\(first)")
    }

    @Test func `the path of a socket has 107 bytes at most`() throws {
        let good = try check("unix:" + longPath.dropLast())
        #expect(good.status == 0, "\(good)")
        let bad = try check("unix:" + longPath)
        #expect(bad.status == 1)
        #expect(
            bad.out.hasPrefix(
                "payrelay.yaml:1:8: admin: the path of a socket has at most 107 bytes, and \(longPath) has 108; "))
    }

    @Test func `a socket needs no token, and an address beside it still does`() throws {
        #expect(try check("unix:run/admin.sock").status == 0)
        let open = try check("[unix:run/admin.sock, \"192.0.2.1:8081\"]")
        #expect(open.status == 1)
        #expect(open.out.contains("192.0.2.1:8081 can be reached from other machines; add an admin_token"))
        let guarded = try check("[unix:run/admin.sock, \"192.0.2.1:8081\"]", "admin_token: file:secrets/admin\n")
        #expect(guarded.status == 0, "\(guarded)")
        let clash = try Shop(
            service:
                "listen: 127.0.0.1:9000\nadmin: [unix:a.sock, \"127.0.0.1:9000\"]\npublic_url: https://pay.example\n")
        #expect(clash.check().out.contains("listen (127.0.0.1:9000) and admin (127.0.0.1:9000) need two ports"))
    }

    // MARK: - The token

    @Test(arguments: [
        (0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o660, false), (0o620, false), (0o644, false),
    ])
    func `a token's file is its owner's alone`(mode: Int, isGood: Bool) throws {
        let shop = try Shop(service: Shop.service + "admin_token: file:secrets/token\n")
        try shop.scratch.write("secrets/token", "hush-token-of-thirty-two-bytes-x\n", mode: mode)
        let outcome = shop.check()
        #expect(
            outcome.out
                == (isGood
                    ? ""
                    : "payrelay.yaml:2:14: admin_token: its group or others can read the file it names; chmod 600 secrets/token\n")
        )
        #expect(outcome.status == (isGood ? 0 : 1))
        let serve = isGood ? nil : shop.run(["serve", "--config", shop.configPath])
        #expect(serve?.status ?? 1 == 1 && serve?.error.contains("chmod 600 secrets/token") ?? true)
        #expect(!outcome.text.contains("hush"))
    }

    @Test(arguments: [(0o600, true), (0o640, false), (0o644, false)])
    func `a token in payrelay.yaml makes that its owner's alone`(mode: Int, isGood: Bool) throws {
        let shop = try Shop()
        let text = Shop.service + "admin_token: hush-token-of-thirty-two-bytes-x\n"
        try shop.scratch.write("payrelay.yaml", text, mode: mode)
        let outcome = shop.check()
        #expect((outcome.status == 0) == isGood, "\(outcome)")
        #expect(
            isGood
                || outcome.out.contains(
                    "admin_token: it stands in a file that its group or others can read; chmod 600 ")
                    && outcome.out.contains(", or put it in a file of its own: file:PATH")
        )
        #expect(!outcome.text.contains("hush"))
    }

    @Test(arguments: [
        ("hush-15-bytes-x", "a token of fewer than 16 bytes can be guessed; `payrelay secret new` makes a longer one"),
        ("hush with spaces in it", "a token has letters, digits and signs of ASCII only, and no spaces"),
        ("hush-令牌-hush-hush", "a token has letters, digits and signs of ASCII only, and no spaces"),
    ])
    func `a token that can be guessed, or not be sent, is refused`(token: String, message: String) throws {
        let shop = try Shop(service: Shop.service + "admin_token: file:secrets/token\n")
        try shop.scratch.write("secrets/token", token + "\n")
        let outcome = shop.check()
        #expect(outcome.out == "payrelay.yaml:2:14: admin_token: \(message)\n" && outcome.status == 1)
    }

    @Test func `a token of sixteen bytes is good, and so is one of the environment`() throws {
        let shop = try Shop(service: Shop.service + "admin_token: env:PAYRELAY_TEST_TOKEN\n")
        try shop.scratch.write("payrelay.yaml", Shop.service + "admin_token: env:PAYRELAY_TEST_TOKEN\n", mode: 0o644)
        let loaded = Configuration.load(path: shop.configPath) { _ in "hush-16-bytes-xx" }
        #expect(!loaded.hasErrors)
        #expect(loaded.configuration?.service.adminToken?.count == 16)
    }
}
