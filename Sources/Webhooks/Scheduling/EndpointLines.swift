import Payments

/// An endpoint's three lines, and which of them is next.
struct EndpointLines: Sendable {
    /// Of twelve that are sent eight are live, three retries and one a replay, as long as there are such.
    private static let pattern: [Delivery.Lane] = [
        .live, .live, .retry, .live, .live, .live, .retry, .live, .live, .replay, .live, .retry,
    ]

    private var windows: InlineArray<3, LineWindow> = [LineWindow(), LineWindow(), LineWindow()]
    private var turn = 0
    /// Bytes that are loaded, by `LoadBudget.bytes`.
    var loadedBytes = 0

    subscript(lane: Delivery.Lane) -> LineWindow {
        _read { yield windows[lane.rawValue] }
        _modify { yield &windows[lane.rawValue] }
    }

    /// Whether something can be sent without a read.
    var isReady: Bool { !(windows[0].rows.isEmpty && windows[1].rows.isEmpty && windows[2].rows.isEmpty) }
    var loadedCount: Int { windows[0].loadedCount + windows[1].loadedCount + windows[2].loadedCount }
    var isReading: Bool { windows[0].isReading || windows[1].isReading || windows[2].isReading }
    var isWaiting: Bool { windows[0].isWaiting || windows[1].isWaiting || windows[2].isWaiting }
    var isIdle: Bool { windows[0].isIdle && windows[1].isIdle && windows[2].isIdle }

    /// The store has nothing of them.
    mutating func forgetWaiting() {
        for index in windows.indices { windows[index].forgetWaiting() }
    }

    /// - Parameter isProbe: a probe is live if it can be.
    mutating func popNext(isProbe: Bool) -> DueDelivery? {
        if !isProbe {
            let lane = EndpointLines.pattern[turn]
            turn = (turn + 1) % EndpointLines.pattern.count
            if let row = windows[lane.rawValue].popFirst() { return row }
        }
        for index in windows.indices {
            if let row = windows[index].popFirst() { return row }
        }
        return nil
    }
}
