import Diagnostics
import HTTP
import Payments
package import Settings
import Text

/// The section `alipay` of a tenant's file.
package struct ContractSettings {
    package let contract: Contract
    /// The MD5 keys, or the private key.
    package let secrets: [SettingsSecret]
    /// Where the private key stands, with RSA.
    package var privateKeyPosition: SettingsPosition? {
        contract.keys.signType == .rsa ? secrets.first?.position : nil
    }

    static let urlBytesMax = 1024
    static let sourcesRange = 1...100
    package static let gatewayURLDefault = "https://mapi.alipay.com/gateway.do"

    /// Reads the section; every problem is reported, and the value is nil if one is an error.
    package static func read(_ section: SettingsReader) -> ContractSettings? {
        section.explain(about)
        let partnerID = section.required("partner").flatMap(readID)
        let sellerID = section.optional("seller_id").map { ($0, readID($0)) }
        let sellerEmail = section.optional("seller_email").flatMap(readEmail)
        let keys = KeySettings.read(section)
        let charset = readCharset(section)
        let gatewayURL = section.optional("gateway_url", default: .text(gatewayURLDefault))
            .map { ($0, readGatewayURL($0)) }
        let services = readServices(section)
        let notifyVerify = section.bool("notify_verify", default: true)
        let onLatePayment = section.choice("on_late_payment", default: LatePaymentPolicy.accept)
        warn(section, services, notifyVerify, onLatePayment, keys?.keys.signType)
        let sources = section.optional("notify_sources").map {
            $0.addressBlocks(count: sourcesRange, example: "110.75.128.0/19")
        }
        guard let partnerID, let keys, sellerID == nil || sellerID?.1 != nil else { return nil }
        let contract = Contract(
            partner: partnerID, sellerID: sellerID?.1, sellerEmail: sellerEmail, keys: keys.keys,
            gatewayURL: gatewayURL?.1 ?? gatewayURLDefault, notifyVerify: notifyVerify, notifySources: sources ?? nil,
            services: services, charset: charset, onLatePayment: onLatePayment
        )
        return ContractSettings(contract: contract, secrets: keys.secrets)
    }

    /// What cannot be trusted, and what is allowed and will cost somebody time.
    private static func warn(
        _ section: SettingsReader, _ services: ContractServices, _ notifyVerify: Bool,
        _ onLatePayment: LatePaymentPolicy, _ signType: SignType?
    ) {
        // Alipay signs for all partners with one RSA key: a signature alone does not tell whom a message is about.
        if signType == .rsa, !notifyVerify, !services.tradeQuery {
            section.refuse(
                "notify_verify",
                "false with sign_type RSA and without trade_query: nothing would tell that a message is about this partner"
            )
        }
        if !notifyVerify {
            section.optional("notify_verify")?.warning(
                "with false, a notification counts on its signature alone: whoever has the key can make one up")
        }
        if notifyVerify, !services.tradeQuery {
            section.refuse(
                section.has("notify_verify") ? "notify_verify" : "services",
                "notify_verify without trade_query: a notification that Alipay does not confirm in time has to be settled by hand",
                severity: .warning
            )
        }
        if onLatePayment == .refund, services.refund == .password {
            section.refuse(
                "on_late_payment",
                "refund with services.refund: password: Alipay asks for the payment password, so staff must confirm each one",
                severity: .warning
            )
        }
    }

    private static func readCharset(_ section: SettingsReader) -> TextCharset {
        let charset = section.choice("charset", default: TextCharset.utf8)
        guard charset == .gbk else { return charset }
        do { try GBK.load() } catch { section.refuse("charset", "\(error)") }
        return charset
    }

    private static func readServices(_ section: SettingsReader) -> ContractServices {
        section.optionalSection("services") { services in
            services.explain(aboutServices)
            return ContractServices(
                tradeQuery: services.bool("trade_query", default: true),
                refund: services.choice("refund", default: ContractServices.Refund.noPassword),
                itBPay: services.bool("it_b_pay", default: false),
                queryTimestamp: services.bool("query_timestamp", default: false),
                exterInvokeIP: services.bool("exter_invoke_ip", default: false)
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
}
