/// Large values by their numbers, from 0. Unlike an array's, its elements are looked at where they are, without a copy.
struct Table<Element: Sendable>: Sendable {
    private var elements: [Element] = []

    var indices: Range<Int> { elements.indices }
    var count: Int { elements.count }

    subscript(index: Int) -> Element {
        _read { yield elements.span[index] }
        _modify { yield &elements[index] }
    }

    mutating func append(_ element: Element) { elements.append(element) }
}
