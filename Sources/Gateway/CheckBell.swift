import Synchronization

/// Tells whoever looks after open payments that something falls due, so that nobody sleeps past it.
package final class CheckBell: Sendable {
    private let listener = Mutex<(@Sendable (Int64) -> Void)?>(nil)

    package init() {}

    func listen(_ ring: (@Sendable (Int64) -> Void)?) { listener.withLock { $0 = ring } }

    /// After the commit that wrote it; nil for what is not looked at again.
    func ring(_ checkAtMs: Int64?) {
        guard let checkAtMs, let ring = listener.withLock({ $0 }) else { return }
        ring(checkAtMs)
    }
}
