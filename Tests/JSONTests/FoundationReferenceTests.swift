import Foundation
import JSON
import Support
import Testing

/// Ours against Foundation's JSONSerialization, both ways, over a seeded corpus.
struct FoundationReferenceTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `what ours writes, Foundation reads, and so does ours`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = randomValue(&random, depth: 0)
            var out = JSONWriter()
            write(value, to: &out)
            let reference = try JSONSerialization.jsonObject(with: Data(out.bytes), options: .fragmentsAllowed)
            #expect(same(value, reference), "\(String(decoding: out.bytes, as: UTF8.self))")
            #expect(try JSONReader.read(out.bytes) == value)
        }
    }

    @Test(arguments: [5, 6, 7, 8] as [UInt64])
    func `what Foundation writes, ours reads`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for turn in 0..<300 {
            let object = foundation(randomValue(&random, depth: 0))
            let options: JSONSerialization.WritingOptions =
                turn.isMultiple(of: 2)
                ? .fragmentsAllowed : [.fragmentsAllowed, .prettyPrinted, .withoutEscapingSlashes]
            let bytes = [UInt8](try JSONSerialization.data(withJSONObject: object, options: options))
            #expect(try same(JSONReader.read(bytes), object), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    /// Ours is the stricter: whatever it takes, Foundation takes as the same value.
    @Test(arguments: [9, 10, 11, 12] as [UInt64])
    func `of damaged texts, ours takes only what Foundation takes, as the same value`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytesOfInterest =
            Array("{}[]\",:\\u0123456789abDdeE+-.tfn \n\u{0}\u{1F}".utf8) + [0x80, 0xC2, 0xE4, 0xED, 0xF0, 0xFF]
        var taken = 0
        for _ in 0..<3_000 {
            var out = JSONWriter()
            write(randomValue(&random, depth: 2), to: &out)
            var bytes = out.bytes
            for _ in 0...Int.random(in: 0...1, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                let byte = bytesOfInterest[Int.random(in: 0..<bytesOfInterest.count, using: &random)]
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = byte
                case 1: bytes.insert(byte, at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            taken += 1
            let text = String(decoding: bytes, as: UTF8.self)
            guard let reference = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            else {
                // Only a number beyond what a Double can hold may part them.
                #expect(hasHugeNumber(value), "Foundation refuses \(text)")
                continue
            }
            #expect(same(value, reference), "\(text)")
        }
        #expect((100...2_900).contains(taken))
    }

    private func write(_ value: JSONValue, to out: inout JSONWriter) {
        switch value {
        case .null: out.null()
        case .bool(let flag): out.value(flag)
        case .number(let text): out.raw(Array(text.utf8))
        case .string(let text): out.value(text)
        case .array(let elements):
            out.beginArray()
            for element in elements { write(element, to: &out) }
            out.endArray()
        case .object(let members):
            out.beginObject()
            for member in members {
                out.name(member.name)
                write(member.value, to: &out)
            }
            out.endObject()
        }
    }

    private func foundation(_ value: JSONValue) -> Any {
        switch value {
        case .null: NSNull()
        case .bool(let flag): flag
        case .number: value.int64 ?? 0
        case .string(let text): text
        case .array(let elements): elements.map(foundation)
        case .object(let members): Dictionary(uniqueKeysWithValues: members.map { ($0.name, foundation($0.value)) })
        }
    }

    private func same(_ value: JSONValue, _ reference: Any) -> Bool {
        switch value {
        case .null: return reference is NSNull
        case .bool(let flag): return (reference as? Bool) == flag
        case .number(let text):
            guard let number = reference as? NSNumber, let double = Double(text) else { return false }
            if let whole = value.int64 { return number.int64Value == whole }
            // Foundation goes by way of a Decimal, whose doubleValue is a little off.
            return abs(number.doubleValue - double) <= double.magnitude * 1e-12
        case .string(let text): return (reference as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .array(let elements):
            guard let array = reference as? [Any], array.count == elements.count else { return false }
            return zip(elements, array).allSatisfy(same)
        case .object(let members):
            guard let dictionary = reference as? [String: Any], dictionary.count == members.count else { return false }
            return members.allSatisfy { member in dictionary[member.name].map { same(member.value, $0) } ?? false }
        }
    }

    private func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .string: false
        case .number(let text): Double(text).map { !$0.isFinite || $0 == 0 || $0.magnitude < 1e-300 } ?? true
        case .array(let elements): elements.contains(where: hasHugeNumber)
        case .object(let members): members.contains { hasHugeNumber($0.value) }
        }
    }

    private func randomValue(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(String(randomNumber(&random)))
        case 3, 4: return .string(randomText(&random))
        case 5, 6:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in randomValue(&random, depth: depth + 1) })
        default:
            // A digit in front keeps the names apart.
            return .object(
                (0..<Int.random(in: 0...4, using: &random)).map {
                    JSONMember(name: "\($0)" + randomText(&random), value: randomValue(&random, depth: depth + 1))
                })
        }
    }

    private func randomNumber(_ random: inout SeededGenerator) -> Int64 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: [Int64.min, Int64.max, 0, -1][Int.random(in: 0..<4, using: &random)]
        case 1: Int64.random(in: Int64.min...Int64.max, using: &random)
        default: Int64.random(in: -20_000...20_000, using: &random)
        }
    }

    private func randomText(_ random: inout SeededGenerator) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x7F, 0x20...0x7E, 0x80...0x7FF, 0x4E00...0x9FFF, 0xE000...0xFFFF, 0x1_0000...0x10_FFFF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...9, using: &random) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
