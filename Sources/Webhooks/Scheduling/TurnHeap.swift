/// Things that wait for their turn, by the time that they have used; those with the same, in the order of their coming.
///
/// A thing is a number from 0; the caller keeps where each one stands, -1 for those that are not here.
struct TurnHeap: Sendable {
    private struct Entry {
        var time: Int64
        let stamp: Int
        let item: Int

        func isBefore(_ other: Entry) -> Bool { time == other.time ? stamp < other.stamp : time < other.time }
    }

    private var entries: [Entry] = []

    var first: Int? { entries.first?.item }
    var isEmpty: Bool { entries.isEmpty }

    mutating func insert(_ item: Int, time: Int64, stamp: Int, places: inout [Int]) {
        entries.append(Entry(time: time, stamp: stamp, item: item))
        places[item] = entries.count - 1
        rise(entries.count - 1, &places)
    }

    mutating func remove(_ item: Int, places: inout [Int]) {
        let place = places[item]
        places[item] = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        places[last.item] = place
        settle(place, &places)
    }

    mutating func update(_ item: Int, time: Int64, places: inout [Int]) {
        let place = places[item]
        entries[place].time = time
        settle(place, &places)
    }

    private mutating func settle(_ place: Int, _ places: inout [Int]) {
        rise(place, &places)
        sink(place, &places)
    }

    private mutating func rise(_ place: Int, _ places: inout [Int]) {
        var place = place
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place].isBefore(entries[parent]) else { return }
            swap(place, parent, &places)
            place = parent
        }
    }

    private mutating func sink(_ place: Int, _ places: inout [Int]) {
        var place = place
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < entries.count && entries[child].isBefore(entries[least]) {
                least = child
            }
            if least == place { return }
            swap(place, least, &places)
            place = least
        }
    }

    private mutating func swap(_ a: Int, _ b: Int, _ places: inout [Int]) {
        entries.swapAt(a, b)
        places[entries[a].item] = a
        places[entries[b].item] = b
    }
}
