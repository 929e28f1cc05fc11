import Synchronization

/// What goes with a key of a tenant: which one it is, until when it counts, and where its uses are counted.
package struct KeyTag: Sendable, Hashable {
    package let fingerprint: String
    /// Unix milliseconds; from then on the key neither signs nor verifies nor opens anything. Nil for no end.
    package let notAfterMs: Int64?
    package let use: KeyUse

    package init(_ fingerprint: String, notAfterMs: Int64? = nil, use: KeyUse = KeyUse()) {
        self.fingerprint = fingerprint
        self.notAfterMs = notAfterMs
        self.use = use
    }

    package func isInForce(atMs nowMs: Int64) -> Bool { notAfterMs.map { nowMs < $0 } ?? true }

    /// The same key, counted there: a key that is read again from its file goes on counting where it was.
    package func counted(in use: KeyUse) -> KeyTag { KeyTag(fingerprint, notAfterMs: notAfterMs, use: use) }

    package static func == (a: KeyTag, b: KeyTag) -> Bool {
        a.fingerprint == b.fingerprint && a.notAfterMs == b.notAfterMs
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(fingerprint)
        hasher.combine(notAfterMs)
    }
}

/// How often a key was used, and when last. It is reached from the key itself, so that a use costs two atomic operations.
package final class KeyUse: Sendable {
    private let uses = Atomic<Int>(0)
    /// Unix milliseconds; 0 for never.
    private let lastMs = Atomic<Int64>(0)

    package init() {}

    package func note(atMs nowMs: Int64) { add(count: 1, lastUsedAtMs: nowMs) }

    /// Adds what was counted elsewhere.
    package func add(count: Int, lastUsedAtMs: Int64) {
        lastMs.max(lastUsedAtMs, ordering: .relaxed)
        uses.wrappingAdd(count, ordering: .relaxed)
    }

    package var count: Int { uses.load(ordering: .relaxed) }

    /// Unix milliseconds; nil for never.
    package var lastUsedAtMs: Int64? {
        let lastMs = lastMs.load(ordering: .relaxed)
        return lastMs == 0 ? nil : lastMs
    }
}
