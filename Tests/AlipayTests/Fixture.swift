import Foundation

/// The files in Fixtures.
enum Fixture {
    static let folder = Bundle.module.bundleURL.appending(path: "Fixtures").path

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: folder + "/" + name))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try data(name), as: UTF8.self)
    }

    static func files(in name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/" + name).sorted()
    }

    /// The files whose name ends so, in order.
    static func names(endingIn suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted()
    }
}
