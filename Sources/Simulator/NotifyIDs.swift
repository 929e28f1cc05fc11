import Crypto
import Synchronization

/// The `notify_id`s that `notify_verify` knows.
package final class NotifyIDs: Sendable {
    /// From each delivery on; no speed shortens it.
    package static let validMs: Int64 = 60_000
    static let idsMax = 200_000

    private struct Record {
        let partner: String
        var deliveredAtMs: Int64
        var isVoid = false
    }

    private let records = Mutex(BoundedMap<String, Record>(capacity: NotifyIDs.idsMax))

    /// The id of a notification: 32 hexadecimal digits and two characters more.
    static func notification() -> String { Hex.encode(SecureRandom.bytes(17)) }

    /// The id of a return: long, and with the text `%2F` inside, which is signed as it stands.
    static func browserReturn() -> String {
        let text = Base64.encode(SecureRandom.bytes(36)).filter { $0 != "+" && $0 != "/" && $0 != "=" }
        return "RqPnCoPT3K9%2Fvwbh3I" + text
    }

    /// The id goes out, once more or for the first time.
    func delivered(_ id: String, partner: String, atMs: Int64) {
        records.withLock { records in
            var record = records[id] ?? Record(partner: partner, deliveredAtMs: atMs)
            record.deliveredAtMs = atMs
            records.put(id, record)
        }
    }

    /// `success` was answered.
    func void(_ id: String) {
        _ = records.withLock { $0.change(id) { $0.isVoid = true } }
    }

    /// Whether Alipay gave this id to this partner and it still counts.
    ///
    /// A return's id is known as it is signed, with `%2F`, and as a client's URL decoder leaves it, with `/`: which
    /// of the two Alipay wants is not documented.
    func isValid(_ id: String, partner: String, nowMs: Int64) -> Bool {
        let written = String(id.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F"))
        return records.withLock { records in
            guard let record = records[written], record.partner == partner, !record.isVoid else { return false }
            return nowMs - record.deliveredAtMs <= NotifyIDs.validMs
        }
    }
}
