import Crypto
import Diagnostics
import Settings

/// What can be wrong with one MD5 key of `keys`, told from its text alone.
enum SharedKeyCheck {
    private static let copy =
        "Copy the key (安全校验码, MD5 密钥) from the merchant centre letter by letter, at both ends."

    static func examine(_ specimen: KeySpecimen) -> Examination {
        var examination = Examination()
        let subject = specimen.subject
        switch specimen.reading {
        case .key(let identity):
            examination.fact(subject, identity.words)
            examination.find(
                Finding(
                    DoctorCode.rsaForMD5, .error, subject, "it is \(identity.words), and keys takes MD5 keys",
                    cure: rsaCure(identity)))
        case .foreign(let foreign):
            examination.fact(subject, foreign.words)
            examination.find(Finding(DoctorCode.notAKey, .error, subject, "it is \(foreign.words)", cure: copy))
        case .unreadable(let reason):
            examination.fact(subject, "no key")
            examination.find(
                Finding(
                    DoctorCode.keyUnreadable, .error, subject,
                    "it is too long for an MD5 key, and as an RSA key it \(reason)", cure: copy))
        case .text(let bytes):
            examination.fact(subject, "an MD5 key (\(fingerprint(bytes)))")
            examination.find(pasted(specimen, bytes) ?? shape(bytes, subject))
        }
        return examination
    }

    private static func rsaCure(_ identity: KeyIdentity) -> String {
        identity.isPrivate
            ? "\(KeyWords.sentence(KeyWords.rsaCure)); with MD5 copy the key of 32 characters from the merchant centre."
            : "A public key signs nothing: with MD5 copy the key of 32 characters from the merchant centre; with RSA give "
                + "private_key."
    }

    /// Of a text that somebody could guess there is no fingerprint.
    private static func fingerprint(_ bytes: [UInt8]) -> String {
        MD5KeyText.isShaped(bytes) ? "fingerprint \(KeyFingerprint.of(bytes))" : "\(bytes.count) characters"
    }

    private static func pasted(_ specimen: KeySpecimen, _ clean: [UInt8]) -> Finding? {
        guard !specimen.flaws.isEmpty else { return nil }
        let rest = MD5KeyText.isShaped(clean) ? "; without that it has its 32 letters and digits" : ""
        return Finding(
            DoctorCode.keyPasted, .error, specimen.subject, "it has \(PastedText.words(specimen.flaws))\(rest)",
            cure: "\(KeyWords.cure(specimen.flaws)) A signature is over every byte of the key.")
    }

    private static func shape(_ bytes: [UInt8], _ subject: String) -> Finding? {
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return Finding(
                DoctorCode.keyCharacters, .error, subject, "it has characters in it that no key of Alipay's has",
                cure: copy)
        }
        if Set(bytes).count <= placeholderLettersMax {
            return Finding(
                DoctorCode.keyPlaceholder, .warning, subject,
                "it looks like a placeholder: nearly all of one character",
                cure: copy)
        }
        guard bytes.count == MD5KeyText.characters else {
            let wanted = MD5KeyText.characters
            return Finding(
                DoctorCode.keyLength, .warning, subject,
                "it has \(bytes.count) characters, and Alipay's MD5 keys have \(wanted)", cure: copy)
        }
        guard MD5KeyText.isShaped(bytes) else {
            return Finding(
                DoctorCode.keyCharacters, .warning, subject,
                "it has other characters than letters and digits, and Alipay's MD5 keys have none", cure: copy)
        }
        let letters = bytes.filter { $0 > 0x39 }
        guard letters.isEmpty || !letters.allSatisfy({ $0 < 0x61 }) else {
            return Finding(
                DoctorCode.keyCapitals, .hint, subject,
                "all its letters are capitals; Alipay's keys mostly have small ones",
                cure: "If Alipay answers ILLEGAL_SIGN, try it in small letters.")
        }
        return nil
    }

    private static let placeholderLettersMax = 2
}
