package import Diagnostics
package import HTTP
import Platform

/// The system's resolver on threads of its own, with a deadline for each caller and a small cache.
///
/// A lookup that hangs keeps its thread, but its callers have their error at their deadline, or the last good answer
/// sooner (RFC 8767), and one host holds one thread only, however many ask for it. Hosts that were slow the last time
/// hold at most half of the threads. While all threads hang, other hosts' lookups do not begin: their callers have the
/// last good answer too, or else the error `busy`.
package final class SystemResolver: NameResolver {
    /// Looks a name up and blocks while it does.
    package typealias Lookup = @Sendable (_ host: String) -> Result<[IPAddress], LookupFailure>

    private let desk: LookupDesk
    private let threads: [OwnThread]

    /// - Parameters:
    ///   - clock: what deadlines and the cache's ages go by.
    ///   - threadCount: how many lookups may go on at once; those of slow hosts are half of them at most.
    ///   - lookup: `getaddrinfo` unless a test says otherwise.
    package convenience init(clock: any Clock = SystemClock(), threadCount: Int = 4) {
        self.init(clock: clock, threadCount: threadCount, lookup: { SystemLookup.addresses(of: $0) })
    }

    package init(clock: any Clock, threadCount: Int = 4, lookup: @escaping Lookup) {
        let desk = LookupDesk(clock: clock, threadCount: threadCount)
        self.desk = desk
        threads = (1...threadCount).map { number in
            OwnThread.start(name: "resolver-\(number)") { desk.serve(lookup) }
        }
    }

    /// The threads end by themselves, a hanging one when its lookup does.
    deinit { desk.stop() }

    package func resolve(
        _ host: String, timeoutMs: Int, then: @escaping @Sendable (Result<[IPAddress], SendError>) -> Void
    ) {
        desk.resolve(host, timeoutMs: timeoutMs, then: then)
    }
}

/// Why a lookup found no address.
package struct LookupFailure: Error, Sendable, Hashable {
    /// For the callers.
    package let error: SendError
    /// Whether the name servers say that the name does not exist or has no address; otherwise they gave no answer, and
    /// an older one may still be right.
    package let isDefinite: Bool

    package init(_ error: SendError, isDefinite: Bool) {
        self.error = error
        self.isDefinite = isDefinite
    }
}
