import App
import Diagnostics
import Foundation
import HTTP
import HTTPClient
import HTTPServer
import Settings
import Support
import Tenants
import Testing

struct CheckTests {
    /// The names of the fixtures of `payrelay.yaml` that end so, without the ending.
    static func services(_ suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Shop.fixtures + "/service")) ?? []
        return names.filter { $0.hasSuffix(suffix) }.map { $0.replacing(".yaml", with: "") }.sorted()
    }

    @Test(arguments: services(".bad.yaml"))
    func `a bad payrelay yaml gives every problem at its place, and status 1`(name: String) throws {
        let outcome = try Shop(service: try Shop.fixture("service/\(name).yaml")).check()
        let expected = try Shop.fixture("service/\(name).txt")
        #expect(outcome.out == expected)
        #expect(outcome.status == 1)
        #expect(outcome.error.hasSuffix("; the service would not start\n"))
    }

    @Test(arguments: services(".good.yaml"))
    func `a good payrelay yaml gives at most warnings, and status 0`(name: String) throws {
        let shop = try Shop()
        let mode = name.hasPrefix("warnings") ? 0o644 : 0o640
        try shop.scratch.write("payrelay.yaml", try Shop.fixture("service/\(name).yaml"), mode: mode)
        let outcome = shop.check()
        let expected = try Shop.fixture("service/\(name).txt")
        #expect(outcome.out == expected)
        #expect(outcome.status == 0)
    }

    @Test func `the fixtures are there`() {
        #expect(CheckTests.services(".bad.yaml").count == 21)
        #expect(CheckTests.services(".good.yaml").count == 3)
    }

    @Test func `files without a fault are silent on standard output`() throws {
        let outcome = try Shop().check()
        #expect(outcome.out == "")
        #expect(outcome.error == "payrelay check: 1 good tenant; 0 errors, 0 warnings\n")
        #expect(outcome.status == 0)
        #expect(try Shop().check("--strict").status == 0)
    }

    @Test func `warnings are status 0, and 1 with strict`() throws {
        let shop = try Shop(service: "public_url: http://pay.example\n")
        let outcome = shop.check()
        #expect(
            outcome.out
                == "payrelay.yaml:1:13: warning: public_url: plain http: buyers and notifications can be read and changed "
                + "on the way; use https\n")
        #expect(outcome.error == "payrelay check: 1 good tenant; 0 errors, 1 warning\n")
        #expect(outcome.status == 0)
        #expect(shop.check("--strict").status == 1)
        #expect(shop.check("--strict").out == outcome.out)
    }

    @Test func `a bad tenant is status 1 though the good ones would be served`() throws {
        let shop = try Shop()
        try shop.addTenant("other.yaml", "name: Other\n")
        let outcome = shop.check()
        #expect(outcome.status == 1)
        #expect(outcome.error == "payrelay check: 1 good tenant, 1 bad; 4 errors, 0 warnings\n")
    }

    @Test func `all problems of all files come in one run`() throws {
        let shop = try Shop(hasTenant: false)
        let fixture = Shop.fixtures + "/everything-wrong"
        for name in try FileManager.default.subpathsOfDirectory(atPath: fixture) where name.contains(".y") {
            try shop.scratch.write(name, try Shop.fixture("everything-wrong/" + name), mode: 0o640)
        }
        try shop.scratch.write("secrets/shop.key", "hush-32-characters-long-hush-hus\n")
        try shop.scratch.write("secrets/shop.whsec", Shop.webhookSecret + "\n")
        let outcome = shop.check()
        let expected = try Shop.fixture("everything-wrong/expected.txt")
        #expect(outcome.out == expected)
        #expect(outcome.status == 1)
    }

    @Test func `a missing payrelay yaml is said, and the tenants beside it are checked all the same`() throws {
        let shop = try Shop(service: nil)
        #expect(
            shop.check().out
                == "payrelay.yaml:1:1: cannot read payrelay.yaml: No such file; --config FILE names another\n")
        #expect(shop.check().status == 1)
        try shop.addTenant("other.yaml", "")
        #expect(
            shop.check().out == """
                payrelay.yaml:1:1: cannot read payrelay.yaml: No such file; --config FILE names another
                tenants/other.yaml:1:1: the file is empty

                """)
    }

    @Test func `a folder without tenants is a warning that tells how to make one`() throws {
        let shop = try Shop(hasTenant: false)
        let outcome = shop.check()
        #expect(
            outcome.out
                == "payrelay.yaml:1:1: warning: tenants: no tenants in the folder tenants; "
                + "`payrelay tenant new ID --folder tenants` writes one\n"
                + "tenants/secrets/shop.key:1:1: warning: no configuration names this file; name it with file:, or delete it\n"
                + "tenants/secrets/shop.whsec:1:1: warning: no configuration names this file; name it with file:, or delete it\n"
        )
        #expect(outcome.status == 0)
        #expect(shop.check("--strict").status == 1)
    }

    @Test func `paths begin at the folder of the file that names them`() throws {
        let shop = try Shop()
        try shop.scratch.makeFolder("elsewhere")
        try shop.scratch.write("elsewhere/payrelay.yaml", "public_url: https://pay.example\ntenants: ../tenants/\n")
        let path = shop.scratch.path("tenants/../elsewhere/payrelay.yaml")
        let good = shop.run(["check", "--config", path])
        #expect(good.text == "payrelay check: 1 good tenant; 0 errors, 0 warnings\n")
        try shop.addTenant("other.yaml", "")
        let bad = shop.run(["check", "--config", path])
        #expect(bad.out == "tenants/../elsewhere/../tenants/other.yaml:1:1: the file is empty\n")
    }

    @Test(arguments: [
        ("payrelay.yaml", "./tenants", "tenants", "/srv/tenants"),
        ("./payrelay.yaml", "./tenants", "./tenants", "/srv/tenants"),
        ("../x/payrelay.yaml", "../x/tenants", "../x/tenants", "/srv/tenants"),
        ("/etc/payrelay/payrelay.yaml", "/etc/payrelay/tenants", "/etc/payrelay/tenants", "/srv/tenants"),
        ("/payrelay.yaml", "/tenants", "/tenants", "/srv/tenants"),
    ])
    func `a relative path is found from the file on and shown as the admin names the file`(
        path: String, resolved: String, shown: String, absolute: String
    ) {
        let file = ConfigFile(path)
        #expect(file.resolve("tenants") == resolved)
        #expect(file.shown("tenants") == shown)
        #expect(file.resolve(absolute) == absolute)
        #expect(file.shown(absolute) == absolute)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", true), ("0.0.0.0:0", true), ("\"[::1]:8080\"", true), ("\"[::]:8080\"", true),
        ("192.0.2.1:65535", true), ("8080", false), (":8080", false), ("\"*:8080\"", false), ("127.0.0.1", false),
        ("127.0.0.1:65536", false), ("127.0.0.1:-1", false), ("localhost:8080", false), ("\"::1:8080\"", false),
        ("http://127.0.0.1:8080", false), ("127.0.0.1:http", false), ("\"\"", false),
    ])
    func `listen is an address and a port`(text: String, isGood: Bool) throws {
        let outcome = try Shop(service: "listen: \(text)\npublic_url: https://pay.example\n").check()
        #expect((outcome.status == 0) == isGood, "\(outcome.out)")
        #expect(isGood || outcome.out.hasPrefix("payrelay.yaml:1:9: listen: "))
    }

    @Test(arguments: [
        ("127.0.0.1:8081", "", true), ("127.8.9.1:8081", "", true), ("\"[::1]:8081\"", "", true),
        ("\"[::ffff:127.0.0.1]:8081\"", "", true), ("0.0.0.0:8081", "", false), ("\"[::]:8081\"", "", false),
        ("192.0.2.1:8081", "", false), ("192.0.2.1:8081", "admin_token: file:secrets/admin\n", true),
        ("0.0.0.0:0", "admin_token: file:secrets/admin\n", true),
    ])
    func `an admin listener that others can reach needs a token`(address: String, token: String, isGood: Bool) throws {
        let outcome = try Shop(service: "admin: \(address)\n\(token)public_url: https://pay.example\n").check()
        #expect((outcome.status == 0) == isGood, "\(outcome.out)")
        #expect(isGood || outcome.out.contains("can be reached from other machines; add an admin_token"))
    }

    @Test(arguments: [
        ("0.0.0.0:9000", "127.0.0.1:9000", false), ("127.0.0.1:9000", "127.0.0.1:9000", false),
        ("127.0.0.1:9000", "127.0.0.2:9000", true), ("127.0.0.1:9000", "127.0.0.1:9001", true),
        ("127.0.0.1:0", "127.0.0.1:0", true),
    ])
    func `the two listeners need two ports`(listen: String, admin: String, isGood: Bool) throws {
        let outcome = try Shop(service: "listen: \(listen)\nadmin: \(admin)\npublic_url: https://pay.example\n").check()
        #expect((outcome.status == 0) == isGood)
        #expect(
            outcome.out
                == (isGood ? "" : "payrelay.yaml:2:8: admin: listen (\(listen)) and admin (\(admin)) need two ports\n"))
    }

    @Test(arguments: ["debug", "info", "warning", "error"])
    func `every log level can be chosen`(level: String) throws {
        let shop = try Shop(service: Shop.service + "log: {level: \(level)}\n")
        #expect(shop.check().text == "payrelay check: 1 good tenant; 0 errors, 0 warnings\n")
        #expect(Configuration.load(path: shop.configPath).configuration?.service.logLevel.name == level)
    }

    @Test(arguments: ["json", "text"])
    func `every log format can be chosen`(format: String) throws {
        let shop = try Shop(service: Shop.service + "log: {format: \(format)}\n")
        #expect(Configuration.load(path: shop.configPath).configuration?.service.logFormat?.rawValue == format)
    }

    @Test func `the settings are what a full file says`() throws {
        let shop = try Shop(service: try Shop.fixture("service/full.good.yaml"))
        let settings = try #require(Configuration.load(path: shop.configPath).configuration).service
        #expect(settings.listen.description == "127.0.0.1:8443")
        #expect(settings.admin.description == "[::]:8081")
        #expect(settings.adminToken?.reveal() == Array("hush-admin-token".utf8))
        #expect(settings.publicURL == "https://pay.example/alipay")
        #expect(settings.tls?.certificateChain == Array(Shop.certificate.utf8))
        #expect(settings.tls?.key.reveal() == Array(Shop.privateKey.utf8))
        #expect(settings.trustedProxies.map(\.description) == ["127.0.0.1/32", "::1/128"])
        #expect(settings.databasePath == shop.scratch.path("data/shop.db"))
        #expect(settings.logLevel == .warning)
        #expect(settings.logFormat == .text)
        #expect(settings.attemptRetention == .seconds(3_650 * 86_400))
        #expect(settings.webhookProxy == (try EgressProxy(url: "http://10.0.0.5:3128")))
    }

    @Test func `defaults stand where the file says nothing`() throws {
        let shop = try Shop()
        let settings = try #require(Configuration.load(path: shop.configPath).configuration).service
        #expect(settings.listen.description == "0.0.0.0:8080")
        #expect(settings.admin.description == "127.0.0.1:8081")
        #expect(settings.adminToken == nil)
        #expect(settings.publicURL == "https://pay.example")
        #expect(settings.tls == nil)
        #expect(settings.trustedProxies.isEmpty)
        #expect(settings.databasePath == shop.scratch.path("data/payrelay.db"))
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == nil)
        #expect(settings.attemptRetention == .seconds(30 * 86_400))
        #expect(settings.notificationRetention == .seconds(90 * 86_400))
        #expect(settings.webhookProxy == nil)
    }

    @Test(arguments: [("0", Duration.zero), ("2d", .seconds(2 * 86_400)), ("3650d", .seconds(315_360_000))])
    func `notifications are kept for 2 to 3650 days, or for ever`(text: String, expected: Duration) throws {
        let shop = try Shop(service: Shop.service + "retention: {notifications: \(text)}\n")
        let settings = Configuration.load(path: shop.configPath).configuration?.service
        #expect(settings?.notificationRetention == expected)
        #expect(settings?.attemptRetention == .seconds(30 * 86_400))
    }

    @Test(arguments: [("3651d", false), ("47h", true), ("1d", true)])
    func `notifications are not kept for another time, and why there is a least is said`(
        text: String, isTooShort: Bool
    ) throws {
        let outcome = try Shop(service: Shop.service + "retention: {notifications: \(text)}\n").check()
        #expect(outcome.out.hasPrefix("payrelay.yaml:2:28: retention.notifications: "))
        #expect(outcome.out.contains("is not from 2d to 3650d, nor 0 (for ever)"))
        #expect(outcome.out.contains("Alipay repeats a message for 25 hours") == isTooShort)
        #expect(outcome.status == 1)
    }

    @Test(arguments: [("0", Duration.zero), ("1d", .seconds(86_400)), ("3650d", .seconds(315_360_000))])
    func `attempts are kept for 1 to 3650 days, or for ever`(text: String, expected: Duration) throws {
        let shop = try Shop(service: Shop.service + "retention: {attempts: \(text)}\n")
        #expect(Configuration.load(path: shop.configPath).configuration?.service.attemptRetention == expected)
    }

    @Test(arguments: ["3651d", "23h", "1s", "-1d", "30"])
    func `attempts are not kept for another time`(text: String) throws {
        let outcome = try Shop(service: Shop.service + "retention: {attempts: \(text)}\n").check()
        #expect(outcome.out.hasPrefix("payrelay.yaml:2:23: retention.attempts: "))
        #expect(outcome.status == 1)
    }

    @Test(arguments: ["http://10.0.0.5:3128", "http://[fd00::5]:3128", "HTTP://proxy.internal:1"])
    func `webhooks may go through a proxy`(url: String) throws {
        let shop = try Shop(service: Shop.service + "webhook_proxy: \(url)\n")
        #expect(shop.check().out == "")
        #expect(
            Configuration.load(path: shop.configPath).configuration?.service.webhookProxy == (try EgressProxy(url: url))
        )
    }

    @Test(arguments: [
        "https://10.0.0.5:3128", "socks5://10.0.0.5:1080", "10.0.0.5:3128", "http://10.0.0.5", "http://10.0.0.5:0",
        "http://10.0.0.5:65536", "http://10.0.0.5:3128/proxy", "http://10.0.0.5:3128?a", "\"http://10.0.0.5:3128#a\"",
        "http://hush:hush@10.0.0.5:3128", "http://:3128", "http://a!b:3128", "\"http://[10.0.0.5]:3128\"",
        "\"http://10.0.0.5:31 28\"",
    ])
    func `a proxy is http, a host and a port, and nothing else`(url: String) throws {
        let outcome = try Shop(service: Shop.service + "webhook_proxy: \(url)\n").check()
        #expect(
            outcome.out
                == "payrelay.yaml:2:16: webhook_proxy: expected http://, a host and a port, without user name, password and "
                + "path, such as http://10.0.0.5:3128; the proxy lets this machine through by its address\n")
        #expect(outcome.status == 1)
    }
}
