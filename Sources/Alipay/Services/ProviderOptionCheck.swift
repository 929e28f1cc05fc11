import JSON
import Payments
import Settings

/// A field of Alipay's that a merchant may set, and what its value may be.
struct ProviderOption {
    let name: String
    let check: ProviderOptionCheck

    init(_ name: String, _ check: ProviderOptionCheck) {
        self.name = name
        self.check = check
    }
}

/// What a value may be. Lengths are in bytes of UTF-8, the longer of the two charsets.
enum ProviderOptionCheck {
    /// One of these words, case and all.
    case choice([String])
    case text(bytesMax: Int)
    /// Text without the characters that Alipay's documents forbid in it.
    case textWithout(String, bytesMax: Int)
    /// An Alipay account's id: 16 digits, `2088…`.
    case accountID
    /// Whole numbers in digits.
    case number(ClosedRange<Int>)
    /// Days, `3` or `3d`.
    case days(ClosedRange<Int>)
    /// Yuan with at most two decimals.
    case yuan
    /// Names of ways to pay, joined by `^` (or by `,` on a phone).
    case payMethods(separator: Character, bytesMax: Int)
    /// `name^value|name^value`.
    case pairs(bytesMax: Int)
    /// `hb_fq_num^3|hb_fq_seller_percent^0`, both, in any order.
    case installments
    /// A JSON text.
    case json(bytesMax: Int)

    /// What a value must be instead; nil if it is good. Of a good value no character is a control character.
    func problem(_ value: String) -> String? {
        guard !value.isEmpty else { return "must not be empty" }
        guard value.unicodeScalars.allSatisfy(ProviderOptionCheck.isPlain) else {
            return "must not have control characters"
        }
        let bytes = value.utf8.count
        if bytes > bytesMax { return "must be at most \(bytesMax) bytes, not \(bytes)" }
        return isGood(value) ? nil : rule(value)
    }

    private var bytesMax: Int {
        switch self {
        case .choice, .accountID, .number, .days, .yuan, .installments: 64
        case .text(let max), .textWithout(_, let max), .payMethods(_, let max), .pairs(let max), .json(let max): max
        }
    }

    private func isGood(_ value: String) -> Bool {
        switch self {
        case .choice(let words): words.contains { $0.utf8.elementsEqual(value.utf8) }
        case .text: true
        case .textWithout(let forbidden, _): !value.unicodeScalars.contains { forbidden.unicodeScalars.contains($0) }
        case .accountID: value.utf8.count == 16 && value.hasPrefix("2088") && ProviderOptionCheck.isDigits(value)
        case .number(let range): ProviderOptionCheck.whole(value).map(range.contains) ?? false
        case .days(let range):
            ProviderOptionCheck.whole(value.hasSuffix("d") ? String(value.dropLast()) : value).map(range.contains)
                ?? false
        case .yuan: Yuan.fen(value.utf8) != nil
        case .payMethods(let separator, _):
            value.split(separator: separator, omittingEmptySubsequences: false).allSatisfy(ProviderOptionCheck.isWord)
        case .pairs: ProviderOptionCheck.pairs(value) != nil
        case .installments: ProviderOptionCheck.isInstallments(value)
        case .json: ProviderOptionCheck.isJSON(value)
        }
    }

    private func rule(_ value: String) -> String {
        switch self {
        case .choice(let words): "must be \(ProviderOptionCheck.oneOf(words)), not \(quoted(value))"
        case .text: "is not allowed"
        case .textWithout(let forbidden, _):
            "must not have any of \(forbidden.map(String.init).joined(separator: " "))"
        case .accountID: "must be an Alipay account's id: 16 digits that begin with 2088"
        case .number(let range): "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .days(let range): "must be whole days from \(range.lowerBound) to \(range.upperBound), such as 3d"
        case .yuan: "must be yuan with at most two decimals, such as 12.50"
        case .payMethods(let separator, _):
            "must be ways to pay joined by \(separator), such as directPay\(separator)bankPay"
        case .pairs: "must be pairs such as name1^value1|name2^value2"
        case .installments: "must be such as hb_fq_num^3|hb_fq_seller_percent^0: 3, 6 or 12 months, 0 to 100 percent"
        case .json: "must be a JSON object or array, as text"
        }
    }

    static func oneOf(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        default: true
        }
    }

    private static func isDigits(_ text: String) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    /// Digits without a leading zero.
    private static func whole(_ text: String) -> Int? {
        guard isDigits(text), text == "0" || !text.hasPrefix("0") else { return nil }
        return Int(text)
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    /// Nil if the text is not pairs of a name and a value, or a name comes twice.
    private static func pairs(_ text: String) -> [String: String]? {
        var found: [String: String] = [:]
        for part in text.split(separator: "|", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "^", omittingEmptySubsequences: false)
            guard pair.count == 2, isWord(pair[0]), !pair[1].isEmpty,
                found.updateValue(String(pair[1]), forKey: String(pair[0])) == nil
            else { return nil }
        }
        return found
    }

    private static func isInstallments(_ text: String) -> Bool {
        guard let pairs = pairs(text), pairs.count == 2, let months = pairs["hb_fq_num"],
            let percent = pairs["hb_fq_seller_percent"].flatMap(whole)
        else { return false }
        return ["3", "6", "12"].contains(months) && (0...100).contains(percent)
    }

    private static func isJSON(_ text: String) -> Bool {
        switch try? JSONReader.read(Array(text.utf8), depthMax: 8) {
        case .object, .array: true
        default: false
        }
    }
}
