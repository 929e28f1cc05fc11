import Crypto
import Diagnostics
import Settings

/// What can be wrong with one RSA key, told from its text and its place alone.
struct RSAKeyCheck {
    let specimen: KeySpecimen

    /// The interface is known to take these; what was made for it long ago has 1024.
    private static let bitsUsualMax = 2048
    private static let bitsWeak = 1024

    static func examine(_ specimen: KeySpecimen) -> Examination {
        let check = RSAKeyCheck(specimen: specimen)
        var examination = Examination()
        examination.fact(specimen.subject, check.fact)
        // A file that is beside the private key by chance is nobody's mistake.
        if specimen.role != .uploaded(isSure: false) { check.findings.forEach { examination.find($0) } }
        return examination
    }

    private var wantsPrivate: Bool { specimen.role == .own }

    private var fact: String {
        switch specimen.reading {
        case .key(let identity): identity.words + fingerprint(identity)
        case .text: "an MD5 key, by its shape"
        case .foreign(let foreign): foreign.words
        case .unreadable: "no key that can be read"
        }
    }

    private func fingerprint(_ identity: KeyIdentity) -> String {
        guard let half = specimen.half else { return "" }
        let name = half == .fixed ? ", Alipay's key for all partners" : ""
        return ", \(identity.isPrivate ? "fingerprint of its public half" : "fingerprint") \(half.fingerprint)\(name)"
    }

    private var findings: [Finding] {
        switch specimen.reading {
        case .text: return [finding(.md5ForRSA, KeyWords.isMD5, cure: "\(KeyWords.sentence(KeyWords.md5Cure)).")]
        case .foreign(let foreign):
            return [finding(.notAKey, "it is \(foreign.words)", cure: foreign.conversion ?? wanted)]
        case .unreadable(let reason): return [finding(.keyUnreadable, "it \(reason)", cure: wanted)]
        case .key(let identity):
            if let wrong = wrongKind(identity) { return [wrong] }
            return [pasted, binary(identity), size(identity)].compactMap { $0 }
        }
    }

    /// What to give instead.
    private var wanted: String {
        switch specimen.role {
        case .own:
            "Give the private key, whole: PEM, or the base64 that Alipay's key tool writes."
        case .alipay:
            "Copy Alipay's public key (支付宝公钥) from the merchant centre whole, or leave alipay_public_keys out for the one "
                + "that Alipay has for all partners."
        case .uploaded, .shared: "Give the public key that was uploaded, whole: PEM, or bare base64."
        }
    }

    private func wrongKind(_ identity: KeyIdentity) -> Finding? {
        switch identity.structure {
        case .certificate, .certificateRequest:
            return finding(
                .certificate, "it is \(identity.words), and a key belongs here",
                cure: "This interface knows no certificates, they are OpenAPI's. \(wanted)")
        case .keyStore:
            return finding(
                .keyStore, "it is \(identity.words)",
                cure: "`openssl pkcs12 -nodes -nocerts -in FILE` takes the private key out. \(wanted)")
        case .encrypted where wantsPrivate:
            return finding(
                .keyEncrypted, "it is \(identity.words), and nobody can type that in",
                cure: "`openssl pkey -in FILE -out NEW` writes it without; only this service may read the new file.")
        case .pkcs1Private, .pkcs8, .otherPrivate, .encrypted:
            guard wantsPrivate else { return secretInPublic(identity) }
            return otherAlgorithm(identity) ?? parts(identity)
        case .subjectPublicKeyInfo, .pkcs1Public:
            return wantsPrivate ? publicInPrivate(identity) : otherAlgorithm(identity)
        }
    }

    private func otherAlgorithm(_ identity: KeyIdentity) -> Finding? {
        guard identity.algorithm != .rsa else { return nil }
        return finding(
            .keyAlgorithm, "it is \(identity.words), and sign_type RSA needs an RSA key",
            cure: "Make a pair with `openssl genrsa`, and upload its public half. \(wanted)")
    }

    private func parts(_ identity: KeyIdentity) -> Finding? {
        guard identity.publicKey != nil, identity.privateKey == nil else { return nil }
        return finding(
            .keyParts, "its parts do not fit together: what it signs does not verify with its own public half",
            cure: "It was damaged or put together by hand: take it from where it was made. \(wanted)")
    }

    private func publicInPrivate(_ identity: KeyIdentity) -> Finding {
        let whose = specimen.half == .fixed ? "Alipay's own, " : ""
        return finding(
            .publicForPrivate, "it is \(whose)\(identity.words), and a private key belongs here",
            cure: "A public key signs nothing. \(wanted)")
    }

    private func secretInPublic(_ identity: KeyIdentity) -> Finding {
        finding(
            .privateForPublic, "it is \(identity.words), and a public key belongs here",
            cure: "Take it out, and treat it as seen by whoever could read this place. \(wanted)")
    }

    private var pasted: Finding? {
        guard !specimen.flaws.isEmpty else { return nil }
        return finding(
            .keyPasted, "it has \(PastedText.words(specimen.flaws)); without that it is a key",
            cure: KeyWords.cure(specimen.flaws))
    }

    private func binary(_ identity: KeyIdentity) -> Finding? {
        guard identity.wrapping == .binary else { return nil }
        let option = wantsPrivate ? "" : " -pubin"
        return finding(
            .keyBinary, "it is \(identity.words), and a key is given as text",
            cure: "`openssl pkey -inform DER\(option) -in FILE -out NEW` writes it as PEM.")
    }

    private func size(_ identity: KeyIdentity) -> Finding? {
        guard let bits = identity.bits else { return nil }
        guard identity.publicKey != nil else {
            return finding(
                .keySize, "it has \(bits) bits, and 1024 to 8192 are taken",
                cure: "Make a pair of 2048 bits with `openssl genrsa 2048`, and upload its public half.")
        }
        guard specimen.role == .own else { return nil }
        if bits > RSAKeyCheck.bitsUsualMax {
            return finding(
                .keySize, severity: .warning, "it has \(bits) bits; this interface is known to take 1024 and 2048",
                cure: "Ask Alipay with --online; if that says ILLEGAL_SIGN, make a pair of 2048 bits.")
        }
        guard bits <= RSAKeyCheck.bitsWeak else { return nil }
        return finding(
            .keyWeak, severity: .hint, "it has \(bits) bits, as keys of this interface used to have",
            cure: "Make the next one with 2048 bits.")
    }

    private func finding(
        _ code: DoctorCode, severity: Finding.Severity = .error, _ sentence: String, cure: String
    ) -> Finding {
        Finding(code, severity, specimen.subject, sentence, cure: cure)
    }
}
