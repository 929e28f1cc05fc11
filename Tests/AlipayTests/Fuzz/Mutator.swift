import Support

/// Damages inputs, the same way on every run.
struct Mutator {
    private var generator: SeededGenerator
    private let corpus: [[UInt8]]
    private let bytesMax: Int

    /// Words and characters that the grammars know.
    private static let words: [[UInt8]] =
        [
            "&", "=", "+", "%", "%2B", "%25", "%00", "%E4%B8%AD", "sign=", "sign_type=MD5", "&a=",
            "_input_charset=utf-8", "#",
            "^", "$", "|", "$$", "^true^P", "^false^null", "SUCCESS", "<", ">", "<a>", "</a>", "<a/>", "&amp;",
            "&#x4E2D;",
            "&#38;", "]]>", "<![CDATA[", "<!DOCTYPE a>", "<?p?>", "<!--", "-->", "\"", "'", "encoding=\"GBK\"", "\r\n",
            "\0",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "env:", "file:", "\n", "\t", "  ", "- ", ": ", "? ", "{", "}", "[", "]",
            ", ", "&a ",
            "*a", "!!str ", "!x ", "|\n", ">-\n", "---\n", "%YAML 1.1\n", "# ", "@", "`", "<<: ", "~", "\u{85}",
            "\u{2028}",
            "\u{FEFF}", "alipay:", "keys: ", "partner: ", "charset: ", "https://",
            "0.01", "-1", "99999999999", "中", "é", "😀", "\u{FFFD}", "\u{E0041}",
        ].map { Array($0.utf8) } + [
            [0xD6, 0xD0], [0x81, 0x5C], [0x81, 0x7C], [0x81, 0x5E], [0x80], [0xFF], [0xEF, 0xBB, 0xBF],
        ]

    private static let bytes: [UInt8] = [
        0, 0x09, 0x0A, 0x0D, 0x20, 0x26, 0x2B, 0x3C, 0x3D, 0x5C, 0x7F, 0x80, 0xC0, 0xFE, 0xFF,
    ]

    /// - Precondition: the corpus has an input.
    init(seed: UInt64, corpus: [[UInt8]], bytesMax: Int) {
        generator = SeededGenerator(seed: seed)
        self.corpus = corpus
        self.bytesMax = bytesMax
    }

    /// One of the corpus with one to four changes.
    mutating func next() -> [UInt8] {
        var input = generator.pick(corpus)
        for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&input) }
        return Array(input.prefix(bytesMax))
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = Int.random(in: 0...input.count, using: &generator)
        let end = min(input.count, place + Int.random(in: 1...24, using: &generator))
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: if place < input.count { input[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
        case 1: if place < input.count { input[place] = generator.pick(Mutator.bytes) }
        case 2: input.removeSubrange(place..<end)
        case 3: input.insert(contentsOf: input[place..<end], at: place)
        case 4: input.insert(contentsOf: generator.pick(Mutator.words), at: place)
        case 5: input.replaceSubrange(place..<end, with: generator.pick(Mutator.words))
        case 6:
            let other = generator.pick(corpus)
            input.replaceSubrange(place..., with: other.dropFirst(Int.random(in: 0...other.count, using: &generator)))
        default:
            let times = Int.random(in: 2...300, using: &generator)
            input.insert(contentsOf: Array(repeating: input[place..<end], count: times).joined(), at: place)
        }
    }
}
