import YAML

/// What of a line may be shown: anything may have been pasted anywhere, so that text is hidden unless it is known to be no
/// secret.
extension SourceText {
    /// What stands in the place of hidden text, however long that is.
    static let hidden = "***"

    /// A part of a line: its text, or nil when it is hidden, and how many characters of the line it stands for.
    struct Piece: Equatable {
        let text: String?
        let count: Int
    }

    /// A line, from 1, in pieces; comments are left out. Nil when there is no such line.
    func pieces(ofLine line: Int) -> [Piece]? {
        guard let text = lines.text(ofLine: line) else { return nil }
        var pieces = LinePieces(Array(text.unicodeScalars))
        guard let scalars else {
            pieces.addUnknown()
            return pieces.done
        }
        for scalar in scalars[SourceText.firstIndex(scalars, endingAtOrAfter: line)...] {
            let (start, end) = (scalar.node.mark, scalar.node.end)
            if start.line > line { break }
            guard start < end else { continue }
            let from = start.line == line ? start.column - 1 : 0
            let to = end.line == line ? end.column - 1 : .max
            guard pieces.addGap(to: from) else { return pieces.done }
            pieces.addScalar(to: to, shownMax: scalar.shownMax)
        }
        _ = pieces.addGap(to: .max)
        return pieces.done
    }
}

extension SourceText {
    /// They stand one behind the other, so that half of them is left out at each look.
    private static func firstIndex(_ scalars: [Scalar], endingAtOrAfter line: Int) -> Int {
        var (low, high) = (0, scalars.count)
        while low < high {
            let middle = (low + high) / 2
            if scalars[middle].node.end.line < line { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SourceText.Scalar {
    /// How many characters of it may be shown, from its beginning.
    fileprivate var shownMax: Int {
        guard case .scalar(let text, let style) = node.content else { return 0 }
        if node.isNull || isHarmlessReference(text) { return .max }
        guard isPlain else { return 0 }
        guard let scheme = text.firstRange(of: "://") else { return isShort(text) && !holdsKey(text) ? .max : 0 }
        guard style == .plain, !holdsKey(String(text[..<scheme.lowerBound])) else { return 0 }
        return text[..<scheme.upperBound].unicodeScalars.count + hostCount(text[scheme.upperBound...])
    }

    /// Of a URL's rest, the host and port; none when a user's name or something else stands there.
    private func hostCount(_ rest: Substring) -> Int {
        guard let match = rest.prefixMatch(of: /[A-Za-z0-9.\-]+(:[0-9]{1,5})?/), isShort(String(match.0)) else {
            return 0
        }
        let after = rest[match.range.upperBound...]
        guard after.isEmpty || after.hasPrefix("/"), !rest.contains("@") else { return 0 }
        return match.0.count + (after.isEmpty ? 0 : 1)
    }

    /// `env:NAME` or `file:PATH`, as messages name them too.
    private func isHarmlessReference(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), ["env", "file"].contains(text[..<colon]) else { return false }
        let name = String(text[text.index(after: colon)...])
        return !name.isEmpty && !name.contains(where: \.isWhitespace) && !holdsKey(name)
    }
}

/// Cuts one line into pieces, from its beginning on.
private struct LinePieces {
    private let line: [Unicode.Scalar]
    private var position = 0
    private(set) var done: [SourceText.Piece] = []

    init(_ line: [Unicode.Scalar]) { self.line = line }

    /// Shows what stands between two values: signs, and tags such as `!!str`; false at a comment, where the line ends.
    mutating func addGap(to end: Int) -> Bool {
        let end = min(end, line.count)
        while position < end {
            let sign = line[position]
            if sign == "#", isAfterBlank { return false }
            if isWord(sign) {
                let word = run(to: end) { isWord($0) }
                add(count: word.count, isShown: LinePieces.gapWords.contains(text(word)))
            } else {
                add(count: 1, isShown: true)
            }
        }
        return true
    }

    /// Shows so many characters of a value at most.
    mutating func addScalar(to end: Int, shownMax: Int) {
        let count = max(min(end, line.count) - position, 0)
        let shown = min(count, shownMax)
        if shown > 0 { add(count: shown, isShown: true) }
        if count > shown { add(count: count - shown, isShown: false) }
    }

    /// Shows signs, and what looks like the name of a key, of a line of which nothing is known.
    mutating func addUnknown() {
        var mayBeKey = true
        while position < line.count {
            let sign = line[position]
            if sign == "#", isAfterBlank { return }
            if LinePieces.signs.contains(sign) {
                mayBeKey = mayBeKey && sign != ":" || sign == "{" || sign == ","
                add(count: 1, isShown: true)
            } else {
                let word = run(to: line.count) { !LinePieces.signs.contains($0) }
                let name = text(word)
                let isKey = mayBeKey && isColon(at: word.upperBound) && isShort(name) && !looksLikeKey(name)
                add(count: word.count, isShown: isKey && name.allSatisfy { $0.isASCII && isNamePart($0) })
                mayBeKey = false
            }
        }
    }

    private static let gapWords: Set<String> = ["str", "int", "float", "bool", "null", "seq", "map"]
    private static let signs: Set<Unicode.Scalar> = [
        " ", "\t", "[", "]", "{", "}", ",", ":", "\"", "'", "-", "?", "|", ">", "&", "*", "!", "%", "@", "`",
    ]

    private var isAfterBlank: Bool { position == 0 || [" ", "\t"].contains(line[position - 1]) }

    private func isColon(at index: Int) -> Bool {
        guard index < line.count, line[index] == ":" else { return false }
        return index + 1 == line.count || [" ", "\t"].contains(line[index + 1])
    }

    private func isWord(_ scalar: Unicode.Scalar) -> Bool { !LinePieces.signs.contains(scalar) && scalar != "#" }
    private func isNamePart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }

    private func run(to end: Int, _ isPart: (Unicode.Scalar) -> Bool) -> Range<Int> {
        position..<(line[position..<end].firstIndex { !isPart($0) } ?? end)
    }

    private func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: line[range])
        return String(text)
    }

    private mutating func add(count: Int, isShown: Bool) {
        let range = position..<position + count
        done.append(SourceText.Piece(text: isShown ? text(range) : nil, count: count))
        position += count
    }
}
