/// A text that is surely something else than a key of this interface.
enum ForeignText: Sendable, Hashable, CaseIterable {
    case webhookSecret
    case apiKey
    case partner
    case applicationID
    case aesKey
    case openSSHPrivate
    case openSSHPublic
    case dotNet
    case javaKeyStore
    case emailAddress
    case url

    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let kind = ForeignText.allCases.first(where: { $0.fits(bytes, text) }) else { return nil }
        self = kind
    }

    private func fits(_ bytes: [UInt8], _ text: String) -> Bool {
        switch self {
        case .webhookSecret: text.hasPrefix("whsec_")
        case .apiKey: text.hasPrefix("sk_")
        case .partner: PartnerCheck.isPartner(bytes)
        case .applicationID: PartnerCheck.isApplicationID(bytes)
        // 16 bytes in base64: OpenAPI's key for contents.
        case .aesKey: bytes.count == 24 && text.hasSuffix("==") && bytes.dropLast(2).allSatisfy(ForeignText.isBase64)
        case .openSSHPrivate: text.contains("BEGIN OPENSSH PRIVATE KEY")
        case .openSSHPublic: text.hasPrefix("ssh-")
        case .dotNet: text.contains("<RSAKeyValue>")
        case .javaKeyStore: bytes.starts(with: [0xFE, 0xED, 0xFE, 0xED])
        case .emailAddress: text.contains("@") && text.contains(".") && bytes.count <= 100
        case .url: text.hasPrefix("http://") || text.hasPrefix("https://")
        }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        MD5KeyText.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    /// To stand after "it is".
    var words: String {
        switch self {
        case .webhookSecret: "a webhook secret (whsec_…)"
        case .apiKey: "a key of this service's own API (sk_…)"
        case .partner: "a partner number"
        case .applicationID: "an application's id (APPID) of Alipay's OpenAPI"
        case .aesKey: "the AES key with which an application of OpenAPI encrypts contents"
        case .openSSHPrivate: "a private key in OpenSSH's own form"
        case .openSSHPublic: "a public key in OpenSSH's own form"
        case .dotNet: "a key in .NET's XML form"
        case .javaKeyStore: "a Java key store"
        case .emailAddress: "an email address"
        case .url: "a URL"
        }
    }

    /// How to have it in a form that is taken; nil for what is no RSA key at all.
    var conversion: String? {
        switch self {
        case .openSSHPrivate: "`ssh-keygen -p -m PKCS8 -f FILE` rewrites it as PKCS#8."
        case .openSSHPublic: "`ssh-keygen -e -m PKCS8 -f FILE` writes it as PEM."
        case .dotNet: "Export it as PEM, or make a new pair with `openssl genrsa`, and upload its public half."
        case .javaKeyStore: "Take the key out with `keytool -importkeystore` and `openssl pkcs12 -nocerts -nodes`."
        case .webhookSecret, .apiKey, .partner, .applicationID, .aesKey, .emailAddress, .url: nil
        }
    }
}

/// The shape of Alipay's MD5 keys: 32 letters and digits (`mapi` 1.1).
enum MD5KeyText {
    static let characters = 32

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
    }

    static func isShaped(_ bytes: [UInt8]) -> Bool {
        bytes.count == characters && bytes.allSatisfy(isAlphanumeric)
    }
}
