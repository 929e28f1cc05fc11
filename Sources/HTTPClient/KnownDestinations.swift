package import HTTP
import Synchronization

/// Where URLs lead that were asked for before: a merchant's webhooks all go to one, and reading it costs as much as signing one.
package final class KnownDestinations: Sendable {
    /// Of different URLs; beyond it any one is forgotten.
    package static let countMax = 4096

    /// By the URL's bytes: texts are equal to Swift that are not the same to libcurl, the Kelvin sign and a K.
    private let known = Mutex<[[UInt8]: Destination]>([:])

    package init() {}

    package var count: Int { known.withLock { $0.count } }

    /// As ``Destination/init(url:)`` says. A URL with a query is one request's own, and is not kept.
    package func destination(of url: String) throws(SendError) -> Destination {
        let bytes = Array(url.utf8)
        if let destination = known.withLock({ $0[bytes] }) { return destination }
        let destination = try Destination(url: url)
        guard !bytes.contains(UInt8(ascii: "?")) else { return destination }
        known.withLock { known in
            if known.count >= KnownDestinations.countMax, let any = known.keys.first { known[any] = nil }
            known[bytes] = destination
        }
        return destination
    }
}
