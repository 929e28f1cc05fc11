package import Crypto
import Diagnostics

extension KeyTag {
    /// To stand after `the key`: its fingerprint, and when it lapsed or will.
    package func shown(atMs nowMs: Int64) -> String {
        guard let notAfterMs else { return "\(fingerprint)" }
        let time = RFC3339.shortText(unixMs: notAfterMs)
        return "\(fingerprint), which \(isInForce(atMs: nowMs) ? "lapses" : "lapsed") at \(time)"
    }

    /// The same of a key that has lapsed.
    package var shownLapsed: String { shown(atMs: .max) }
}
