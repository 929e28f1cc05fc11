import Crypto
import Diagnostics
import Settings
import Text

/// The keys of a tenant's section `alipay`: `sign_type`, and what belongs to it.
struct KeySettings {
    let keys: SigningKeys
    /// The MD5 keys, or the private key.
    let secrets: [SettingsSecret]

    /// Of `keys`, and of `alipay_public_keys`.
    static let keysMax = 5

    /// Reads all that concerns keys; nil if anything of it is wrong. Keys of the other `sign_type` are mistakes at their
    /// names.
    static func read(_ section: SettingsReader) -> KeySettings? {
        let isSaid = section.has("sign_type")
        let said = section.optional("sign_type")?.choice(SignType.self)
        let keysAreRSA = section.has("private_key") && !section.has("keys")
        // What is wrong with the keys shows also where the word is wrong, or forgotten.
        let type = said ?? (keysAreRSA ? .rsa : .md5)
        if !isSaid, keysAreRSA { section.refuse("private_key", "it belongs to sign_type RSA; write sign_type: RSA") }
        if said != nil || !isSaid { refuseOthers(section, than: type) }
        return type == .rsa ? readRSA(section) : readMD5(section)
    }

    private static func refuseOthers(_ section: SettingsReader, than type: SignType) {
        switch type {
        case .rsa: section.refuse("keys", "it belongs to sign_type MD5; with RSA, private_key signs")
        case .md5:
            section.refuse("private_key", "it belongs to sign_type RSA; with MD5, keys sign")
            section.refuse("alipay_public_keys", "it belongs to sign_type RSA; with MD5, keys verify")
        }
    }

    // MARK: - MD5

    private static func readMD5(_ section: SettingsReader) -> KeySettings? {
        // Asked for, so that it is not unknown.
        _ = section.has("alipay_public_keys")
        guard let list = section.required("keys"), let values = list.list(count: 1...keysMax) else { return nil }
        let found = values.map { $0.dated(readMD5Key) }
        list.warnIfLapsed(found.map { $0?.notAfterMs })
        guard !found.contains(where: { $0 == nil }) else { return nil }
        let good = found.compactMap(\.self)
        let keys = good.map { TaggedKey(md5: $0.value.secret, notAfterMs: $0.notAfterMs) }
        return KeySettings(keys: SigningKeys(md5: keys, clock: section.clock), secrets: good.map(\.value))
    }

    private static func readMD5Key(_ value: SettingsValue) -> SettingsSecret? {
        guard let secret = value.secret() else { return nil }
        let key = secret.secret.reveal()
        guard !isRSA(key) else {
            value.problem("\(KeyWords.isRSA); \(KeyWords.rsaCure)")
            return nil
        }
        guard key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            value.problem(
                "the key has blanks, control characters or characters outside ASCII in it; Alipay's keys have none")
            return nil
        }
        if key.count != MD5KeyText.characters {
            value.warning("the key has \(key.count) characters; Alipay's MD5 keys have \(MD5KeyText.characters)")
        }
        return secret
    }

    /// No RSA key of 512 bits or more, in base64 or PEM, is as short.
    private static let rsaKeyCharactersMin = 80

    /// Of either half, in any form that a key is taken in.
    private static func isRSA(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= rsaKeyCharactersMin else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        return (try? RSAPrivateKey(text: text)) != nil || (try? RSAPublicKey(text: text)) != nil
    }

    // MARK: - RSA

    private static func readRSA(_ section: SettingsReader) -> KeySettings? {
        let own = section.required("private_key").flatMap(readPrivateKey)
        let alipay =
            section.has("alipay_public_keys")
            ? section.optional("alipay_public_keys").flatMap { readPublicKeys($0, own?.key) }
            : [TaggedKey(alipay: AlipayKey.fixed)]
        guard let own, let alipay else { return nil }
        let keys = SigningKeys(rsa: own.key, alipay: alipay, clock: section.clock)
        return KeySettings(keys: keys, secrets: [own.secret])
    }

    private static func readPrivateKey(_ value: SettingsValue) -> (key: RSAPrivateKey, secret: SettingsSecret)? {
        guard let secret = value.secret() else { return nil }
        let bytes = secret.secret.reveal()
        guard !MD5KeyText.isShaped(bytes) else {
            value.problem("\(KeyWords.isMD5); \(KeyWords.md5Cure)")
            return nil
        }
        guard let text = readText(bytes, value) else { return nil }
        do { return (try RSAPrivateKey(text: text), secret) } catch {
            value.problem(error.message)
            return nil
        }
    }

    private static func readPublicKeys(_ value: SettingsValue, _ own: RSAPrivateKey?) -> [TaggedKey<RSAPublicKey>]? {
        guard let entries = value.list(count: 1...keysMax) else { return nil }
        let found = entries.map { entry in entry.dated { readPublicKey($0, own) } }
        value.warnIfLapsed(found.map { $0?.notAfterMs })
        guard !found.contains(where: { $0 == nil }) else { return nil }
        return found.compactMap(\.self).map { TaggedKey(alipay: $0.value, notAfterMs: $0.notAfterMs) }
    }

    /// One of Alipay's. The public half of the merchant's own pair, which is what stands beside it in Alipay's merchant
    /// centre, would verify nothing that Alipay sends, and all that whoever has the private key makes up.
    private static func readPublicKey(_ value: SettingsValue, _ own: RSAPrivateKey?) -> RSAPublicKey? {
        guard let bytes = value.contents(), let text = readText(bytes, value) else { return nil }
        do {
            let key = try RSAPublicKey(text: text)
            guard key.text != own?.publicKeyText else {
                value.problem("\(KeyWords.isOwnHalf); \(KeyWords.ownHalfCure)")
                return nil
            }
            return key
        } catch {
            value.problem(error.message)
            return nil
        }
    }

    private static func readText(_ bytes: [UInt8], _ value: SettingsValue) -> String? {
        guard UTF8Check.isValid(bytes) else {
            value.problem("it is not text; a binary key (DER) has to be written as PEM, which `openssl pkey` does")
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
