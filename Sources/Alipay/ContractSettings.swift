import Diagnostics
import HTTP
package import Settings

/// The section `alipay` of a tenant's file.
package struct ContractSettings {
    package let contract: Contract
    /// Where the partner stands, for a partner that two files have.
    package let partnerPosition: SettingsPosition
    package let secrets: [SettingsSecret]

    static let keysMax = 5
    static let urlBytesMax = 1024
    package static let gatewayURLDefault = "https://mapi.alipay.com/gateway.do"

    /// Reads the section; every problem is reported, and the value is nil if one is an error.
    package static func read(_ section: SettingsReader) -> ContractSettings? {
        let partner = section.required("partner")
        let partnerID = partner.flatMap(readID)
        let sellerID = section.optional("seller_id").map { ($0, readID($0)) }
        let sellerEmail = section.optional("seller_email").flatMap(readEmail)
        let secrets = readKeys(section)
        readChoice(section, "charset", "utf-8", notYet: "gbk")
        readChoice(section, "on_late_payment", "accept", notYet: "refund")
        let gatewayURL = section.optional("gateway_url").map { ($0, readGatewayURL($0)) }
        let services = readServices(section)
        let notifyVerify = section.bool("notify_verify", default: true)
        if notifyVerify, !services.tradeQuery {
            let text =
                "notify_verify without trade_query: a notification that Alipay does not confirm in time has to be settled by hand"
            section.has("notify_verify")
                ? section.refuse("notify_verify", text, severity: .warning)
                : section.refuse("services", text, severity: .warning)
        }
        let sources = section.optional("notify_sources").map(readBlocks)
        guard let partner, let partnerID, let secrets, sellerID == nil || sellerID?.1 != nil else { return nil }
        let contract = Contract(
            partner: partnerID, sellerID: sellerID?.1, sellerEmail: sellerEmail,
            keys: SigningKeys(md5: secrets.map(\.secret)), gatewayURL: gatewayURL?.1 ?? gatewayURLDefault,
            notifyVerify: notifyVerify, notifySources: sources ?? nil, services: services
        )
        return ContractSettings(contract: contract, partnerPosition: partner.position, secrets: secrets)
    }

    private static func readKeys(_ section: SettingsReader) -> [SettingsSecret]? {
        readChoice(section, "sign_type", SignType.md5.rawValue, notYet: SignType.rsa.rawValue)
        section.notYet("private_key", "it belongs to sign_type RSA")
        section.notYet("alipay_public_keys", "it belongs to sign_type RSA")
        guard let values = section.required("keys")?.list(count: 1...keysMax) else { return nil }
        let secrets = values.map { value -> SettingsSecret? in
            guard let secret = value.secret() else { return nil }
            let key = secret.secret.reveal()
            guard key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                value.problem(
                    "the key has blanks, control characters or characters outside ASCII in it; Alipay's keys have none")
                return nil
            }
            if key.count != 32 { value.warning("the key has \(key.count) characters; Alipay's MD5 keys have 32") }
            return secret
        }
        return secrets.contains { $0 == nil } ? nil : secrets.compactMap { $0 }
    }

    /// A key that has one value in this version.
    private static func readChoice(_ section: SettingsReader, _ key: String, _ only: String, notYet later: String) {
        let value = section.optional(key)
        if value?.choice(among: [only, later]) == later { value?.notYet("use \(only)") }
    }

    private static func readServices(_ section: SettingsReader) -> ContractServices {
        section.optionalSection("services") { services in
            _ = services.optional("refund")?.choice(among: ["no_password", "password"])
            return ContractServices(
                tradeQuery: services.bool("trade_query", default: true),
                itBPay: services.bool("it_b_pay", default: false)
            )
        } ?? ContractServices()
    }

    private static func readID(_ value: SettingsValue) -> String? {
        guard let text = value.string() else { return nil }
        guard text.utf8.count == 16, text.hasPrefix("2088"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            value.problem("\(quoted(text)) is not an Alipay account id; it has 16 digits and begins with 2088")
            return nil
        }
        return text
    }

    private static func readEmail(_ value: SettingsValue) -> String? {
        guard let text = value.string() else { return nil }
        guard text.utf8.count <= 100, text.contains("@"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            value.problem("\(quoted(text)) is not an email address of at most 100 bytes")
            return nil
        }
        return text
    }

    private static func readGatewayURL(_ value: SettingsValue) -> String? {
        guard let text = value.string() else { return nil }
        guard AbsoluteURL.isValid(text, bytesMax: urlBytesMax), !text.contains("?"), !text.contains("#") else {
            value.problem("it must be an absolute http or https URL without a query, such as \(gatewayURLDefault)")
            return nil
        }
        if AbsoluteURL.scheme(text) == "http" { value.warning("plain http to Alipay is for tests only") }
        return text
    }

    private static func readBlocks(_ value: SettingsValue) -> [AddressBlock]? {
        value.list(count: 1...100)?.compactMap { entry in
            guard let text = entry.string() else { return nil }
            guard let block = AddressBlock(text) else {
                entry.problem("\(quoted(text)) is not a block of addresses; write 110.75.128.0/19")
                return nil
            }
            return block
        }
    }
}
