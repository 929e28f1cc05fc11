import Dispatch
import Synchronization

/// One value, handed from one thread to another that waits for it.
final class Handoff<Content: Sendable>: Sendable {
    private let content = Mutex<Content?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    /// To be called once.
    func give(_ value: Content) {
        content.withLock { $0 = value }
        isThere.signal()
    }

    /// To be called once.
    func wait() -> Content {
        isThere.wait()
        guard let value = content.withLock({ $0 }) else { preconditionFailure("nothing was handed over") }
        return value
    }
}
