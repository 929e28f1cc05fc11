import Crypto
import Tenants

/// `payrelay apikey new TENANT`
enum APIKeyNewCommand {
    static let labelDefault = "backend"
    static let labelLengthMax = 40

    static let command = CommandRunner.Command(
        name: "apikey new", summary: "make an API key and the line for the tenant's file",
        usage: """
            payrelay apikey new TENANT [--label NAME]

              --label NAME   who has it, for the file: 1 to \(labelLengthMax) of a-z 0-9 . _ - (\(labelDefault))

            The key goes to the merchant and is not kept; its SHA-256 goes into the tenant's file.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["label"], wordsMax: 1)
        guard let tenant = arguments.words.first, TenantFolder.isID(tenant) else {
            throw Arguments.UsageError(
                description: "TENANT must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"
            )
        }
        let label = arguments.value("label") ?? labelDefault
        guard isLabel(label) else {
            throw Arguments.UsageError(description: "--label must be 1 to \(labelLengthMax) of a-z 0-9 . _ -")
        }
        let key = NewAPIKey(tenant: tenant)
        console.out("# for the merchant, shown once:\n\(key.text)")
        console.out("# for tenants/\(tenant).yaml, under api_keys:")
        console.out("  - {label: \(label), sha256: \(key.digest)}")
        return CommandRunner.fine
    }

    /// Plain text to YAML, whatever stands around it; `null` would be no value.
    private static func isLabel(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "._-".utf8.contains(byte)
        }
        return isPlain && (1...labelLengthMax).contains(text.utf8.count) && !text.hasPrefix("-") && text != "null"
    }
}

/// An API key and its digest.
struct NewAPIKey {
    static let randomBytes = 24

    let text: String
    var digest: String { Hex.encode(SHA256.digest(Array(text.utf8))) }

    /// `sk_bookshop_…`: the tenant's id is for the people who handle it, the rest is 192 random bits.
    init(tenant: String) { text = "sk_\(tenant)_\(Hex.encode(SecureRandom.bytes(NewAPIKey.randomBytes)))" }
}
