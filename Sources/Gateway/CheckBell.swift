import Synchronization

/// Tells whoever looks after open payments that something falls due, so that nobody sleeps past it.
package final class CheckBell: Sendable {
    /// A struct, not the closure itself: a `Mutex` of a closure wraps it once more each time it is locked, and every ring
    /// would make the next one deeper.
    private struct Listener: Sendable {
        let ring: @Sendable (Int64) -> Void
    }

    private let listener = Mutex<Listener?>(nil)

    package init() {}

    package func listen(_ ring: (@Sendable (Int64) -> Void)?) {
        listener.withLock { $0 = ring.map(Listener.init) }
    }

    /// After the commit that wrote it; nil for what is not looked at again.
    package func ring(_ checkAtMs: Int64?) {
        guard let checkAtMs, let listener = listener.withLock({ $0 }) else { return }
        listener.ring(checkAtMs)
    }
}
