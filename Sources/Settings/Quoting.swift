/// Text from a file as a message may show it: in quotes, with control characters spelt out.
///
/// A longer text is only measured: 32 characters is the length of an Alipay key, and a key may be pasted anywhere.
package func quoted(_ text: String) -> String {
    guard isShort(text) else { return "a text of \(text.unicodeScalars.count) characters" }
    let shown = text.unicodeScalars.map(\.shownOnTerminal)
    return "\"" + shown.joined() + "\""
}

/// The name of a file or a variable as a message may show it, without quotes.
func shownName(_ name: String) -> String {
    let count = name.unicodeScalars.count
    guard count <= 200 else { return "what has a name of \(count) characters" }
    return name.unicodeScalars.map(\.shownOnTerminal).joined()
}

/// As ``quoted(_:)``, after the word `key`.
func quoted(key: String) -> String {
    isShort(key) ? quoted(key) : "of \(key.unicodeScalars.count) characters"
}

/// Whether text has the look of a key (Alipay's MD5 and RSA keys, `whsec_…`, `sk_…`) rather than of a name or a path.
func looksLikeKey(_ text: String) -> Bool {
    if text.hasPrefix("whsec_") || text.hasPrefix("sk_") { return true }
    let isPlain = text.utf8.allSatisfy { byte in
        let letter = byte | 0x20
        return (0x61...0x7A).contains(letter) || (0x30...0x39).contains(byte) || "+/=".utf8.contains(byte)
    }
    return !isShort(text) && isPlain && text.contains { $0.isNumber } && !text.hasPrefix("/")
}

/// Whether any part of a text has the look of a key, whatever stands before and behind it.
func holdsKey(_ text: String) -> Bool {
    if text.contains("whsec_") { return true }
    return text.split { !$0.isLetter && !$0.isNumber && !"+=_".contains($0) }.contains { part in
        part.hasPrefix("sk_") || part.split(separator: "_").contains { looksLikeKey(String($0)) }
    }
}

func isShort(_ text: String) -> Bool { text.unicodeScalars.count <= 31 }

/// `MD5`, `MD5 or RSA`, `a, b or c`.
func oneOf(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " or " + last
}

/// `; did you mean "partner"?`, or nothing when no name is near.
func didYouMean(_ near: String?) -> String { near.map { "; did you mean \"\($0)\"?" } ?? "" }
