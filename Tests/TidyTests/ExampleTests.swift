import App
import Settings
import Testing

@Suite struct ExampleTests {
    /// The examples, and `payrelay.yaml` around them.
    static let names: [String] = ((try? Project.names(in: "tenants")) ?? []).filter { $0.hasSuffix(".yaml") }

    @Test(arguments: names)
    func `an example tenant is good as it stands, once it has its secrets`(name: String) throws {
        let folder = try ScratchFolder()
        let example = try Project.text("tenants/\(name)")
        try folder.write("tenants/\(name)", example)
        try folder.write("payrelay.yaml", "public_url: https://pay.example\n")
        for match in example.matches(of: /\bfile:(\S+?)[\],\s]/) {
            try folder.write("tenants/\(match.1)", Example.webhookSecret)
        }
        let loaded = Configuration.load(path: folder.path + "/payrelay.yaml") { _ in Example.alipayKey }
        #expect(loaded.problems.map(\.description) == [])
        #expect(loaded.configuration != nil)
    }

    @Test func `there is an example`() {
        #expect(ExampleTests.names.contains("bookshop.yaml"))
    }
}

/// Secrets of the right form that are worth nothing.
enum Example {
    static let partner = "2088101122136241"
    static let alipayKey = "abcdefghijklmnopqrstuvwxyz012345"
    static let webhookSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n"
}
