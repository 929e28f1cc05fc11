/// A dictionary that holds at most `capacity` values; one more puts out the one that came first.
package struct BoundedMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    /// Keys by age, from `head` on.
    private var order: [Key] = []
    private var head = 0
    private let capacity: Int

    /// - Precondition: room for one value at least.
    package init(capacity: Int) {
        precondition(capacity > 0, "a map with no room")
        self.capacity = capacity
    }

    package var count: Int { values.count }

    package subscript(key: Key) -> Value? { values[key] }

    /// Adds a value, or changes it in its place; what had to go is returned.
    @discardableResult
    package mutating func put(_ key: Key, _ value: Value) -> Value? {
        if values.updateValue(value, forKey: key) != nil { return nil }
        order.append(key)
        guard values.count > capacity else { return nil }
        let oldest = order[head]
        head += 1
        if head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
        return values.removeValue(forKey: oldest)
    }

    /// Changes the value under a key in place; nil if there is none.
    package mutating func change<Result, Failure: Error>(
        _ key: Key, _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard var value = values[key] else { return nil }
        let result = try body(&value)
        values[key] = value
        return result
    }

    /// At most `limit` values that `isWanted`, the last that came first.
    package func newest(_ limit: Int, where isWanted: (Value) -> Bool = { _ in true }) -> [Value] {
        var found: [Value] = []
        for key in order[head...].reversed() where found.count < limit {
            if let value = values[key], isWanted(value) { found.append(value) }
        }
        return found
    }
}
