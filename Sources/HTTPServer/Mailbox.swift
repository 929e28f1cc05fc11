import CLinux
import Glibc
import HTTP
import Synchronization

/// What other threads leave for the loop thread, and the descriptor that wakes it.
///
/// Replies hold it, so the descriptor outlives the loop for as long as anyone may still write to it.
final class Mailbox: Sendable {
    /// An answer given after the handler had returned.
    struct Finished {
        let connection: Connection
        let response: Response
    }

    /// What the loop finds when it looks.
    struct Contents {
        var finished: [Finished] = []
        /// The clock has called; the call it owed us is used up.
        var clockRang = false
        var stopListening = false
        /// Unix milliseconds until which open exchanges may finish.
        var stopAtMs: Int64?
        /// Nobody looks any more.
        var closed = false
    }

    /// An eventfd (eventfd(2)).
    let wakeDescriptor: Int32
    private let contents = Mutex(Contents())

    /// - Throws: code `resources` when no descriptor is left.
    init() throws(HTTPServerError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            throw HTTPServerError(code: .resources, message: "listen: eventfd: \(SystemError.text(errno))")
        }
    }

    deinit { Glibc.close(wakeDescriptor) }

    /// Wakes the loop only for the first answer of a batch; the others find it awake.
    func put(_ finished: Finished) {
        let first = contents.withLock { contents in
            if contents.closed { return false }
            contents.finished.append(finished)
            return contents.finished.count == 1
        }
        if first { wake() }
    }

    func ring() {
        contents.withLock { $0.clockRang = true }
        wake()
    }

    func stopListening() {
        contents.withLock { $0.stopListening = true }
        wake()
    }

    /// The earliest deadline counts.
    func stop(atMs: Int64) {
        contents.withLock { contents in
            contents.stopListening = true
            contents.stopAtMs = min(contents.stopAtMs ?? atMs, atMs)
        }
        wake()
    }

    /// Gives what has come since the last look. A request to stop listening stays.
    func take(reusing spent: [Finished]) -> Contents {
        contents.withLock { contents in
            let taken = contents
            contents.finished = spent
            contents.clockRang = false
            contents.stopAtMs = nil
            return taken
        }
    }

    /// Refuses whatever comes from now on and gives what came before.
    func close() -> [Finished] {
        contents.withLock { contents in
            contents.closed = true
            defer { contents.finished = [] }
            return contents.finished
        }
    }

    /// Makes the descriptor quiet again.
    func drain() {
        var count: UInt64 = 0
        // EAGAIN means that it was quiet already.
        _ = unsafe read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
    }

    private func wake() {
        var one: UInt64 = 1
        // EAGAIN means that the counter is full, so the loop is about to wake anyway.
        _ = unsafe write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}
