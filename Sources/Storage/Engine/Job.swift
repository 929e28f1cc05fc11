import Payments

/// A body that waits, and the two ways to report it.
struct WriteJob: Sendable {
    /// Runs the body; the result reports its success.
    let run: @Sendable (any StoreTransaction) throws(StoreError) -> @Sendable () -> Void
    let fail: @Sendable (StoreError) -> Void
}

/// The same for what only reads.
struct ReadJob: Sendable {
    let run: @Sendable (any StoreReader) throws(StoreError) -> @Sendable () -> Void
    let fail: @Sendable (StoreError) -> Void
}
