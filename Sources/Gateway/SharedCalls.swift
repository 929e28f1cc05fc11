import Synchronization

/// What several ask Alipay for at the same moment: one of them does, and the others wait for it.
package final class SharedCalls: Sendable {
    private let waiting = Mutex<[String: [CheckedContinuation<Bool, Never>]]>([:])

    package init() {}

    /// - Returns: true to the one who asks, who calls ``end(_:)`` whatever comes of it; false to the others, once that is so.
    package func begin(_ key: String) async -> Bool {
        await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFirst { continuation.resume(returning: true) }
        }
    }

    package func end(_ key: String) {
        let others = waiting.withLock { $0.removeValue(forKey: key) ?? [] }
        for other in others { other.resume(returning: false) }
    }
}
