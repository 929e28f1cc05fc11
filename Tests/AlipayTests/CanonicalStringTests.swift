import Alipay
import Foundation
import Support
import Testing
import Text

/// What is signed and verified, against the rule written out: without `sign`, `sign_type` and empty values, sorted by the names' bytes,
/// `name=value` with `&` between.
struct CanonicalStringTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `it is what the rule says, of a form that came and of parameters on their way out`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let fields = randomFields(&random)
            let rule =
                fields.filter { !$0.value.isEmpty && $0.name != "sign" && $0.name != "sign_type" }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
                .map { Array("\($0.name)=".utf8) + $0.value }
                .joined(separator: Array("&".utf8))
            let body = fields.map { "\($0.name)=\(encoded($0.value))" }.joined(separator: "&")
            let form = try FormFields(Array(body.utf8), fieldsMax: 20)
            #expect(CanonicalString.bytes(of: form) == Array(rule))
            let parameters = fields.map { Parameter($0.name, String(decoding: $0.value, as: UTF8.self)) }
            #expect(CanonicalString.bytes(of: parameters) == Array(rule))
            for field in fields { #expect(form[field.name].map(Array.init) == field.value) }
        }
    }

    /// Names of few letters, so that many begin alike and some are a beginning of others.
    private func randomFields(_ random: inout SeededGenerator) -> [(name: String, value: [UInt8])] {
        var names: Set<String> = ["sign", "sign_type"]
        for _ in 0..<Int.random(in: 0...16, using: &random) {
            let letters = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                random.pick(["a", "b", "_", "Z", "."])
            }
            names.insert(random.pick(["", "out_trad", "out_trade_"]) + letters.joined())
        }
        let texts = ["", "", "1", "三体 (1-3)", "a=b", "&c=d&", "100%", "+ +", "\n\u{7F}", "🀄️"]
        return names.sorted().shuffled(using: &random).map { ($0, Array(random.pick(texts).utf8)) }
    }

    private func encoded(_ value: [UInt8]) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz0123456789")
        return String(decoding: value, as: UTF8.self).addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
