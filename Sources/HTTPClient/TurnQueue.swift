/// Ids in the order of their turn, which is ascending. Who takes one out elsewhere leaves its id here, to be passed over.
struct TurnQueue {
    /// From `head` on.
    private var ids: [UInt64] = []
    private var head = 0
    private static let unusedMax = 1024

    mutating func append(_ id: UInt64) {
        if head > TurnQueue.unusedMax, head * 2 > ids.count {
            ids.removeFirst(head)
            head = 0
        }
        ids.append(id)
    }

    mutating func removeFirst() -> UInt64? {
        guard head < ids.count else {
            removeAll()
            return nil
        }
        defer { head += 1 }
        return ids[head]
    }

    /// Removes ids from the front up to this one: ids ascend.
    mutating func removeFirst(through id: UInt64) {
        while head < ids.count, ids[head] <= id { head += 1 }
    }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        head = 0
    }
}
