import Alipay
import Payments
import Tenants

// What the journal keeps of a message with a good signature.

extension Intake {
    /// Whether whoever holds a copy of the signed message can make as many of these rows as they like.
    func isOneOfMany(_ verdict: Verdict, _ turn: JournalTurn) -> Bool {
        guard replayOf == nil else { return false }
        switch verdict {
        case .repeat: return true
        // Genuine, and to be run once more when what was wrong here is repaired. But Alipay signs for all partners with one RSA
        // key: there whoever has an account with it has as many of these as they like.
        case .wrongSeller, .unknownPayment, .charset:
            return tenant.contract.keys.signType == .rsa || turn.isCopy(message.signature)
        // They settle their notify_id, and the next is a repeat; but an ambiguous message has none.
        case .unchanged, .stale, .unsupported: return message.isAmbiguous
        case .amountMismatch, .notConfirmed, .confirmRefused, .confirmUnreachable, .unsettled, .malformed,
            .badSignature:
            return turn.isCopy(message.signature)
        case .applied: return false
        }
    }

    /// A message that could be cut in another way settles no `notify_id`: it may be another message's. A repeat's body stands in
    /// the row of the first.
    func row(
        _ settled: Settled, _ evidence: Evidence, isOneOfMany: Bool, standsFor: Int
    ) -> Notification {
        let refused = !settled.verdict.answersSuccess
        return Notification(
            id: house.identifiers.make(.notification, nowMs: receivedAtMs), tenant: tenant.id,
            payment: settled.payment, notifyID: message.isAmbiguous ? "" : message.notifyID,
            notifyType: message.notifyType,
            providerStatus: message.providerStatus, verdict: settled.verdict,
            explanation: settled.explanation + Triage.sampling(standsFor),
            failureCell: refused ? Triage.cellText(signEqual: true, evidence.cell) : nil, receivedAtMs: receivedAtMs,
            replayOf: replayOf,
            body: settled.verdict == .repeat
                ? [] : isOneOfMany ? Array(body.prefix(RefusalBudget.bodyBytesKept)) : body
        )
    }
}
