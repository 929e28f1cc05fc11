import Foundation
import Settings
import Testing

/// A file of the Fixtures folder, read the way the service reads its own.
struct Fixture: CustomTestStringConvertible {
    let name: String

    static let folder = Bundle.module.bundleURL.appending(path: "Fixtures").path

    /// The files whose name ends so, by name.
    static func all(_ suffix: String) -> [Fixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map(Fixture.init)
    }

    var testDescription: String { name }

    func text(besides ending: String = "") throws -> String {
        let file = ending.isEmpty ? name : name.replacing(".yaml", with: ending)
        return String(decoding: try Fixture.bytes(file), as: UTF8.self)
    }

    private static func bytes(_ file: String) throws -> [UInt8] {
        try SettingsFiles.read(folder + "/" + file, bytesMax: 65_536)
    }

    func read(into problems: ProblemList) throws -> Sample? {
        let source = SettingsSource(
            file: "tenants/" + name,
            folder: Self.folder,
            environment: { ["SHOP_KEY": "from the environment", "EMPTY_KEY": ""][$0] }
        )
        return SettingsReader.read(try Fixture.bytes(name), from: source, into: problems, Sample.init)
    }
}
