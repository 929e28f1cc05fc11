import Diagnostics
import HTTP

/// Which request may be on the wire: one that has a slot, and a connection that is free or leave to open one.
///
/// Plain http needs no leave: opening costs a round trip and no work of ours. A request that waits for leave holds no
/// slot, and one that waits for a slot no leave, so that neither holds up those who need only the other.
extension Loop {
    /// Begins the request, or has it wait its turn.
    func admit(_ load: Transfer.Load, to origin: OriginConnections) {
        let needsToken = needsToken(origin)
        guard !needsToken || multi.connections.budget.take(at: .now) else { return delay(load, to: origin) }
        // Those who wait for a slot already came before.
        guard room.readyCount == 0, takeSlot() else {
            if needsToken { multi.connections.budget.giveBack() }
            multi.connections.dropIfUnused(origin)
            return room.addReady(load)
        }
        begin(load, to: origin, holdsToken: needsToken)
    }

    /// A request has left the wire: its slot may be another's, and its connection.
    func left(_ origin: OriginConnections) {
        origin.busyCount -= 1
        if slots.giveBack(from: number) { gotSlot() }
        while origin.waitingCount > 0, origin.isOneFree, takeSlot() {
            guard let load = room.takeUnconnected(to: origin) else {
                slotsInHand += 1
                break
            }
            begin(load, to: origin, holdsToken: false)
        }
        multi.connections.dropIfUnused(origin)
        admitWaiting()
    }

    /// Begins those whose turn it is, as far as slots and tokens go.
    func admitWaiting() {
        admitUnconnected()
        admitReady()
        giveBackSlots()
    }

    /// When the next of those who wait for leave will have it; nil if nobody does, or if it is slots that are missing.
    var nextConnectionAt: ContinuousClock.Instant? {
        room.unconnectedCount > 0 && !waitsForSlot ? multi.connections.budget.nextToken(from: .now) : nil
    }

    func gotSlot() {
        waitsForSlot = false
        slotsInHand += 1
    }

    /// Slots that nothing was begun in are another loop's, or nobody's.
    func giveBackSlots() {
        while slotsInHand > 0 {
            slotsInHand -= 1
            // In line once at most, and with a slot in hand for nothing.
            while slots.giveBack(from: number) { waitsForSlot = false }
        }
    }

    /// Carries the load to the first of its addresses.
    func carry(_ load: Transfer.Load, on transfer: Transfer, to origin: OriginConnections, holdsToken: Bool) {
        let remainingMs = max(load.job.remainingMs, 1)
        // An address that swallows packets leaves time for those after it.
        let connectMs = min(settings.connectTimeoutMs, max(remainingMs / load.addresses.count, 1))
        transfer.begin(load, to: origin, holdsToken: holdsToken, timeoutMs: remainingMs, connectTimeoutMs: connectMs)
        multi.add(transfer)
    }

    private func begin(_ load: Transfer.Load, to origin: OriginConnections, holdsToken: Bool) {
        origin.busyCount += 1
        carry(load, on: freeTransfer(), to: origin, holdsToken: holdsToken)
    }

    /// There are no more loads than slots, and as many transfers as were ever needed at once.
    private func freeTransfer() -> Transfer {
        if let slot = idleTransfers.popLast() { return transfers[slot] }
        let transfer = Transfer(
            slot: transfers.count, settings: settings, connections: multi.connections, metrics: metrics)
        transfers.append(transfer)
        return transfer
    }

    private func needsToken(_ origin: OriginConnections) -> Bool {
        origin.origin.scheme == .https && !origin.isOneFree
    }

    private func delay(_ load: Transfer.Load, to origin: OriginConnections) {
        metrics.delayedConnections.increment()
        room.addUnconnected(load, origin)
    }

    private func takeSlot() -> Bool {
        if slotsInHand > 0 {
            slotsInHand -= 1
            return true
        }
        waitsForSlot = !slots.take(for: number)
        return !waitsForSlot
    }

    private func admitUnconnected() {
        while room.unconnectedCount > 0, multi.connections.budget.take(at: .now) {
            guard takeSlot() else { return multi.connections.budget.giveBack() }
            guard let (load, origin) = room.takeUnconnected() else {
                slotsInHand += 1
                return multi.connections.budget.giveBack()
            }
            begin(load, to: origin, holdsToken: true)
        }
    }

    private func admitReady() {
        while room.readyCount > 0, takeSlot() {
            let load = room.takeReady()
            let origin = load.map { multi.connections.of($0.destination.origin) }
            guard let load, let origin else { return slotsInHand += 1 }
            let needsToken = needsToken(origin)
            if !needsToken || multi.connections.budget.take(at: .now) {
                begin(load, to: origin, holdsToken: needsToken)
            } else {
                slotsInHand += 1
                delay(load, to: origin)
            }
        }
    }
}
