package import Alipay
package import HTTP

/// Alipay's own failure table, in words: whether the signature was equal, and what `notify_verify` said.
package enum Triage {
    package static func signedRow(_ answer: Result<NotifyVerify.Answer, SendError>) -> String {
        switch answer {
        case .success(.true): "SIGN equal, notify_verify true"
        case .success(.false):
            "SIGN equal, notify_verify false: the notify_id is older than a minute, was answered success before, or somebody else holds the key"
        case .success(.invalid):
            "SIGN equal, notify_verify invalid: check the tenant's partner; the notify_id must reach Alipay unchanged"
        case .success(.unreadable): "SIGN equal, notify_verify gave no usable answer: check gateway_url"
        case .failure(let error):
            "SIGN equal, notify_verify no answer (\(error.code.rawValue)): check this machine's way out to Alipay"
        }
    }

    package static func unsignedRow(_ answer: Result<NotifyVerify.Answer, SendError>) -> String {
        switch answer {
        case .success(.true):
            "notify_verify true: Alipay did send it, so the tenant's key is not the partner's, or something on the way changes the body"
        case .success(.false): "notify_verify false: forged, or too old to tell"
        case .success(.invalid): "notify_verify invalid: check the tenant's partner"
        case .success(.unreadable): "notify_verify gave no usable answer"
        case .failure(let error): "notify_verify no answer (\(error.code.rawValue))"
        }
    }

    /// The end of the explanation of a row that stands for others.
    static func sampling(_ standsFor: Int) -> String {
        standsFor > 1 ? "; a sample: \(standsFor) such messages came since the row before it, this one included" : ""
    }

    /// The cell of the table that a message falls in.
    static func cell(signEqual: Bool, _ answer: Result<NotifyVerify.Answer, SendError>) -> FailureCell {
        switch answer {
        case .success(.true): signEqual ? .equalTrue : .differsTrue
        case .success(.false): signEqual ? .equalFalse : .differsFalse
        case .success(.invalid): signEqual ? .equalInvalid : .differsInvalid
        case .success(.unreadable), .failure: signEqual ? .equalNone : .differsNone
        }
    }

    /// As the journal keeps it; where Alipay was not asked, the half that is known.
    static func cellText(signEqual: Bool, _ cell: FailureCell?) -> String {
        cell?.rawValue ?? (signEqual ? "equal_unasked" : "differs_unasked")
    }
}
