package import Crypto
import Diagnostics

/// What is known of the keys besides their bytes.
extension SigningKeys {
    /// One key, with where it stands in the section `alipay`.
    package struct Entry: Sendable, Hashable {
        /// `keys[0]`, `private_key`, `alipay_public_keys[0]`.
        package let place: String
        package let tag: KeyTag
        package let signs: Bool
        package let verifies: Bool
    }

    /// In the order of the file.
    package var entries: [Entry] {
        switch keys {
        case .md5(let shared):
            shared.enumerated().map {
                Entry(place: "keys[\($0.offset)]", tag: $0.element.tag, signs: true, verifies: true)
            }
        case .rsa(let own, let alipay):
            [Entry(place: "private_key", tag: own.tag, signs: true, verifies: false)]
                + alipay.enumerated().map {
                    Entry(
                        place: "alipay_public_keys[\($0.offset)]", tag: $0.element.tag, signs: false, verifies: true)
                }
        }
    }

    /// Whether something can be signed now.
    package var canSign: Bool {
        let nowMs = clock.nowMs
        return entries.contains { $0.signs && $0.tag.isInForce(atMs: nowMs) }
    }

    /// The key that lapsed last, once none is in force to verify with; nil while one is.
    package var lastLapsed: KeyTag? {
        let nowMs = clock.nowMs
        let verifying = entries.filter(\.verifies).map(\.tag)
        if verifying.contains(where: { $0.isInForce(atMs: nowMs) }) { return nil }
        return verifying.max { ($0.notAfterMs ?? .max) < ($1.notAfterMs ?? .max) }
    }

    /// The keys one by one, at their places in a tenant's file, for the doctor.
    var specimens: [KeySpecimen] {
        switch keys {
        case .md5(let shared):
            shared.enumerated().map { KeySpecimen("alipay.keys[\($0)]", .shared, $1.key.reveal()) }
        case .rsa(let own, let alipay):
            [KeySpecimen("alipay.private_key", .own, KeyIdentity(own.key))]
                + alipay.enumerated().map {
                    KeySpecimen("alipay.alipay_public_keys[\($0)]", .alipay, KeyIdentity($1.key))
                }
        }
    }

    /// Each key in force that could sign, alone, with its path in a tenant's file: several of MD5, in the order of the file;
    /// with RSA there is one. What is tried with them is no use of theirs.
    package var alone: [(subject: String, keys: SigningKeys)] {
        let nowMs = clock.nowMs
        switch counted({ _ in KeyUse() }).keys {
        case .md5(let shared):
            return shared.enumerated().filter { $1.tag.isInForce(atMs: nowMs) }.map { index, key in
                ("alipay.keys[\(index)]", SigningKeys(md5: [key], clock: clock))
            }
        case .rsa(let own, let alipay):
            return [("alipay.private_key", SigningKeys(.rsa(own, alipay: alipay), clock))]
        }
    }

    /// The same keys, whose uses are counted where `use` says.
    package func counted(_ use: (String) -> KeyUse) -> SigningKeys {
        switch keys {
        case .md5(let shared): SigningKeys(.md5(shared.map { $0.counted(use) }), clock)
        case .rsa(let own, let alipay):
            SigningKeys(.rsa(own.counted(use), alipay: alipay.map { $0.counted(use) }), clock)
        }
    }
}
