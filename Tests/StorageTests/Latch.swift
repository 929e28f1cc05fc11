import Dispatch

/// A door that is shut until somebody opens it, once and for all. For bodies that have to stop a store's thread.
final class Latch: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
