import Alipay
import Diagnostics
import HTTP
import Text
import YAML

/// What strangers' bytes go through, and what must hold whatever they are. Used by FuzzTests and by `ops/fuzz`, which
/// compiles this folder without Swift Testing.
enum FuzzTarget: String, CaseIterable, Sendable {
    case form
    case xml
    case resultDetails = "result-details"
    case gbk
    case notification
    case diagnosis
    case settings

    /// The properties that do not hold for this input, in words; none if all is well.
    func broken(by input: [UInt8]) -> [String] {
        var claims = Claims()
        switch self {
        case .form: FormClaims.check(input, &claims)
        case .xml: XMLClaims.check(input, &claims)
        case .resultDetails: ResultDetailsClaims.check(input, &claims)
        case .gbk: GBKClaims.check(input, &claims)
        case .notification: NotificationClaims.check(input, &claims)
        case .diagnosis: DiagnosisClaims.check(input, &claims)
        case .settings: SettingsClaims.check(input, &claims)
        }
        return claims.broken
    }

    /// What a stranger can send at most, or stand in a file.
    var bytesMax: Int {
        switch self {
        case .xml: XMLReader.bytesMax
        case .settings: YAMLDocument.bytesMax
        case .form, .resultDetails, .gbk, .notification, .diagnosis: InboundNotification.bodyBytesMax
        }
    }
}

/// What is claimed about one input.
struct Claims {
    private(set) var broken: [String] = []

    mutating func expect(_ holds: Bool, _ claim: String) {
        if !holds { broken.append(claim) }
    }
}

/// One input of a corpus as a line of text: printable ASCII as it is, `\\` for a backslash, `\xHH` for any other byte, so that
/// the shell's `printf %b` writes it as well.
enum CorpusLine {
    static func encode(_ input: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return input.map { byte in
            switch byte {
            case UInt8(ascii: "\\"): "\\\\"
            case 0x20...0x7E: String(Unicode.Scalar(byte))
            default: "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }

    /// Nil unless it is one.
    static func decode(_ line: some StringProtocol) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"): out.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                rest = rest.dropFirst(2)
                out.append(value)
            default: return nil
            }
        }
        return out
    }
}
