import Foundation
import Support
import Testing

/// A tenant's file of Fixtures/doctor, with one mistake or none, and the keys that it names; they were made for this and are
/// nobody's. Its first line may say what the doctor is told besides.
struct DoctorFixture: CustomTestStringConvertible {
    static let path = Shop.fixtures + "/doctor"
    private static let optionsMark = "# doctor "

    let name: String

    var testDescription: String { name }

    static var all: [DoctorFixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map {
            DoctorFixture(name: $0.replacing(".yaml", with: ""))
        }
    }

    static func named(_ name: String) -> DoctorFixture { DoctorFixture(name: name) }

    /// What the doctor writes on standard output.
    var expected: String {
        get throws { try Shop.fixture("doctor/\(name).txt") }
    }

    /// A service's folder with this tenant as `shop`.
    func place() throws -> DoctorPlace { try DoctorPlace(self) }

    fileprivate func options(_ yaml: String) -> [String] {
        let first = yaml.prefix { $0 != "\n" }
        guard first.hasPrefix(DoctorFixture.optionsMark) else { return [] }
        return first.dropFirst(DoctorFixture.optionsMark.count).split(separator: " ").map(String.init)
    }

    /// Of all keys and secrets of all fixtures: what nobody may ever see of them, in pieces as short as they can be and
    /// still be told from other words.
    static func secretPieces() throws -> Set<String> {
        let folder = path + "/secrets"
        var pieces: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let bytes = try Data(contentsOf: URL(filePath: folder + "/" + name))
            for text in [String(decoding: bytes, as: UTF8.self), bytes.base64EncodedString()] {
                for word in text.split(whereSeparator: { !($0.isASCII && ($0.isLetter || $0.isNumber)) })
                where word.count >= 12 { pieces.insert(String(word)) }
            }
        }
        return pieces
    }
}

/// A fixture's service on disk.
struct DoctorPlace {
    let scratch: ScratchFolder
    let options: [String]

    fileprivate init(_ fixture: DoctorFixture) throws {
        scratch = try ScratchFolder()
        let yaml = try Shop.fixture("doctor/\(fixture.name).yaml")
        try scratch.write("payrelay.yaml", "public_url: https://pay.bookshop.cn\n", mode: 0o640)
        try scratch.write("tenants/shop.yaml", yaml, mode: 0o640)
        let secrets = scratch.path("tenants/secrets")
        try FileManager.default.copyItem(atPath: DoctorFixture.path + "/secrets", toPath: secrets)
        for name in try FileManager.default.contentsOfDirectory(atPath: secrets) {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secrets + "/" + name)
        }
        let folder = scratch.path("tenants/")
        options = fixture.options(yaml).map { $0.hasPrefix("secrets/") ? folder + $0 : $0 }
    }

    var configPath: String { scratch.path("payrelay.yaml") }

    func doctor(_ more: String...) -> Outcome {
        let words = ["doctor", "shop", "--offline", "--config", configPath]
        return Shop.run(words + options + more, leavingOut: scratch.path + "/")
    }
}
