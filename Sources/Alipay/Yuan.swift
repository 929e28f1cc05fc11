/// Alipay's amounts: yuan with two decimals on the wire, whole fen here, never a floating-point number between.
package enum Yuan {
    /// `12050` fen is `120.50`.
    package static func text(fen: Int64) -> String {
        let cents = fen % 100
        return "\(fen / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// Reads `120.50`, `120.5`, `120` or `120.500` as 12050; nil for anything that is not a whole number of fen from 0 to
    /// 10^12.
    package static func fen(_ text: some Collection<UInt8>) -> Int64? {
        let parts = Array(text).split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...10).contains(whole.count), let yuan = digits(whole) else { return nil }
        guard parts.count == 2 else { return yuan * 100 }
        var decimals = Array(parts[1])
        while decimals.count > 2, decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
        guard (1...2).contains(decimals.count), let value = digits(decimals[...]) else { return nil }
        return yuan * 100 + (decimals.count == 1 ? value * 10 : value)
    }

    private static func digits(_ text: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in text {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }
}
