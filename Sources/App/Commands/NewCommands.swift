import Crypto
import FoundationEssentials
import Tenants
import Webhooks

/// An API key and its digest.
struct NewAPIKey {
    static let randomBytes = 24

    let text: String
    var digest: String { Hex.encode(SHA256.digest(Array(text.utf8))) }

    /// `sk_bookshop_…`: the tenant's id is for the people who handle it, the rest is 192 random bits.
    init(tenant: String) { text = "sk_\(tenant)_\(Hex.encode(SecureRandom.bytes(NewAPIKey.randomBytes)))" }
}

/// `payrelay apikey new TENANT`
enum APIKeyNewCommand {
    static let command = CommandRunner.Command(
        name: "apikey new", summary: "make an API key and the line for the tenant's file",
        usage: """
            payrelay apikey new TENANT [--label NAME]

              --label NAME   who has it, for the file (backend)

            The key goes to the merchant and is not kept; its SHA-256 goes into the tenant's file.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["label"], wordsMax: 1)
        guard let tenant = arguments.words.first, TenantFolder.isID(tenant) else {
            throw Arguments.UsageError(description: "TENANT must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit")
        }
        let key = NewAPIKey(tenant: tenant)
        console.out("# for the merchant, shown once:\n\(key.text)")
        console.out("# for tenants/\(tenant).yaml, under api_keys:")
        console.out("  - {label: \(arguments.value("label") ?? "backend"), sha256: \(key.digest)}")
        return CommandRunner.fine
    }
}

/// `payrelay secret new`
enum SecretNewCommand {
    static let command = CommandRunner.Command(
        name: "secret new", summary: "make a webhook secret (whsec_…)",
        usage: """
            payrelay secret new

            Put it in a file that only the service can read (chmod 600) and name it as file:PATH in the tenant's file.
            """
    ) { words, console throws in
        _ = try Arguments(words)
        console.out(WebhookSecret.generate().revealText())
        return CommandRunner.fine
    }
}

/// `payrelay tenant new ID`
enum TenantNewCommand {
    static let command = CommandRunner.Command(
        name: "tenant new", summary: "write a commented tenant file",
        usage: """
            payrelay tenant new ID [--folder FOLDER]

              ID               2 to 39 of a-z 0-9 -; it becomes part of the notify URL
              --folder FOLDER  the tenants folder (tenants)

            Writes FOLDER/ID.yaml and FOLDER/secrets/ID.whsec (readable by you alone), and prints the API key once.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["folder"], wordsMax: 1)
        guard let id = arguments.words.first, TenantFolder.isID(id) else {
            throw Arguments.UsageError(description: "ID must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit")
        }
        let folder = arguments.value("folder") ?? "tenants"
        let files = NewTenantFiles(folder: folder, id: id)
        let key = try files.write()
        console.out("wrote \(files.yamlPath) and \(files.secretPath)")
        console.out("# the API key, for the merchant, shown once:\n\(key.text)")
        console.out("Next: fill in partner and key, then run payrelay check.")
        return CommandRunner.fine
    }
}

/// The files of a tenant that is new.
struct NewTenantFiles {
    let folder: String
    let id: String

    var yamlPath: String { "\(folder)/\(id).yaml" }
    var secretPath: String { "\(folder)/secrets/\(id).whsec" }

    struct Taken: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) is there already; nothing was written" }
    }

    struct CannotWrite: Error, CustomStringConvertible {
        let path: String
        var description: String { "cannot write \(path)" }
    }

    /// Writes all of them or none; answers the API key, which is kept nowhere.
    func write() throws -> NewAPIKey {
        let manager = FileManager.default
        for path in [yamlPath, secretPath] where manager.fileExists(atPath: path) { throw Taken(path: path) }
        let key = NewAPIKey(tenant: id)
        do {
            try manager.createDirectory(
                atPath: "\(folder)/secrets", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch { throw CannotWrite(path: "\(folder)/secrets") }
        let secret = Data(WebhookSecret.generate().revealText().utf8) + Data([0x0A])
        guard manager.createFile(atPath: secretPath, contents: secret, attributes: [.posixPermissions: 0o600]) else {
            throw CannotWrite(path: secretPath)
        }
        guard manager.createFile(atPath: yamlPath, contents: Data(text(key).utf8), attributes: [.posixPermissions: 0o640]) else {
            try? manager.removeItem(atPath: secretPath)
            throw CannotWrite(path: yamlPath)
        }
        return key
    }

    private func text(_ key: NewAPIKey) -> String {
        let variable = id.uppercased().map { $0 == "-" ? "_" : $0 } + Array("_ALIPAY_KEY")
        return """
            # \(id): one merchant, one Alipay contract. `payrelay check` tells what is wrong with this file.
            name: \(id)

            alipay:
              partner: "2088000000000000"          # CHANGE: 16 digits, from Alipay's merchant centre
              # seller_email: sales@shop.example   # who is paid; the partner unless it is said here
              sign_type: MD5
              keys:                                # the first one signs; list two while one is being rotated
                - env:\(String(variable))
              notify_verify: true                  # each notification is confirmed with Alipay
              services: {trade_query: true, refund: no_password, it_b_pay: false}   # what the contract includes

            products: [web/instant]

            api_keys:                              # `payrelay apikey new \(id)` makes more
              - {label: backend, sha256: \(key.digest)}

            webhook:
              url: https://shop.example/hooks/payrelay   # CHANGE: where events are posted
              secrets: [file:secrets/\(id).whsec]

            limits: {requests_per_second: 50}

            """
    }
}
