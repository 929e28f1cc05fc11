import App
import Testing

/// `payrelay notifications …`, as far as it goes without a service; WalkTests have one.
struct NotificationsUsageTests {
    static let id = "ntf_01KDYAK34869ANTAYE3HYYE88K"

    @Test(arguments: [
        ("notifications", "unknown command \"notifications\"; did you mean \"notifications list\"?"),
        ("notifications lst", "unknown command \"notifications lst\"; did you mean \"notifications list\"?"),
        ("notifications list \(id)", "unexpected argument \"\(id)\""),
        ("notifications list --limit 0", "--limit must be a whole number from 1 to 100"),
        ("notifications list --limit 101", "--limit must be a whole number from 1 to 100"),
        ("notifications list --tenant a&limit=5", "--tenant has letters, digits, - and _ only"),
        ("notifications list --verdict a/b", "--verdict has letters, digits, - and _ only"),
        ("notifications list --accept", "unknown option --accept"),
        (
            "notifications list --since yesterday",
            "--since must be a time such as 2026-01-02T03:04:05Z, or how long ago, such as 30m, 2h or 7d"
        ),
        ("notifications list --payment pay_1&x=y", "--payment has letters, digits, - and _ only"),
        ("notifications list --after pay_1", "--after must be the id of a notification: ntf_…"),
        ("notifications replay --since 2h", "name a notification: ntf_…"),
        ("notifications replay --tenant bookshop", "say from when on: --since TIME"),
        (
            "notifications replay --tenant bookshop --since 2h --accept",
            "--accept takes one notification at a time; name its id"
        ),
        (
            "notifications replay --tenant bookshop --since 2h --verdict applied",
            "--verdict must be one of malformed, bad_signature, wrong_seller, unknown_payment, amount_mismatch, charset, not_confirmed, confirm_refused, confirm_unreachable, unsettled"
        ),
        (
            "notifications replay --tenant bookshop --since 2h --limit 10001",
            "--limit must be a whole number from 1 to 10000"
        ),
        (
            "notifications replay \(id) --tenant bookshop",
            "--tenant is for all of a tenant's; leave it out, or the id"
        ),
        ("notifications show", "name a notification: ntf_…"),
        ("notifications show pay_01KDYAK34869ANTAYE3HYYE88K", "name a notification: ntf_…"),
        ("notifications show ntf_/../../metrics", "name a notification: ntf_…"),
        ("notifications show ntf_x?y", "name a notification: ntf_…"),
        ("notifications explain \(id) \(id)", "unexpected argument \"\(id)\""),
        ("notifications replay", "name a notification: ntf_…"),
        ("notifications replay --accept", "name a notification: ntf_…"),
        ("notifications replay --accept=yes \(id)", "--accept takes no value"),
        ("notifications replay --acept \(id)", "unknown option --acept; did you mean --accept?"),
    ])
    func `wrong usage reaches no service`(line: String, message: String) throws {
        let shop = try Shop()
        let outcome = shop.run(line.split(separator: " ").map(String.init) + ["--config", shop.configPath])
        #expect(outcome.status == 2 && outcome.out == "")
        let first = outcome.error.split(separator: "\n").first ?? ""
        #expect(first.hasSuffix(": " + message), "\(first)")
    }

    @Test(arguments: ["list", "show \(id)", "explain \(id)", "replay \(id)"])
    func `a service that is not there is said to be away, and where it was looked for`(line: String) throws {
        let shop = try Shop(service: Shop.service + "admin: 127.0.0.1:1\nadmin_token: file:secrets/admin\n")
        let words = ["notifications"] + line.split(separator: " ").map(String.init)
        let named = shop.run(words + ["--config", shop.configPath])
        #expect(named.status == 1 && named.out == "")
        #expect(named.error.contains("the service's admin listener at http://127.0.0.1:1 did not answer"))
        let elsewhere = shop.run(words + ["--config", shop.configPath, "--admin", "http://127.0.0.1:2"])
        #expect(elsewhere.status == 1 && elsewhere.error.contains("at http://127.0.0.1:2 did not answer"))
        for outcome in [named, elsewhere] { #expect(!outcome.text.contains("hush")) }
    }

    @Test func `settings that cannot be read are said to be so, unless an address is named`() throws {
        let shop = try Shop()
        let without = shop.run(["notifications", "list", "--config", "/nowhere/payrelay.yaml"])
        #expect(without.status == 1)
        #expect(without.error.contains("/nowhere/payrelay.yaml cannot be used; payrelay check says why"))
        let with = shop.run(
            ["notifications", "list", "--config", "/nowhere/payrelay.yaml", "--admin", "http://127.0.0.1:1"])
        #expect(with.status == 1 && with.error.contains("at http://127.0.0.1:1 did not answer"))
    }
}
