/// One cell of Alipay's own table for a notification that fails: whether the signature (SIGN) was equal, and what
/// `notify_verify` said about its `notify_id` (comments of `verifyNotify` in Alipay's demo).
package enum FailureCell: String, Sendable, CaseIterable {
    case equalTrue = "equal_true"
    case equalFalse = "equal_false"
    case equalInvalid = "equal_invalid"
    case equalNone = "equal_none"
    case differsTrue = "differs_true"
    case differsFalse = "differs_false"
    case differsInvalid = "differs_invalid"
    case differsNone = "differs_none"

    /// - Parameter answer: nil if there was none; one that cannot be read counts as none.
    package init(signEqual: Bool, _ answer: NotifyVerify.Answer?) {
        switch answer {
        case .true: self = signEqual ? .equalTrue : .differsTrue
        case .false: self = signEqual ? .equalFalse : .differsFalse
        case .invalid: self = signEqual ? .equalInvalid : .differsInvalid
        case .unreadable, nil: self = signEqual ? .equalNone : .differsNone
        }
    }

    /// What it means and what to do, in words for the operator.
    package var advice: String {
        switch self {
        case .equalTrue:
            "SIGN equal, notify_verify true: Alipay sent this message and nothing changed it. Nothing to do."
        case .equalFalse:
            "SIGN equal, notify_verify false: the notify_id is older than a minute, was answered success before, or somebody else holds the key. Alipay's trade query decides; if this repeats for messages that are new, change the key."
        case .equalInvalid:
            "SIGN equal, notify_verify invalid: the partner in the request is not the one that the message was sent to, or the notify_id did not reach Alipay unchanged. Check the tenant's partner."
        case .equalNone:
            "SIGN equal, notify_verify without a usable answer: the fault lies between this machine and Alipay. Check DNS, the way out, TLS and gateway_url; Alipay repeats the message."
        case .differsTrue:
            "SIGN not equal, notify_verify true: Alipay sent this message, and what was checked is not what it signed. The key is not this partner's, or something on the way changes the body; the diagnosis names the change if it is a usual one."
        case .differsFalse:
            "SIGN not equal, notify_verify false: forged, or too old to tell. Nothing to do for a single one; many at once are an attack or a tenant with a wrong key."
        case .differsInvalid:
            "SIGN not equal, notify_verify invalid: the message is not for this partner, or forged. Check that the notify_url and the partner belong to the same tenant."
        case .differsNone:
            "SIGN not equal, notify_verify without a usable answer, or not asked: nothing is known about the message. Check the key first, then the way out to Alipay."
        }
    }
}
