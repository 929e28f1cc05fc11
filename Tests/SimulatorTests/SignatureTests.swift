import Diagnostics
import Foundation
import JSON
import Simulator
import Testing

@Suite struct SignatureTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let id: String
        let key: Secret
        let stringToSign: String
        let sign: String
        let raw: String
        let wrongSigns: [String]

        var testDescription: String { id }
    }

    /// From the protocol reference: published samples of other libraries, and computed ones that five of them agree on.
    static let vectors: [Vector] = {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures/mapi-signatures.json")
        guard let data = try? Data(contentsOf: url), case .array(let list)? = try? JSONReader.read(Array(data)) else {
            return []
        }
        return list.compactMap { item in
            guard let id = item["id"]?.text, let key = item["key"]?.text, let hex = item["string_to_sign_hex"]?.text,
                let sign = item["sign"]?.text, let raw = item["raw"]?.text,
                case .array(let wrong)? = item["wrong_variants"]
            else { return nil }
            return Vector(
                id: id, key: Secret(key), stringToSign: hex, sign: sign, raw: raw,
                wrongSigns: wrong.compactMap { $0["sign"]?.text })
        }
    }()

    @Test func `all 51 vectors are there`() {
        #expect(SignatureTests.vectors.count == 51)
        #expect(SignatureTests.vectors.map(\.wrongSigns.count).reduce(0, +) == 21)
    }

    @Test(arguments: vectors) func `a vector's string, sign and wire form are ours too`(vector: Vector) throws {
        let fields = try Fields(form: vector.raw.utf8)
        let hex = PartnerSignature.stringToSign(fields).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(hex.joined() == vector.stringToSign)
        #expect(PartnerSignature.md5(fields, key: vector.key) == vector.sign)
        #expect(PartnerSignature.isValid(fields, key: vector.key))
    }

    @Test(arguments: vectors) func `the sign that a typical mistake gives is refused`(vector: Vector) throws {
        for wrong in vector.wrongSigns {
            var fields = try Fields(form: vector.raw.utf8)
            fields.set("sign", wrong)
            #expect(!PartnerSignature.isValid(fields, key: vector.key))
        }
    }

    @Test(arguments: vectors) func `a changed value, another key or no sign is refused`(vector: Vector) throws {
        var fields = try Fields(form: vector.raw.utf8)
        #expect(!PartnerSignature.isValid(fields, key: Secret("another key, 32 characters long.")))
        fields.set("one_more", "1")
        #expect(!PartnerSignature.isValid(fields, key: vector.key))
        fields = try Fields(form: vector.raw.utf8)
        fields.set("sign", "")
        #expect(!PartnerSignature.isValid(fields, key: vector.key))
    }

    @Test func `a form is written so that reading it gives the same bytes`() throws {
        let fields = Fields(["a": "x y+z&=%/~*\"'é三", "b": ""])
        #expect(
            String(decoding: fields.formEncoded(), as: UTF8.self) == "a=x+y%2Bz%26%3D%25%2F%7E*%22%27%C3%A9%E4%B8%89&b="
        )
        #expect(try Fields(form: fields.formEncoded()) == fields)
    }

    @Test(arguments: ["a=1&a=2", "a=%4", "a=%zz", "=1", "a b=1", "a%3=1"])
    func `what is no form is refused`(form: String) {
        #expect(throws: FormError.self) { try Fields(form: form.utf8) }
    }

    @Test func `200 fields are read and 201 refused`() throws {
        let form = { (count: Int) in (0..<count).map { "f\($0)=1" }.joined(separator: "&") }
        #expect(try Fields(form: form(200).utf8).list.count == 200)
        #expect(throws: FormError.tooManyFields) { try Fields(form: form(201).utf8) }
    }
}
