import Crypto
import Diagnostics

/// Whose keys they are: what can be told only from several keys together.
struct KeyOwnership {
    let specimens: [KeySpecimen]

    private var own: KeySpecimen? { specimens.first { $0.role == .own } }
    private var alipay: [KeySpecimen] { specimens.filter { $0.role == .alipay } }
    private var uploaded: [KeySpecimen] {
        specimens.filter { if case .uploaded = $0.role { true } else { false } }
    }

    func examine() -> Examination {
        var examination = Examination()
        for finding in twice { examination.find(finding) }
        for specimen in alipay { examination.find(owner(of: specimen)) }
        examination.find(fixedKeyAbsent)
        for specimen in uploaded { compare(specimen, &examination) }
        return examination
    }

    // MARK: - Alipay's

    private func owner(of specimen: KeySpecimen) -> Finding? {
        guard let key = specimen.half, specimen.identity?.isPrivate == false else { return nil }
        if own?.half == key {
            return Finding(
                DoctorCode.ownPublicKey, .error, specimen.subject, KeyWords.isOwnHalf, cure: "\(KeyWords.ownHalfCure).")
        }
        if let other = uploaded.first(where: { $0.half == key && key != .fixed }) {
            return Finding(
                DoctorCode.ownPublicKey, .error, specimen.subject,
                "it is the merchant's own public key (应用公钥, 商户公钥), the same as \(other.subject)",
                cure: "\(KeyWords.ownHalfCure).")
        }
        guard let bits = specimen.identity?.bits, bits != KeyOwnership.alipayBits else { return nil }
        return Finding(
            DoctorCode.openAPIKey, .hint, specimen.subject,
            "it has \(bits) bits, and Alipay's key of this interface has \(KeyOwnership.alipayBits)",
            cure:
                "The 支付宝公钥 of an OpenAPI application verifies nothing here: take the one that stands with the partner's "
                + "keys (mapi 网关产品密钥), or leave alipay_public_keys out.")
    }

    private static let alipayBits = 1024

    private var fixedKeyAbsent: Finding? {
        let keys = alipay.compactMap(\.half)
        guard let first = alipay.first, !keys.isEmpty, !keys.contains(.fixed), keys.count == alipay.count,
            own?.half.map(keys.contains) != true
        else { return nil }
        let path = first.subject.prefix { $0 != "[" }
        return Finding(
            DoctorCode.fixedKeyAbsent, .hint, String(path),
            "none of them is the key with which Alipay signs for all partners of this interface "
                + "(fingerprint \(RSAHalf.fixed.fingerprint))",
            cure: "Unless Alipay has named another one for this partner, leave alipay_public_keys out.")
    }

    // MARK: - The merchant's

    private func compare(_ specimen: KeySpecimen, _ examination: inout Examination) {
        guard let key = specimen.half, specimen.identity?.isPrivate == false else { return }
        let ownHalf = own?.half
        if key == .fixed { return examination.find(isAlipays(specimen)) }
        // A key that stands in both places is told of at its place in the tenant's file.
        if key != ownHalf, alipay.contains(where: { $0.half == key }) { return }
        guard let own, let half = ownHalf, own.privateKey != nil else {
            return examination.find(
                Finding(
                    DoctorCode.halvesUnknown, .warning, specimen.subject,
                    "there is no private_key that can be read to compare it with",
                    cure: "Give the private key of the pair; a contract with MD5 has none."))
        }
        guard half != key else {
            return examination.proof(specimen.subject, "it is the public half of \(own.subject)")
        }
        examination.find(
            Finding(
                DoctorCode.halvesDiffer, specimen.role == .uploaded(isSure: true) ? .error : .warning, specimen.subject,
                "it is not the public half of \(own.subject): their fingerprints are \(key.fingerprint) and "
                    + "\(half.fingerprint)",
                cure:
                    "If this is what was uploaded to Alipay, Alipay answers ILLEGAL_SIGN. Upload the right half, which "
                    + "`openssl pkey -in FILE -pubout` prints, or give the private key of this one."))
    }

    private func isAlipays(_ specimen: KeySpecimen) -> Finding {
        Finding(
            DoctorCode.uploadedAlipayKey, .error, specimen.subject, "it is Alipay's public key, and not the merchant's",
            cure: "What is uploaded to Alipay is the public half of the merchant's own pair.")
    }

    // MARK: - Lists

    private var twice: [Finding] {
        var first: [Name: String] = [:]
        return specimens.compactMap { specimen in
            guard specimen.role == .shared || specimen.role == .alipay, let name = Name(specimen) else { return nil }
            guard let other = first[name] else {
                first[name] = specimen.subject
                return nil
            }
            return Finding(
                DoctorCode.keyTwice, .warning, specimen.subject, "it is the same key as \(other)",
                cure: "Take one of the two out, or give the new one: it may not have been saved.")
        }
    }

    private enum Name: Hashable {
        case text([UInt8])
        case half(RSAHalf)

        init?(_ specimen: KeySpecimen) {
            if case .text(let bytes) = specimen.reading {
                self = .text(bytes)
            } else if let half = specimen.half {
                self = .half(half)
            } else {
                return nil
            }
        }
    }
}
