/// What a delivery worker takes on at once, and how long it waits for what.
package struct WorkerLimits: Sendable, Hashable {
    /// Requests in flight, all endpoints together.
    package var inFlightMax = 2_000
    /// Requests in flight to one endpoint, so that one that hangs cannot take every slot.
    package var inFlightPerEndpointMax = 8
    /// Requests in flight on behalf of somebody who waits for the answer (`deliverNow`), beside the others.
    package var directMax = 32
    package var directPerEndpointMax = 2
    /// Due deliveries read in one go, at most. The worker reads as many as it has slots, and again twice as many, up to
    /// these, while all that it read belongs to endpoints at their cap. Endpoints whose deliveries fell due after more than
    /// these wait until that backlog is shorter.
    package var scanRowsMax = 4096
    /// How long a delivery whose result could not be kept is left alone, its slot with it.
    package var unrecordedPauseMs: Int64 = 30_000
    /// How long the worker waits after the store failed to read, or to hold or release deliveries.
    package var storeRetryMs: Int64 = 5_000
    /// Between reads that found no delivery to send and could not see the end of what is due.
    package var starvedPauseMs: Int64 = 250
    /// How many deliveries that are out may be read again with new ones, for each millisecond since the last read.
    package var rereadRowsPerMs = 32
    /// While deliveries that were read wait for slots, newer ones are read at most this often.
    package var refreshMs: Int64 = 100
    /// Deliveries that were read longer ago are read again before they are sent.
    package var readyAgeMsMax: Int64 = 5_000
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
