/// Amounts in Alipay's form, yuan with two decimals, from and to integer fen; no floating point anywhere.
package enum Yuan {
    /// 100,000,000.00 yuan, the most that one trade may cost.
    package static let fenMax: Int64 = 10_000_000_000

    /// Why a text is no amount that can be paid.
    package enum Refusal: Error, Hashable {
        /// Not digits with at most two decimals, or over ``fenMax``.
        case malformed
        case zeroOrLess
    }

    /// Reads `100`, `0.1` or `12.50` as fen, 1 to ``fenMax``.
    package static func fen(_ text: String) throws(Refusal) -> Int64 {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
            .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? Array(parts[1]) : [0x30]
        guard let whole = parts.first, (1...9).contains(whole.count), (1...2).contains(decimals.count) else {
            throw .malformed
        }
        var fen: Int64 = 0
        for digit in Array(whole) + decimals + (decimals.count == 1 ? [0x30] : []) {
            guard (0x30...0x39).contains(digit) else { throw .malformed }
            fen = fen * 10 + Int64(digit - 0x30)
        }
        if isNegative || fen == 0 { throw .zeroOrLess }
        guard fen <= fenMax else { throw .malformed }
        return fen
    }

    /// Reads `0`, `0.00` or `-3.5` as fen, -``fenMax`` to ``fenMax``; nil for what is no amount.
    package static func signedFen(_ text: String) -> Int64? {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = isNegative ? String(text.dropFirst()) : text
        let zeros: Set<String> = ["0", "0.0", "0.00"]
        if zeros.contains(digits) { return 0 }
        guard digits.utf8.first != UInt8(ascii: "-"), let fen = try? fen(digits) else { return nil }
        return isNegative ? -fen : fen
    }

    /// `12.50`, `-3.00`.
    package static func text(_ fen: Int64) -> String {
        let rest = fen.magnitude % 100
        return "\(fen < 0 ? "-" : "")\(fen.magnitude / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
