import Support

/// Makes documents out of the words of tenants' files and of YAML, and damages good ones; the same on every run.
struct DocumentMaker {
    private var generator: SeededGenerator
    private let good: [[UInt8]]

    private static let keys = [
        "name", "alipay", "partner", "keys", "private_key", "sign_type", "services", "products", "api_keys", "label",
        "sha256",
        "webhook", "webhooks", "url", "secrets", "schedule", "headers", "events", "limits", "requests_per_second", "id",
        "<<", "~",
        "\"quoted\"", "? complex", "三体", "a key with blanks", "partnr",
    ]
    private static let scalars = [
        "x", "", "~", "null", "true", "yes", "12", "-1", "1e9", "0x10", "15s", "20%", "\"2088101122136241\"",
        "web/instant",
        "https://shop.example/hooks", "env:SHOP_KEY", "file:secrets/shop.whsec", "file:\"\\0\"", "&a x", "*a",
        "!!str 1", "!x y", "|\n", ">-\n",
        "'it''s'", "\"\\u0000\"", "\"\\uD800\"", "@", "`", "%", "# c", "\t", "[", "}", "三体", "\u{85}", "\u{2028}",
        "\u{FEFF}", "- -", ": :",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ]
    private static let noise: [[UInt8]] =
        [
            "\t", "\r\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{FEFF}", "---\n", "...\n", "%YAML 1.2\n", ": ", "- ",
            "? ", "&", "*", "!", "\"",
        ].map {
            Array($0.utf8)
        } + [[0xFF], [0xC2], [0xE4, 0xB8]]

    /// - Parameter good: what is damaged; not empty.
    init(seed: UInt64, good: [[UInt8]]) {
        generator = SeededGenerator(seed: seed)
        self.good = good
    }

    mutating func next() -> [UInt8] {
        var bytes = Bool.random(using: &generator) ? generator.pick(good) : Array(mapping(depth: 0).utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) { damage(&bytes) }
        return bytes
    }

    private mutating func mapping(depth: Int) -> String {
        let indent = String(repeating: "  ", count: depth)
        return (0..<Int.random(in: 1...6, using: &generator)).map { _ in
            "\(indent)\(generator.pick(DocumentMaker.keys)): \(value(depth: depth))\n"
        }.joined()
    }

    private mutating func value(depth: Int) -> String {
        let shape = depth > 4 ? 0 : Int.random(in: 0...7, using: &generator)
        switch shape {
        case 0...3: return generator.pick(DocumentMaker.scalars)
        case 4: return "\n" + mapping(depth: depth + 1)
        case 5: return "[" + (0..<3).map { _ in value(depth: depth + 1) }.joined(separator: ", ") + "]"
        case 6: return "{" + generator.pick(DocumentMaker.keys) + ": " + value(depth: depth + 1) + "}"
        default:
            let indent = String(repeating: "  ", count: depth)
            return "\n" + (0..<2).map { _ in "\(indent)- \(value(depth: depth + 1))\n" }.joined()
        }
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
        switch Int.random(in: 0...4, using: &generator) {
        case 0: bytes.insert(contentsOf: generator.pick(DocumentMaker.noise), at: place)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3: bytes.replaceSubrange(place..<end, with: generator.pick(DocumentMaker.noise))
        default: bytes.removeSubrange(place...)
        }
    }
}
