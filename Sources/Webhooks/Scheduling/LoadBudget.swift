import Payments

/// How much memory loaded deliveries take, all endpoints together.
struct LoadBudget: Sendable {
    /// What a delivery takes beside its event's body.
    private static let rowBytes = 512
    /// An endpoint may load as long as it has no more than this part of what is free beyond what reading needs, so that many
    /// slow ones leave room for others whatever their number (dynamic thresholds, as in the shared buffers of switches).
    private static let endpointPart = 4
    /// Nothing is read while less than this part is free.
    private static let readingPart = 16

    let bytesMax: Int
    private(set) var bytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    static func bytes(_ due: DueDelivery) -> Int { rowBytes + due.event.body.count }

    var mayRead: Bool { bytesMax - bytes >= readingBytes }

    private var readingBytes: Int { bytesMax / LoadBudget.readingPart }

    /// - Parameter loaded: what its endpoint has loaded.
    func admits(_ size: Int, beside loaded: Int) -> Bool {
        let free = bytesMax - bytes
        return size <= free && (loaded == 0 || loaded + size <= (free - readingBytes) / LoadBudget.endpointPart)
    }

    mutating func add(_ size: Int) { bytes += size }
    mutating func remove(_ size: Int) { bytes -= size }
}
