import Crypto
import Settings

/// What the reader of a file and the doctor both say.
enum KeyWords {
    static let isOwnHalf = "it is the public half of this file's own private_key"
    static let ownHalfCure =
        "Alipay's public key belongs here, or nothing for the one that Alipay has for all partners"
    static let isRSA = "it is an RSA key"
    static let rsaCure = "with RSA write sign_type: RSA, and private_key in place of keys"
    static let isMD5 = "it looks like an MD5 key"
    static let md5Cure = "with MD5 write sign_type: MD5, and keys in place of private_key"

    /// As a sentence of its own, but for its full stop.
    static func sentence(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }

    /// What to do about what was pasted along with a text.
    static func cure(_ flaws: [PasteFlaw]) -> String {
        flaws.contains(.utf16) ? "Save the file as UTF-8." : "Write it without that."
    }
}

extension KeyIdentity {
    /// `an RSA private key (PKCS#8 in bare base64, 2048 bits)`
    var words: String { "\(noun) (\(details))" }

    /// What it is, with its article.
    private var noun: String {
        switch structure {
        case .pkcs1Private, .pkcs8, .otherPrivate: "\(algorithmWords) private key"
        case .encrypted: "a private key behind a passphrase"
        case .subjectPublicKeyInfo, .pkcs1Public: "\(algorithmWords) public key"
        case .certificate: "a certificate"
        case .certificateRequest: "a request for a certificate"
        case .keyStore: "a key store behind a passphrase"
        }
    }

    private var algorithmWords: String {
        switch algorithm {
        case .rsa?: "an RSA"
        case .dsa?: "a DSA"
        case .elliptic?: "an EC"
        case .other?, nil: "another kind of"
        }
    }

    private var details: String { "\(structureWords) \(wrappingWords)" + (bits.map { ", \($0) bits" } ?? "") }

    private var structureWords: String {
        switch structure {
        case .pkcs1Private, .pkcs1Public: "PKCS#1"
        case .pkcs8, .encrypted: "PKCS#8"
        case .otherPrivate: "its algorithm's own form"
        case .subjectPublicKeyInfo: "SubjectPublicKeyInfo"
        case .certificate: "X.509"
        case .certificateRequest: "PKCS#10"
        case .keyStore: "PKCS#12"
        }
    }

    private var wrappingWords: String {
        switch wrapping {
        case .pem: "as PEM"
        case .base64: "as bare base64"
        case .binary: "in binary (DER)"
        }
    }
}
