/// Which host is looked up next: the one that has waited longest. But hosts that were slow the last time have a queue
/// of their own and hold at most half of the threads, so that the others always find the other half.
///
/// Its owner wakes a thread for each host that it adds, and once more when ``ended(_:wasSlow:)`` says so.
package struct LookupTurns: Sendable {
    /// A lookup that takes longer is a slow one.
    package static let slowMs: Int64 = 1_000
    /// So many hosts may wait in either queue.
    package static let queuedHostsMax = 1_000
    /// So many hosts are known to be slow; one more takes the place of any of them.
    package static let slowHostsMax = NameCache.cachedHostsMax

    private struct Turn {
        let host: String
        /// Counts the hosts in the order in which they came.
        let number: UInt64
    }

    /// Half of the threads, and at least one.
    private let slowAtOnceMax: Int
    private var slowHosts: Set<String> = []
    /// Those from the slow queue whose lookup goes on.
    private var slowLookups: Set<String> = []
    private var quickQueue: [Turn] = []
    private var slowQueue: [Turn] = []
    private var lastNumber: UInt64 = 0

    package init(threadCount: Int) {
        slowAtOnceMax = max(1, threadCount / 2)
    }

    package var slowHostCount: Int { slowHosts.count }

    /// Whether that host may wait as well.
    package func hasRoom(for host: String) -> Bool {
        let count = slowHosts.contains(host) ? slowQueue.count : quickQueue.count
        return count < LookupTurns.queuedHostsMax
    }

    package mutating func add(_ host: String) {
        lastNumber += 1
        let turn = Turn(host: host, number: lastNumber)
        if slowHosts.contains(host) { slowQueue.append(turn) } else { quickQueue.append(turn) }
    }

    /// Nobody wants that lookup any more, and it has not begun.
    package mutating func remove(_ host: String) {
        quickQueue.removeAll { $0.host == host }
        slowQueue.removeAll { $0.host == host }
    }

    /// The host whose lookup begins now; nil if none waits, or only slow ones for which there is no room.
    package mutating func next() -> String? {
        let slow = slowLookups.count < slowAtOnceMax ? slowQueue.first : nil
        if let slow, slow.number < quickQueue.first?.number ?? .max {
            slowQueue.removeFirst()
            slowLookups.insert(slow.host)
            return slow.host
        }
        return quickQueue.isEmpty ? nil : quickQueue.removeFirst().host
    }

    /// A lookup that had begun is over.
    ///
    /// - Returns: whether a thread has to be woken: a slow host waits, and now there is room for it. The thread that
    ///   was woken when that host came may have found none.
    package mutating func ended(_ host: String, wasSlow: Bool) -> Bool {
        if wasSlow { addSlow(host) } else { slowHosts.remove(host) }
        let madeRoom = slowLookups.remove(host) != nil
        return madeRoom && !slowQueue.isEmpty
    }

    private mutating func addSlow(_ host: String) {
        if slowHosts.count >= LookupTurns.slowHostsMax, !slowHosts.contains(host), let any = slowHosts.first {
            slowHosts.remove(any)
        }
        slowHosts.insert(host)
    }
}
