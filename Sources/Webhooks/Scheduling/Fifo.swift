/// A queue that lets go of what was taken from it.
struct Fifo<Element: Sendable>: Sendable {
    /// An array that is larger than this is given up when it is empty.
    private static var keptCapacity: Int { 16 }

    private var items: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: Element? { isEmpty ? nil : items[head] }

    mutating func append(_ element: Element) { items.append(element) }

    mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        let element = items[head].take()
        head += 1
        if head == items.count {
            reset()
        } else if head >= Fifo.keptCapacity, head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Takes all, in their order.
    mutating func removeAll() -> [Element] {
        defer { reset() }
        return items.dropFirst(head).compactMap(\.self)
    }

    func forEach(_ body: (Element) -> Void) {
        for item in items.dropFirst(head) { item.map(body) }
    }

    private mutating func reset() {
        items.removeAll(keepingCapacity: items.capacity <= Fifo.keptCapacity)
        head = 0
    }
}
