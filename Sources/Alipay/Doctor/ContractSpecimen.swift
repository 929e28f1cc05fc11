import Crypto
import Diagnostics
package import Settings

/// What of a contract can be looked at, whether or not the file that it stands in can be used.
package struct ContractSpecimen: Sendable {
    /// As it is written.
    package struct Text: Sendable {
        package let subject: String
        package let text: String
    }

    /// `partner`, and `seller_id` if there is one.
    let accounts: [Text]
    /// As it is written: `MD5`, `RSA2`, …; nil if it is not.
    let signType: String?
    let gatewayURL: Text?
    /// In the order of the file, `private_key` before `alipay_public_keys`.
    private(set) var keys: [KeySpecimen]
    /// The file of the private key, if it has one.
    package private(set) var privateKeyPath: String?

    /// Of a contract in force.
    package init(_ contract: Contract) {
        // Whoever read them has seen to their shape.
        accounts = []
        signType = contract.keys.signType.rawValue
        gatewayURL = Text(subject: "alipay.gateway_url", text: contract.gatewayURL)
        keys = contract.keys.specimens
    }

    /// Of the section `alipay` of a file, whatever is wrong with it. Nothing here is a problem of the file: give it a
    /// reader whose problems nobody looks at.
    package static func read(_ section: SettingsReader) -> ContractSpecimen { ContractSpecimen(reading: section) }

    private init(reading section: SettingsReader) {
        accounts = ["partner", "seller_id"].compactMap { ContractSpecimen.text($0, section) }
        signType = section.optional("sign_type")?.string()
        gatewayURL = ContractSpecimen.text("gateway_url", section)
        keys = []
        add(section.optional("keys"), .shared)
        add(section.optional("private_key"), .own)
        add(section.optional("alipay_public_keys"), .alipay)
    }

    /// As many of one name as are looked at.
    private static let keysMax = 20

    private static func text(_ key: String, _ section: SettingsReader) -> Text? {
        section.optional(key)?.string().map { Text(subject: "alipay.\(key)", text: $0) }
    }

    /// One value, or a list of them; a list may stand where one belongs, and the other way round.
    private mutating func add(_ value: SettingsValue?, _ role: KeySpecimen.Role) {
        guard let value else { return }
        for entry in value.isList ? value.list(count: 1...ContractSpecimen.keysMax) ?? [] : [value] {
            guard let secret = entry.dated({ $0.secret() })?.value else { continue }
            if role == .own, case .file(let path) = secret.origin { privateKeyPath = path }
            keys.append(KeySpecimen(entry.position.path, role, secret.secret.reveal()))
        }
    }

    /// Adds the merchant's public key as it was uploaded to Alipay.
    ///
    /// - Parameter isSure: whether the admin names it as such; else it is called so beside the private key.
    package mutating func add(uploaded bytes: [UInt8], from subject: String, isSure: Bool) {
        keys.append(KeySpecimen(subject, .uploaded(isSure: isSure), bytes))
    }
}
