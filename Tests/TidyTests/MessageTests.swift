import Testing

/// Every message that a reader of settings can give stands in the expected output of some bad file.
@Suite struct MessageTests {
    /// The readers.
    static let readers = [
        "Sources/Settings/ProblemList", "Sources/Settings/Settings", "Sources/YAML/YAML", "Sources/Tenants/TenantF",
        "Sources/Tenants/ClaimRegister", "Sources/Tenants/UnusedFiles", "Sources/Alipay/ContractSettings",
        "Sources/Alipay/KeySettings", "Sources/Webhooks/EndpointSection", "Sources/Webhooks/EndpointURL",
        "Sources/Webhooks/EndpointHeaders", "Sources/Webhooks/WebhookSecret", "Sources/App/ServiceSettings",
        "Sources/App/PublicURLSetting", "Sources/App/WebhookProxySetting", "Sources/App/TenantsPlace",
        "Sources/App/Configuration", "Sources/Crypto/RSAKeyText", "Sources/Crypto/RSAKeyError",
        "Sources/Crypto/RSAPublicKey",
    ]

    /// What no file of a folder can show, and the test that compares it.
    static let elsewhere = [
        "A symbolic link that leads nowhere": "Tests/TenantsTests/TenantFolderTests.swift",
        "Not a regular file": "Tests/SettingsTests/SettingsSecretTests.swift",
        "Larger than … bytes": "Tests/SettingsTests/SettingsSecretTests.swift",
        "the file has more than … values": "Tests/YAMLTests/YAMLDocumentTests.swift",
        "the file is larger than … KiB": "Tests/YAMLTests/YAMLDocumentTests.swift",
        "it is not a folder; name the one with the tenants' files": "Tests/TenantsTests/TenantFolderTests.swift",
        "not read: a tenant's file ends with .yaml; move this copy elsewhere, or delete it":
            "Tests/AppTests/CheckReportTests.swift",
        "no configuration names this file; name it with file:, or delete it": "Tests/AppTests/CheckReportTests.swift",
        "; --config FILE names another": "Tests/AppTests/CheckTests.swift",
        "payrelay tenant new ID --folder …": "Tests/AppTests/CheckTests.swift",
        "no tenants in the folder …; `…` writes one": "Tests/AppTests/CheckTests.swift",
        "a token of fewer than … bytes can be guessed; `payrelay secret new` makes a longer one":
            "Tests/AppTests/AdminPlaceTests.swift",
        "a token has letters, digits and signs of ASCII only, and no spaces": "Tests/AppTests/AdminPlaceTests.swift",
        "its group or others can read the file it names; chmod 600 …": "Tests/AppTests/AdminPlaceTests.swift",
        "it stands in a file that its group or others can read; chmod 600 …, or put it in a file of its own: file:PATH":
            "Tests/AppTests/AdminPlaceTests.swift",
        "none of it is in force from … on; add the one that follows before then":
            "Tests/SettingsTests/DatedValueTests.swift",
        "… is not a time with its zone; write …, if UTC is meant": "Tests/SettingsTests/DatedValueTests.swift",
        "… is no day of the calendar": "Tests/SettingsTests/DatedValueTests.swift",
    ]

    /// What no test can bring about, with the reason.
    static let never = [
        "Permission denied": "the tests may run as root, to whom nothing is denied",
        "It cannot be opened": "a file that is there, may be read, and yet cannot",
        "the folder cannot be read; this user needs read and search permission on it": "as above, of a folder",
        "…, whose file is gone and whose payments are not over, has the same …; ":
            "only while it runs; TenantLoaderTests",
        "`payrelay tenant drop …` ends it": "as above",
        "a value is missing": "libyaml's grammar has a value there",
        "libyaml has no memory for a parser": "no memory", "libyaml has no memory": "no memory",
        "a webhook secret has 24 to 64 bytes": "a precondition",
        "the secret is empty; `payrelay secret new` makes one": "the reader of settings has refused it before",
    ]

    @Test func `every message of the readers is in the expected output of a file`() throws {
        let outputs = try expectedOutputs()
        var templates: Set<String> = []
        for file in try readerFiles() {
            for pieces in SwiftLiterals.all(in: try Project.text(file)) where isMessage(pieces) {
                let template = pieces.joined(separator: "…")
                guard templates.insert(template).inserted, MessageTests.never[template] == nil else { continue }
                if let test = MessageTests.elsewhere[template] {
                    let text = try Project.text(test)
                    #expect(
                        pieces.allSatisfy { $0.count < 5 || text.contains($0) }, "\(test) does not have: \(template)")
                } else {
                    #expect(outputs.contains { shows(pieces, $0) }, "\(file): no bad file gives: \(template)")
                }
            }
        }
        #expect(templates.count > 120)
        for template in Array(MessageTests.elsewhere.keys) + MessageTests.never.keys {
            #expect(templates.contains(template), "no reader says any more: \(template)")
        }
    }

    @Test func `literals are found with their interpolations, and comments are not`() {
        let source = #"""
            // "not this"
            let a = "one \(f("two \(x)")) three" + "say \"four\""  // "nor this"
            """#
        #expect(SwiftLiterals.all(in: source) == [["one ", " three"], ["say \"four\""]])
    }

    private func readerFiles() throws -> [String] {
        let files = try Project.files(in: "Sources", suffix: ".swift").sorted()
        for reader in MessageTests.readers { #expect(files.contains { $0.hasPrefix(reader) }, "\(reader) is gone") }
        return files.filter { file in
            MessageTests.readers.contains { file.hasPrefix($0) } && !file.contains("+About")
        }
    }

    /// The lines of all expected outputs.
    private func expectedOutputs() throws -> [Substring] {
        try Project.files(in: "Tests", suffix: ".txt")
            .filter { $0.contains("/Fixtures/") && !$0.contains("/corpus/") }
            .flatMap { try Project.text($0).split(separator: "\n") }
    }

    /// Whether it is more than a name.
    private func isMessage(_ pieces: [String]) -> Bool {
        let text = pieces.joined()
        return text.count >= 10 && text.drop { $0 == " " }.contains(" ") && text.contains { $0.isLowercase }
            && !text.contains("-----")
    }

    /// Whether the pieces stand in the line one after the other.
    private func shows(_ pieces: [String], _ line: Substring) -> Bool {
        var rest = line
        for piece in pieces where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
