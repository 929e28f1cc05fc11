import App
import Settings
import Testing

@Suite struct ExampleTests {
    /// The examples, and `payrelay.yaml` around them.
    static let names: [String] = ((try? Project.names(in: "tenants")) ?? []).filter { $0.hasSuffix(".yaml") }

    @Test(arguments: names, [false, true])
    func `an example tenant is good once it has its secrets, with and without what its webhook leaves out`(
        name: String, isWhole: Bool
    ) throws {
        let folder = try ScratchFolder()
        var example = try Project.text("tenants/\(name)")
        if isWhole {
            let hook = try #require(example.firstRange(of: "\nwebhook:\n"))
            let rest = example[hook.upperBound...].replacing("\n  # ", with: "\n  ")
            #expect(rest != example[hook.upperBound...])
            example = String(example[..<hook.upperBound]) + String(rest)
        }
        try folder.write("tenants/\(name)", example)
        try folder.write("payrelay.yaml", "public_url: https://pay.example\n")
        for match in example.matches(of: /\bfile:([a-z]\S+?)[\],\s]/) {
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
