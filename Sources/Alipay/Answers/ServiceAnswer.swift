package import HTTP
import Payments
import Text

/// An answer of a server-to-server service: XML, in an envelope (`<alipay>`), signed where it carries data.
package enum ServiceAnswer {
    /// Data with a signature that one of the contract's keys gives.
    case signed(AnswerFields)
    /// `is_success` T and nothing more.
    case accepted
    /// `is_success` F: Alipay's error code.
    case refused(code: String)
    /// It proves nothing; why, in words.
    case invalid(String)

    /// Two reasons for `invalid` that are about keys.
    static let wrongSignature = "the signature of the answer is wrong"
    static let noSignature = "trade data without a signature of this contract's kind"

    /// - Parameter wrapper: the element inside `response` that holds the data.
    package static func read(_ response: OutboundResponse, wrapper: String, _ contract: Contract) -> ServiceAnswer {
        let root: XMLElement
        switch envelope(of: response) {
        case .success(let element): root = element
        case .failure(let other): return .invalid(other.reason)
        }
        let isTrusted = response.counts(unsignedFor: contract)
        switch root.child(named: "is_success")?.text {
        case "T":
            guard let data = root.child(named: "response")?.child(named: wrapper) else {
                return isTrusted ? .accepted : .invalid("an unsigned answer over an unverified connection")
            }
            return verify(data, root, AnswerEncoding(of: response.body), contract)
        case "F":
            guard let code = root.child(named: "error")?.text, isCode(code) else {
                return .invalid("an error without a code")
            }
            return isTrusted ? .refused(code: code) : .invalid("an unsigned error over an unverified connection")
        default: return .invalid("is_success is neither T nor F")
        }
    }

    /// Why a body is not an answer.
    struct NotAnAnswer: Error {
        let reason: String
    }

    /// The envelope, with an `is_success` in it, of an answer that is one at all.
    static func envelope(of response: OutboundResponse) -> Result<XMLElement, NotAnAnswer> {
        guard response.status == 200 else { return .failure(NotAnAnswer(reason: "HTTP status \(response.status)")) }
        let root: XMLElement
        do { root = try XMLReader.read(response.body) } catch {
            return .failure(NotAnAnswer(reason: "not an XML answer: \(error)"))
        }
        guard root.name == "alipay", root.child(named: "is_success") != nil else {
            return .failure(NotAnAnswer(reason: "not an answer of Alipay's interface"))
        }
        return .success(root)
    }

    /// The signature covers the non-empty children of the wrapper that have no children of their own, each text unescaped
    /// once, in the bytes of the answer's own encoding (`mapi` 3.2).
    private static func verify(
        _ data: XMLElement, _ root: XMLElement, _ encoding: AnswerEncoding, _ contract: Contract
    ) -> ServiceAnswer {
        guard let signature = root.child(named: "sign")?.text, !signature.isEmpty,
            root.child(named: "sign_type")?.text == contract.keys.signType.rawValue
        else { return .invalid(noSignature) }
        var names = Set<String>()
        guard data.children.allSatisfy({ names.insert($0.name).inserted }) else {
            return .invalid("an element appears twice")
        }
        var parameters: [Parameter] = []
        for element in data.children where element.children.isEmpty {
            guard let bytes = encoding.bytes(of: element.text) else {
                return .invalid("\(element.name.prefix(64)) has characters that the answer's encoding lacks")
            }
            parameters.append(Parameter(element.name, bytes: bytes))
        }
        guard contract.keys.verify(CanonicalString.bytes(of: parameters), signature: Array(signature.utf8)[...]) else {
            return .invalid(wrongSignature)
        }
        return .signed(AnswerFields(parameters, encoding.charset))
    }

    static func isCode(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
            }
    }
}

/// The values of a signed answer, in the bytes that were signed; an empty one counts as absent, as it does for the
/// signature.
package struct AnswerFields: Sendable {
    private let values: [String: [UInt8]]
    /// What the answer declared itself to be written in.
    let charset: TextCharset?

    /// - Precondition: no two of one name.
    init(_ parameters: [Parameter], _ charset: TextCharset) {
        self.charset = charset
        values = Dictionary(uniqueKeysWithValues: parameters.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) })
    }

    package subscript(name: String) -> ArraySlice<UInt8>? { values[name]?[...] }
}
