import App
import Crypto
import Foundation
import HTTP
import Testing

extension World {
    /// Edits the first tenant's file, and waits until that version is in force.
    func edit(_ service: Service, _ old: String, _ new: String) async throws {
        let text = try String(contentsOfFile: "\(folder)/tenants/bookshop.yaml", encoding: .utf8)
        let changed = text.replacing(old, with: new)
        #expect(changed != text)
        try put("tenants/bookshop.yaml", changed)
        let digest = Hex.encode(SHA256.digest(Array(changed.utf8)))
        try await until(nil, "the edit \(new)") {
            let list = try await send(.get, "http://127.0.0.1:\(service.adminPort)/api/tenants")
            return String(decoding: list.body, as: UTF8.self).contains(digest)
        }
    }
}
