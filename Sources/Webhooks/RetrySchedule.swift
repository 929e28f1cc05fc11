/// When a delivery is tried: the time before each try, counted from the end of the one before.
package struct RetrySchedule: Sendable, Hashable {
    package static let triesMax = 30
    package static let delayMsMax: Int64 = 24 * hour
    /// Between two tries.
    package static let delayMsMin: Int64 = second
    /// How far jitter moves a delay, either way, in percent of it.
    package static let jitterPercentDefault = 20
    package static let jitterPercentRange = 0...50
    /// `Retry-After` is obeyed up to this, or up to twice the scheduled delay where that is more.
    package static let retryAfterMsMax: Int64 = hour

    /// No try is planned further ahead: twice the longest delay, which chance makes longer by half.
    package static let aheadMsMax: Int64 = 72 * hour

    private static let second: Int64 = 1000
    private static let minute: Int64 = 60 * second
    private static let hour: Int64 = 60 * minute

    /// 0 s, 5 s, 30 s, 2 min, 5 min, 15 min, 30 min, 1 h, 2 h, 4 h, 8 h, 12 h, 20 h, 24 h: 14 tries, 71 h 52 min 35 s in all.
    package static let payments = RetrySchedule(unchecked: [
        0, 5 * second, 30 * second, 2 * minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour,
        8 * hour, 12 * hour, 20 * hour, 24 * hour,
    ])
    /// The example of Standard Webhooks 1.0.0: 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: 10 tries, 75 h 35 min
    /// 5 s in all.
    package static let standard = RetrySchedule(unchecked: [
        0, 5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour,
    ])
    /// As Alipay repeats its own notifications: 0 s, 4 min, 10 min, 10 min, 1 h, 2 h, 6 h, 15 h: 8 tries, 24 h 24 min in all.
    package static let alipay = RetrySchedule(unchecked: [
        0, 4 * minute, 10 * minute, 10 * minute, hour, 2 * hour, 6 * hour, 15 * hour,
    ])

    /// Milliseconds; the first from the event, each other from the end of the try before. 1 to 30 of them.
    package let delaysMs: [Int64]
    /// How far chance moves each delay but the first, either way; 0 to 50.
    package let jitterPercent: Int

    /// - Throws: `RetryScheduleError` unless there are 1 to 30 delays, the first from 0 and the others from 1 s, up to 24 h.
    package init(delaysMs: [Int64]) throws(RetryScheduleError) {
        guard (1...RetrySchedule.triesMax).contains(delaysMs.count) else {
            throw RetryScheduleError(index: nil, message: "a schedule has 1 to \(RetrySchedule.triesMax) tries")
        }
        for (index, delay) in delaysMs.enumerated() {
            let least = index == 0 ? 0 : RetrySchedule.delayMsMin
            guard (least...RetrySchedule.delayMsMax).contains(delay) else {
                let from = index == 0 ? "the first delay is 0s to 24h" : "a delay between two tries is 1s to 24h"
                throw RetryScheduleError(index: index, message: from)
            }
        }
        self.init(unchecked: delaysMs)
    }

    private init(unchecked delaysMs: [Int64], jitterPercent: Int = RetrySchedule.jitterPercentDefault) {
        self.delaysMs = delaysMs
        self.jitterPercent = jitterPercent
    }

    /// The same times with another jitter.
    ///
    /// - Precondition: 0 to 50.
    package func with(jitterPercent: Int) -> RetrySchedule {
        precondition(RetrySchedule.jitterPercentRange.contains(jitterPercent), "jitter is 0 to 50 percent")
        return RetrySchedule(unchecked: delaysMs, jitterPercent: jitterPercent)
    }

    /// How many tries a delivery has.
    package var tries: Int { delaysMs.count }

    /// From the event to the first try; no jitter.
    package var firstDelayMs: Int64 { delaysMs[0] }

    /// The time to the next try, or nil after the last one.
    ///
    /// - Parameters:
    ///   - attempt: how many tries were made, from 1.
    ///   - jitter: 0..<1; 0.5 gives the delay as it stands in the schedule.
    ///   - retryAfter: milliseconds that the receiver asked to be left alone for (`Retry-After` with 429 or 503).
    package func nextDelayMs(afterAttempt attempt: Int, jitter: Double, retryAfter: Int64? = nil) -> Int64? {
        guard attempt >= 1, attempt < delaysMs.count else { return nil }
        let share = 1 + Double(jitterPercent) / 100 * (2 * jitter - 1)
        let scheduled = Int64((Double(delaysMs[attempt]) * share).rounded())
        guard let retryAfter else { return scheduled }
        return min(max(retryAfter, scheduled), max(2 * scheduled, RetrySchedule.retryAfterMsMax))
    }
}

/// Why a list of delays is no schedule.
package struct RetryScheduleError: Error, Sendable, Hashable {
    /// The delay at fault, from 0; nil if it is the list as a whole.
    package let index: Int?
    package let message: String
}
