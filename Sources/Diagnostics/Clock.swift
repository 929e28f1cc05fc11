/// Time, so that tests can own it.
package protocol Clock: Sendable {
    /// Wall-clock time in unix milliseconds.
    var nowMs: Int64 { get }

    /// Calls `body` once, at `atMs` (unix milliseconds) or as soon after it as can be, on a thread of the clock,
    /// never inside this call; `body` must not block.
    func schedule(atMs: Int64, _ body: @escaping @Sendable () -> Void) -> any ScheduledCall
}

/// A call that a clock still owes.
package protocol ScheduledCall: Sendable {
    /// Takes the call back; without effect once it began.
    func cancel()
}
