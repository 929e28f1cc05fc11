import Settings
import Testing

private let names = ["partner", "seller_email", "seller_id", "keys", "charset", "id", "--config"]

@Test(arguments: [
    ("partnr", "partner"), ("parnter", "partner"), ("PARTNER", "partner"), ("partners", "partner"), ("key", "keys"),
    ("charest", "charset"), ("sellerid", "seller_id"), ("selller_idd", "seller_id"), ("--confg", "--config"),
    ("ie", "id"),
])
func `a misspelt name finds the one that was meant`(written: String, meant: String) {
    #expect(suggestion(for: written, among: names) == meant)
}

@Test(arguments: ["partenrss", "webhook", "", "x", "xy", "a_name_of_its_own", String(repeating: "k", count: 10_000)])
func `a name that is like none finds none`(written: String) {
    #expect(suggestion(for: written, among: names) == nil)
}

@Test func `the nearest name wins and the first of equals`() {
    #expect(suggestion(for: "port", among: ["sort", "ports", "part"]) == "sort")
    #expect(suggestion(for: "timeuot", among: ["timeouts", "timeout"]) == "timeout")
}
