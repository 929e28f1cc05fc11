import Diagnostics
import Settings

/// Settings of a made-up service that use every kind of value.
struct Sample: Equatable {
    enum SignType: String, CaseIterable { case md5 = "MD5", rsa = "RSA", dsa = "DSA" }

    struct Partner: Equatable {
        var partner: String
        var signType: SignType
        var keys: [SettingsSecret]
        var verify: Bool
    }

    struct Hook: Equatable {
        var id: String
        var url: String
        var timeout: Duration
        var schedule: [Duration]
        var bodyBytesMax: Int
        var jitterPercent: Int
        var labels: [String]
    }

    var name: String
    var partner: Partner
    var products: [String]
    var hooks: [Hook]
    var requestsPerSecond: Int
    var store: String
    var kept: Duration

    init?(_ root: SettingsReader) {
        let name = root.string("name")
        let partner = root.section("alipay") { Partner($0) }
        let products = root.strings("products", count: 1...3)
        let hooks = root.optional("webhooks")?.sections(count: 1...2) { Hook($0) } ?? []
        requestsPerSecond =
            root.optionalSection("limits") { $0.int("requests_per_second", default: 50, in: 1...1_000) } ?? 50
        store = root.optional("store")?.filePath() ?? "default.db"
        kept =
            root.optional("keep")?.days(in: .seconds(86_400)...(.seconds(864_000)), zeroMeans: "for ever")
            ?? .seconds(1)
        root.notYet("console")
        guard let name, let partner, let products else { return nil }
        self.name = name
        self.partner = partner
        self.products = products
        self.hooks = hooks
    }
}

extension Sample.Partner {
    init?(_ section: SettingsReader) {
        let partner = section.string("partner")
        let signType = section.choice("sign_type", default: Sample.SignType.md5)
        if signType == .dsa { section.optional("sign_type")?.notYet("write MD5 or RSA") }
        let keys = section.secrets("keys", count: 1...3)
        if signType == .md5 { section.refuse("private_key", "belongs to sign_type RSA") }
        verify = section.bool("notify_verify", default: true)
        guard let partner, let keys else { return nil }
        self.partner = partner
        self.signType = signType
        self.keys = keys
    }
}

extension Sample.Hook {
    init?(_ section: SettingsReader) {
        id = section.string("id", default: "main")
        let url = section.required("url")
        let text = url?.string()
        if let text, !text.hasPrefix("https://") { url?.problem("it is not an https URL") }
        if let text, text.hasSuffix("/") { url?.warning("it ends with a slash") }
        timeout = section.duration("timeout", default: .seconds(15), in: .seconds(1)...(.seconds(60)))
        let schedule = section.optional("schedule")?.list(count: 1...4)?
            .map { $0.duration(in: .zero...(.seconds(86_400))) }
        bodyBytesMax = section.byteCount("body_max", default: 64 << 10, in: 1_024...(1 << 20))
        jitterPercent = section.percent("jitter", default: 20, in: 0...50)
        labels = section.optionalSection("labels") { $0.members(count: 1...3, Self.label) } ?? []
        section.notYet("ordering", "events come in no order")
        guard let text else { return nil }
        self.url = text
        self.schedule = schedule?.compactMap { $0 } ?? []
    }

    private static func label(_ member: SettingsMember) -> String? {
        guard member.name.contains("-") else {
            member.nameProblem("a label has a dash")
            return nil
        }
        return member.value.string().map { "\(member.name)=\($0)" }
    }
}
