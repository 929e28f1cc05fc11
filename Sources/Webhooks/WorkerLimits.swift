/// What a delivery worker takes on at once, and how long it waits for what.
package struct WorkerLimits: Sendable, Hashable {
    /// Requests in flight, all endpoints together.
    package var inFlightMax = 2_000
    /// Requests in flight on behalf of somebody who waits for the answer (`deliverNew`), beside the others.
    package var directMax = 32
    package var directPerEndpointMax = 2
    /// So that one merchant's endpoints that hang leave room for others' tests.
    package var directPerTenantMax = 8
    /// How long a delivery is left alone of whose request nothing is known, its slot with it.
    package var unrecordedPauseMs: Int64 = 30_000
    /// How long the worker waits after the store failed to read, or to hold or release deliveries.
    package var storeRetryMs: Int64 = 5_000
    /// What is due is looked up at least this often, whoever forgot to wake the worker.
    package var pollMs: Int64 = 60_000
    /// Due deliveries in memory that are not out, all endpoints together; each counts its event's body and 512 bytes.
    package var loadedBytesMax = 32 * 1024 * 1024
    /// Reads of the store that are out at a time; of how many lines one may be; and of how many deliveries, about.
    package var readsMax = 2
    package var linesPerReadMax = 32
    package var rowsPerReadMax = 1_024

    package init() {}
}
