import Gateway
import Tenants

extension Problem {
    /// Alipay said no.
    ///
    /// - Parameter what: what it was asked, as in "Alipay refused the query".
    static func refused(_ what: String, code: String) -> Problem {
        var problem = Problem(.providerRefused, "Alipay refused \(what): \(code)")
        problem.provider = ProviderCode(code)
        return problem
    }

    /// What Alipay has done is not known.
    ///
    /// - Parameters:
    ///   - why: in words, for an answer that was no use; what the network said stays in the log.
    ///   - timedOut: whether there was no answer at all.
    static func unknownOutcome(_ why: String, timedOut: Bool) -> Problem {
        timedOut
            ? Problem(.providerTimeout, "Alipay did not answer in time")
            : Problem(.providerInvalidAnswer, "Alipay's answer proves nothing: \(why)")
    }

    /// The same, with what Alipay said, if it said anything.
    func with(providerCode code: String?) -> Problem {
        guard let code, !code.isEmpty else { return self }
        var problem = self
        problem.provider = ProviderCode(code)
        return problem
    }

    /// A field has a character that cannot be written to Alipay.
    static func unwritable(_ field: String, _ scalar: Unicode.Scalar, _ tenant: Tenant) -> Problem {
        .invalid([FieldError("/\(field)", UnwritableText.detail(field, scalar, tenant))])
    }

    /// The store did not keep it. The call may have reached Alipay, which takes the same call again.
    static let notKept = {
        var problem = Problem(.unavailable, "the service cannot keep this now; the same call again is safe")
        problem.leavesOutcomeOpen = true
        return problem
    }()
}
