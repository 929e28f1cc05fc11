/// What Alipay has said of one refund.
package enum RefundReport: Sendable, Hashable {
    /// The request was taken; the result comes later.
    case accepted
    /// The money has gone back.
    case succeeded
    /// Alipay's code: it will not be done.
    case failed(code: String)
    /// Another refund of the trade is being carried out: the same request again, later.
    case locked(code: String)
    /// Alipay knows of no such refund (`REFUND_NOT_EXIST`).
    case notFound
    /// Nothing that proves anything; why, in words, and Alipay's code if it gave one.
    case unknown(why: String, code: String?)
}

/// What a report did to a refund.
package enum RefundTransition: Sendable, Hashable {
    /// It is settled now; `from` is what it was.
    case settled(from: Refund.Status)
    /// Still open.
    case open
    /// It says what was known.
    case unchanged
}

extension Refund {
    /// How long after the last look the next one follows: 10 s, 30 s, 2 min, 10 min, 1 h, then every 6 h.
    package static let checkDelaysMs: [Int64] = [10_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000]
    /// Not found so often in a row, over so long, is what it takes to call a refund failed without Alipay's word.
    package static let notFoundTimes = 3
    package static let notFoundSpanMs: Int64 = 86_400_000

    /// Moves the refund along.
    ///
    /// A settled refund stays as it is, but for one: what was given up as failed and has gone back after all did succeed.
    ///
    /// - Parameter countsNotFound: whether `notFound` says something: not while the request may still be sent or opened.
    package mutating func apply(
        _ report: RefundReport, nowMs: Int64, countsNotFound: Bool = true
    ) -> RefundTransition {
        let before = status
        switch (before, report) {
        case (.succeeded, _): return .unchanged
        case (.failed, .succeeded): succeed(nowMs)
        case (.failed, _): return .unchanged
        case (_, .succeeded): succeed(nowMs)
        case (_, .failed(let code)): fail(code, "Alipay refused the refund: \(code)", nowMs)
        case (_, .accepted):
            wait(.pending, code: nil, error: nil, nowMs)
            forgetNotFound()
        case (_, .locked(let code)):
            wait(.pending, code: code, error: "another refund of this trade is being carried out", nowMs)
            forgetNotFound()
        case (_, .unknown(let why, let code)): wait(.unknown, code: code, error: why, nowMs)
        case (_, .notFound):
            if countsNotFound {
                notFoundCount += 1
                firstNotFoundAtMs = firstNotFoundAtMs ?? nowMs
            }
            wait(before, code: providerCode, error: lastError?.message, nowMs)
        }
        return status.isOpen ? .open : .settled(from: before)
    }

    /// Whether it may be called failed, if the trade's refunds are what they were when it was made.
    package func mayBeGivenUp(nowMs: Int64) -> Bool {
        guard status.isOpen, notFoundCount >= Refund.notFoundTimes, let first = firstNotFoundAtMs else { return false }
        return nowMs - first >= Refund.notFoundSpanMs
    }

    /// Settles a refund that Alipay does not know, after the trade showed that nothing went back. One that was settled
    /// while the trade was asked about stays as it is.
    package mutating func giveUp(nowMs: Int64) -> RefundTransition {
        let before = status
        guard before.isOpen else { return .unchanged }
        fail("REFUND_NOT_EXIST", "Alipay has no such refund, and nothing went back", nowMs)
        return .settled(from: before)
    }

    /// What stood in the way before, in Alipay's code or our words, did not.
    private mutating func succeed(_ nowMs: Int64) {
        status = .succeeded
        providerCode = nil
        lastError = nil
        checkAtMs = nil
        updatedAtMs = nowMs
    }

    private mutating func fail(_ code: String, _ why: String, _ nowMs: Int64) {
        status = .failed
        providerCode = code
        lastError = LastError(code: Refund.refusedCode, message: why, atMs: nowMs)
        checkAtMs = nil
        updatedAtMs = nowMs
    }

    private mutating func wait(_ status: Status, code: String?, error: String?, _ nowMs: Int64) {
        if status != self.status || error != lastError?.message { updatedAtMs = nowMs }
        self.status = status
        providerCode = code ?? providerCode
        if error != lastError?.message {
            lastError = error.map { LastError(code: Refund.openCode, message: $0, atMs: nowMs) }
        }
        checkAtMs = nowMs + Refund.checkDelaysMs[min(checkCount, Refund.checkDelaysMs.count - 1)]
        checkCount += 1
    }

    private mutating func forgetNotFound() {
        notFoundCount = 0
        firstNotFoundAtMs = nil
    }

    package static let refusedCode = "provider_refused"
    package static let openCode = "outcome_open"
}
