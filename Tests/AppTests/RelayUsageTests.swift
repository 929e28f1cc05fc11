import App
import Testing

/// `payrelay deliveries …`, `events …` and `endpoints …`, as far as they go without a service.
struct RelayUsageTests {
    static let delivery = "dlv_01KDYAK34869ANTAYE3HYYE88K"
    static let event = "evt_01KDYAK34869ANTAYE3HYYE88K"
    static let time = "a time such as 2026-01-02T03:04:05Z, or how long ago, such as 30m, 2h or 7d"

    @Test(arguments: [
        ("deliveries", "unknown command \"deliveries\"; did you mean \"deliveries list\"?"),
        ("deliveries lst", "unknown command \"deliveries lst\"; did you mean \"deliveries list\"?"),
        ("tenant show", "name a tenant: letters, digits, - and _"),
        ("tenant show a/b", "name a tenant: letters, digits, - and _"),
        ("deliveries list", "name a tenant: --tenant ID"),
        ("deliveries list --tenant a/b", "--tenant has letters, digits, - and _ only"),
        ("deliveries list --tenant shop x", "unexpected argument \"x\""),
        ("deliveries list --tenant shop --limit 101", "--limit must be a whole number from 1 to 100"),
        ("deliveries list --tenant shop --status a&b", "--status has letters, digits, - and _ only"),
        ("deliveries list --tenant shop --endpoint a.b", "--endpoint has letters, digits, - and _ only"),
        ("deliveries list --tenant shop --event ?", "--event has letters, digits, - and _ only"),
        ("deliveries list --tenant shop --after \(event)", "--after must be the id of a delivery: dlv_…"),
        ("deliveries list --tenant shop --after dlv_1&limit=5", "--after must be the id of a delivery: dlv_…"),
        ("deliveries list --tennant shop", "unknown option --tennant; did you mean --tenant?"),
        ("tenant changes a/b", "name a tenant: letters, digits, - and _"),
        ("tenant changes shop --after \(delivery)", "--after must be the number of a change"),
        ("tenant changes --after 0", "--after must be the number of a change"),
        ("deliveries show --tenant shop", "name a delivery: dlv_…"),
        ("deliveries show \(event) --tenant shop", "name a delivery: dlv_…"),
        ("deliveries show dlv_/../x --tenant shop", "name a delivery: dlv_…"),
        ("deliveries show \(delivery)", "name a tenant: --tenant ID"),
        ("deliveries replay", "name a tenant: --tenant ID"),
        ("deliveries replay --tenant shop", "say from when on: --since TIME"),
        ("deliveries replay --tenant shop --since yesterday", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since 2", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since h", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since -2h", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since 2w", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since 1234567d", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since 2026-01-02", "--since must be \(time)"),
        ("deliveries replay --tenant shop --since 2h --until soon", "--until must be \(time)"),
        ("deliveries replay --tenant shop --since 2h --until", "--until needs a value"),
        ("deliveries replay --tenant shop --since 2h \(delivery)", "unexpected argument \"\(delivery)\""),
        ("events", "unknown command \"events\"; did you mean \"events redeliver\"?"),
        ("events redeliver --tenant shop", "name an event: evt_…"),
        ("events redeliver \(delivery) --tenant shop", "name an event: evt_…"),
        ("events redeliver \(event)", "name a tenant: --tenant ID"),
        ("endpoints", "unknown command \"endpoints\"; did you mean \"endpoints list\"?"),
        ("endpoints list a/b", "name a tenant: letters, digits, - and _"),
        ("endpoints list shop default", "unexpected argument \"default\""),
        ("endpoints enable", "name a tenant: letters, digits, - and _"),
        ("endpoints disable", "name a tenant: letters, digits, - and _"),
        ("endpoints disable shop ../x", "name an endpoint: letters, digits, - and _"),
        ("endpoints enable shop default more", "unexpected argument \"more\""),
        ("endpoints enable --tenant shop", "unknown option --tenant"),
    ])
    func `wrong usage reaches no service`(line: String, message: String) throws {
        let shop = try Shop()
        let outcome = shop.run(line.split(separator: " ").map(String.init) + ["--config", shop.configPath])
        #expect(outcome.status == 2 && outcome.out == "")
        let first = outcome.error.split(separator: "\n").first ?? ""
        #expect(first.hasSuffix(": " + message), "\(first)")
    }

    @Test(arguments: [
        "deliveries list --tenant shop", "deliveries show \(delivery) --tenant shop",
        "deliveries replay --tenant shop --since 2h", "events redeliver \(event) --tenant shop", "endpoints list",
        "endpoints enable shop", "endpoints disable shop default", "tenant show shop",
    ])
    func `a service that is not there is said to be away`(line: String) throws {
        let shop = try Shop(service: Shop.service + "admin: 127.0.0.1:1\nadmin_token: file:secrets/admin\n")
        let outcome = shop.run(line.split(separator: " ").map(String.init) + ["--config", shop.configPath])
        #expect(outcome.status == 1 && outcome.out == "")
        #expect(outcome.error.contains("the service's admin listener at http://127.0.0.1:1 did not answer"))
        #expect(!outcome.text.contains("hush"))
    }
}
