import Crypto
import Diagnostics
import Settings

/// One key of a contract, or what was pasted in its place, read in every way that may have been meant.
package struct KeySpecimen: Sendable {
    package enum Role: Sendable, Hashable {
        /// Of `keys`: the MD5 key that both sides have.
        case shared
        /// `private_key`.
        case own
        /// Of `alipay_public_keys`.
        case alipay
        /// The public half as the merchant uploaded it. `isSure` if somebody says so; else it is a file beside the private
        /// key that is called so.
        case uploaded(isSure: Bool)
    }

    /// What it is.
    enum Reading: Sendable {
        /// Text that is nothing else: perhaps an MD5 key.
        case text([UInt8])
        case key(KeyIdentity)
        case foreign(ForeignText)
        /// Why, to stand after "it".
        case unreadable(String)
    }

    /// A setting's path, or an option and the file that it names.
    package let subject: String
    package let role: Role
    let reading: Reading
    /// What had to be taken out before it could be read.
    let flaws: [PasteFlaw]
    /// Of an RSA key. It is kept, because libcrypto takes its time to encode a key.
    let half: RSAHalf?

    package init(_ subject: String, _ role: Role, _ bytes: [UInt8]) {
        self.subject = subject
        self.role = role
        // Most keys of a service with many tenants; nothing else has this shape.
        if role == .shared, MD5KeyText.isShaped(bytes) {
            (reading, flaws, half) = (.text(bytes), [], nil)
        } else {
            (reading, flaws) = KeySpecimen.read(bytes, isText: role == .shared)
            if case .key(let identity) = reading { half = RSAHalf(identity) } else { half = nil }
        }
    }

    /// Of keys that were read and found good.
    init(_ subject: String, _ role: Role, _ identity: KeyIdentity) {
        (self.subject, self.role, reading, flaws) = (subject, role, .key(identity), [])
        half = RSAHalf(identity)
    }

    var identity: KeyIdentity? {
        if case .key(let identity) = reading { identity } else { nil }
    }

    /// Where a private key was meant and given.
    var privateKey: RSAPrivateKey? { identity?.privateKey }

    /// A longer text was meant to be an RSA key.
    private static let textBytesMax = 100

    /// - Parameter isText: whether text that is no RSA key is what is wanted.
    private static func read(_ bytes: [UInt8], isText: Bool) -> (Reading, [PasteFlaw]) {
        if let identity = KeyIdentity(of: bytes) { return (.key(identity), []) }
        if let foreign = ForeignText(bytes) { return (.foreign(foreign), []) }
        if let clean = PasteFlaw.cleaned(bytes, of: PasteFlaw.ofText) {
            if let identity = KeyIdentity(of: clean.bytes) { return (.key(identity), clean.flaws) }
            if let foreign = ForeignText(clean.bytes) { return (.foreign(foreign), clean.flaws) }
        }
        let word = PasteFlaw.cleaned(bytes, of: PasteFlaw.ofOneWord)
        let text = word?.bytes ?? bytes
        if MD5KeyText.isShaped(text) || (isText && text.count <= textBytesMax) {
            return (.text(text), word?.flaws ?? [])
        }
        return (.unreadable(BrokenKeyText.reason(text, given: bytes)), [])
    }
}
