/// A URL taken apart by hand.
struct URLParts {
    /// Everything before the query.
    let base: String
    /// Name and value, percent-decoded, in order.
    let parameters: [(name: String, value: String)]
    let fragment: String?

    init(_ url: String) {
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        fragment = parts.count == 2 ? String(parts[1]) : nil
        let halves = parts[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        base = String(halves[0])
        let pairs = halves.count == 2 ? halves[1].split(separator: "&") : []
        parameters = pairs.map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (URLParts.decoded(sides[0]), sides.count == 2 ? URLParts.decoded(sides[1]) : "")
        }
    }

    /// Each name once.
    var fields: [String: String] { Dictionary(parameters.map { ($0.name, $0.value) }) { $1 } }

    private static func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
