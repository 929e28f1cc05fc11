import Payments

/// Which endpoints are held, as far as it was told to operators.
struct EndpointHolds: Sendable {
    /// An endpoint whose deliveries are kept back from now on, or no more, or for another reason.
    struct Change: Sendable {
        let key: EndpointKey
        let before: EndpointHold.Reason?
        let now: EndpointHold?
    }

    private struct Known {
        let revision: Int64
        let hold: EndpointHold?
    }

    private var known: [EndpointKey: Known] = [:]

    /// What an earlier process left; whoever had to be told was told by it.
    ///
    /// - Returns: those that are new here.
    mutating func load(_ states: [EndpointState]) -> [EndpointState] {
        let new = states.filter { known[$0.key] == nil }
        for state in new { known[state.key] = Known(revision: state.revision, hold: state.hold) }
        return new
    }

    /// Nil if nothing changed but the details.
    mutating func saw(_ state: EndpointState) -> Change? {
        let before = known[state.key]
        if let before, before.revision >= state.revision { return nil }
        known[state.key] = Known(revision: state.revision, hold: state.hold)
        guard before?.hold?.reason != state.hold?.reason else { return nil }
        return Change(key: state.key, before: before?.hold?.reason, now: state.hold)
    }
}
