/// When a payment that is still open is asked about, so that nothing depends on notifications alone.
///
/// 1, 5 and 15 minutes, 1, 6 and 24 hours after it was made and when it expires, then daily while Alipay has it. A barcode
/// payment with an open outcome: every 5 s; from 30 s on each look also cancels it.
package enum CheckSchedule {
    private static let minuteMs: Int64 = 60_000
    private static let hourMs: Int64 = 3_600_000
    private static let dayMs: Int64 = 86_400_000

    static let offsetsMs: [Int64] = [minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 6 * hourMs, dayMs]
    /// After `expires_at`, or after a cancel was asked for, while it could not be closed.
    static let overdueMs: [Int64] = [minuteMs, 10 * minuteMs, hourMs, 6 * hourMs]
    static let barcodeStepMs: Int64 = 5000
    /// From here on a barcode payment whose outcome is open is canceled.
    package static let barcodeCancelMs: Int64 = 30_000
    static let barcodeFastMs: Int64 = 120_000

    /// The next time after `nowMs`; nil if there is nothing more to ask.
    ///
    /// - Parameter canQuery: whether Alipay can be asked about it; if not, only closing it in time is left.
    package static func next(_ payment: Payment, nowMs: Int64, canQuery: Bool) -> Int64? {
        switch payment.status {
        case .succeeded, .canceled, .expired: nil
        case .held, .shipped: canQuery ? later(payment, nowMs) : nil
        case .processing:
            if payment.isMadeByCall && payment.amountPaidMinor == nil {
                open(payment, nowMs, canQuery)
            } else {
                canQuery ? later(payment, nowMs) : nil
            }
        case .requiresAction: open(payment, nowMs, canQuery)
        }
    }

    /// Unpaid so far: it has to end at `expires_at`, one way or the other.
    private static func open(_ payment: Payment, _ nowMs: Int64, _ canQuery: Bool) -> Int64 {
        if payment.channel == .barcode { return barcode(payment, nowMs) }
        let offsets = canQuery ? offsetsMs.map { payment.createdAtMs + $0 } : []
        let times = offsets.filter { $0 < payment.expiresAtMs } + [payment.expiresAtMs]
        let nextMs = times.first { $0 > nowMs } ?? overdue(payment.expiresAtMs, nowMs)
        // A cancel whose outcome is open.
        return payment.cancelRequestedAtMs.map { min(nextMs, overdue($0, nowMs)) } ?? nextMs
    }

    private static func overdue(_ sinceMs: Int64, _ nowMs: Int64) -> Int64 {
        overdueMs.map { sinceMs + $0 }.first { $0 > nowMs } ?? daily(sinceMs, nowMs)
    }

    private static func barcode(_ payment: Payment, _ nowMs: Int64) -> Int64 {
        let age = max(nowMs - payment.createdAtMs, 0)
        guard age >= barcodeFastMs else { return payment.createdAtMs + (age / barcodeStepMs + 1) * barcodeStepMs }
        return overdue(payment.createdAtMs + barcodeFastMs, nowMs)
    }

    private static func later(_ payment: Payment, _ nowMs: Int64) -> Int64 {
        offsetsMs.map { payment.createdAtMs + $0 }.first { $0 > nowMs } ?? daily(payment.createdAtMs, nowMs)
    }

    private static func daily(_ sinceMs: Int64, _ nowMs: Int64) -> Int64 {
        sinceMs + ((nowMs - sinceMs) / dayMs + 1) * dayMs
    }
}
