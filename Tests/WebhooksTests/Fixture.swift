import Foundation
import JSON

/// A file beside these tests.
enum Fixture {
    static let folder = Bundle.module.bundleURL.appending(path: "Fixtures").path

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    static func json(_ name: String) throws -> JSONValue {
        try JSONReader.read(try bytes(name))
    }
}
