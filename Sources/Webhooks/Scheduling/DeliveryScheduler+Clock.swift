import Payments

/// A wall clock that is set back.
extension DeliveryScheduler {
    /// A clock that goes back by no more was put right, or threads that looked at it came in another order.
    private static let correctionMsMax: Int64 = 2_000

    /// The beginning of every step.
    mutating func noteTime(_ nowMs: Int64) {
        let stepMs = latestMs - nowMs
        if stepMs > DeliveryScheduler.correctionMsMax {
            latestMs = nowMs
            clockWasSetBack(byMs: stepMs)
        } else {
            latestMs = max(latestMs, nowMs)
        }
    }

    /// Everything that was decided here moves with the clock: it has as long left as it had in the last step, and what
    /// happened is as old as it was then.
    ///
    /// What stands in the store stays as it is: a retry that was planned for a moment of the wall clock comes at that
    /// moment. A survey looks at once when the next ones fall due.
    private mutating func clockWasSetBack(byMs ms: Int64) {
        dueTimes.clockWasSetBack(byMs: ms)
        flights.clockWasSetBack(byMs: ms)
        slots.clockWasSetBack(byMs: ms)
        readsPausedUntilMs = readsPausedUntilMs.map { $0 - ms }
        for endpoint in endpoints.indices {
            let state = endpoints[endpoint].clockWasSetBack(byMs: ms)
            if let state { actions.append(.keep(state)) }
        }
        if surveyAtMs != nil {
            surveyAtMs = nil
            actions.append(.survey)
        }
        // Who is to wake us was told the old time.
        armedAtMs = nil
    }
}
