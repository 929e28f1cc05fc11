import Synchronization

/// All batches of refunds, by partner and number; at most `batchesMax`, the oldest goes first.
final class RefundBook: Sendable {
    static let batchesMax = 20_000

    struct Key: Hashable, Sendable {
        let partner: String
        let batchNo: String
    }

    fileprivate struct State {
        var batches = BoundedMap<Key, SimulatedRefund>(capacity: RefundBook.batchesMax)
        /// Trades with a refund in progress.
        var locked: Set<String> = []
        /// Batches that somebody is carrying out just now.
        var underWay: Set<Key> = []
    }

    private let state = Mutex(State())

    subscript(partner: String, batchNo: String) -> SimulatedRefund? {
        state.withLock { $0.batches[Key(partner: partner, batchNo: batchNo)] }
    }

    func newest(_ limit: Int, where isWanted: (SimulatedRefund) -> Bool = { _ in true }) -> [SimulatedRefund] {
        state.withLock { $0.batches.newest(limit, where: isWanted) }
    }

    /// Keeps a batch that is new, and locks its trades if it is in progress.
    ///
    /// - Throws: DUPLICATE_BATCH_NO for a number that was used, ever; BATCH_REFUND_LOCK_ERROR.
    func add(_ batch: SimulatedRefund) throws(GatewayError) {
        try state.withLock { state throws(GatewayError) in
            let key = Key(partner: batch.partner, batchNo: batch.batchNo)
            guard state.batches[key] == nil else {
                throw GatewayError(.duplicateBatchNo, "the partner has used this batch_no before")
            }
            if batch.state == .inProgress { try state.lock(batch) }
            if let gone = state.batches.put(key, batch), gone.state == .inProgress { state.unlock(gone) }
        }
    }

    /// The batch, for whoever carries it out; nil if it is done or somebody else does.
    ///
    /// - Throws: BATCH_REFUND_LOCK_ERROR, when it was not in progress before.
    func begin(partner: String, batchNo: String) throws(GatewayError) -> SimulatedRefund? {
        try state.withLock { state throws(GatewayError) -> SimulatedRefund? in
            let key = Key(partner: partner, batchNo: batchNo)
            guard var batch = state.batches[key], batch.state != .done, !state.underWay.contains(key) else {
                return nil
            }
            if batch.state == .waitingForSeller {
                try state.lock(batch)
                batch.state = .inProgress
                state.batches.put(key, batch)
            }
            state.underWay.insert(key)
            return batch
        }
    }

    /// The batch with its results; its trades are free again.
    func finish(_ batch: SimulatedRefund, results: [String]) -> SimulatedRefund {
        state.withLock { state in
            var done = batch
            for (index, result) in results.enumerated() { done.items[index].result = result }
            done.state = .done
            let key = Key(partner: batch.partner, batchNo: batch.batchNo)
            state.batches.put(key, done)
            state.underWay.remove(key)
            state.unlock(done)
            return done
        }
    }

    /// Whether a refund of the trade is in progress.
    func isLocked(_ tradeNo: String) -> Bool { state.withLock { $0.locked.contains(tradeNo) } }
}

extension RefundBook.State {
    fileprivate mutating func lock(_ batch: SimulatedRefund) throws(GatewayError) {
        let trades = batch.items.map(\.tradeNo)
        guard locked.isDisjoint(with: trades) else {
            throw GatewayError(.batchRefundLockError, "a refund of one of these trades is in progress")
        }
        locked.formUnion(trades)
    }

    fileprivate mutating func unlock(_ batch: SimulatedRefund) {
        for item in batch.items { locked.remove(item.tradeNo) }
    }
}
