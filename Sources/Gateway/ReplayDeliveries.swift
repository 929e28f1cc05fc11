import Diagnostics
package import Payments
import Webhooks

/// Has the deliveries of a time sent again, in the background.
package struct ReplayDeliveries: Sendable {
    /// Replays of one tenant that may be under way at a time.
    package static let openMax = 10

    package enum Outcome: Sendable {
        case begun(Replay)
        /// Nothing matched, so nothing is stored.
        case nothing
        /// More than `Replay.matchesMax` match; a sentence.
        case tooMany(String)
        /// The tenant has `openMax` under way; a sentence.
        case tooManyOpen(String)
        /// Another of the tenant's is being counted; a sentence.
        case counting(String)
        case unavailable(StoreError)
    }

    private let house: House
    private let worker: DeliveryWorker

    init(_ house: House, worker: DeliveryWorker) {
        self.house = house
        self.worker = worker
    }

    /// The same, whose log lines carry the request's id.
    package func asked(by requestID: String) -> ReplayDeliveries {
        ReplayDeliveries(house.logging(with: house.logger.with(["request_id": .text(requestID)])), worker: worker)
    }

    /// - Parameter with: what is kept in the transaction that stores the replay.
    package func run(
        _ filter: ReplayFilter,
        with: @escaping @Sendable (Replay, any StoreTransaction) throws(StoreError) -> Void = { _, _ in }
    ) async -> Outcome {
        let nowMs = house.clock.nowMs
        let limit = Replay.matchesMax + 1
        do {
            // The count takes its time, which the writer need not wait for, and nobody gets without need; there are few
            // readers, and no tenant has more than one of them counting.
            let slot = "\(filter.tenant) replays"
            guard house.callSlots.take(slot, max: 1) else { return .counting(ReplayDeliveries.counting) }
            defer { house.callSlots.give(slot) }
            let matched: Int? = try await house.store.read { reader throws(StoreError) in
                guard try ReplayDeliveries.mayBegin(filter, reader) else { return nil }
                return try reader.replayableCount(filter, nowMs: nowMs, limit: limit)
            }
            guard let matched else { return .tooManyOpen(ReplayDeliveries.tooManyOpen) }
            if matched == 0 { return .nothing }
            if matched > Replay.matchesMax { return .tooMany(ReplayDeliveries.tooMany) }
            let replay = Replay(
                id: house.identifiers.make(.replay, nowMs: nowMs), filter: filter, matched: matched, createdAtMs: nowMs)
            let isStored = try await house.store.write { transaction throws(StoreError) in
                guard try ReplayDeliveries.mayBegin(filter, transaction) else { return false }
                try transaction.insert(replay)
                try with(replay, transaction)
                return true
            }
            guard isStored else { return .tooManyOpen(ReplayDeliveries.tooManyOpen) }
            note(replay)
            return .begun(replay)
        } catch { return .unavailable(error) }
    }

    private static func mayBegin(_ filter: ReplayFilter, _ reader: any DeliveryReader) throws(StoreError) -> Bool {
        try reader.openReplays().count { $0.filter.tenant == filter.tenant } < openMax
    }

    private static let tooMany =
        "there are more than \(Replay.matchesMax) deliveries between since and until; replay them in shorter spans of time"
    private static let tooManyOpen =
        "\(openMax) replays are under way; the next can begin when one of them has ended"

    private static let counting = "another replay of yours is being counted"

    private func note(_ replay: Replay) {
        house.logger.info(
            "replay begun",
            [
                "tenant": .text(replay.filter.tenant), "replay": .text(replay.id),
                "deliveries": .number(Int64(replay.matched)),
                "since_ms": .number(replay.filter.sinceMs), "until_ms": .number(replay.filter.untilMs),
            ])
        worker.replaysAdded()
    }
}
