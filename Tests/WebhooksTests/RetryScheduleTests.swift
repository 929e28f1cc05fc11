import Testing
import Webhooks

struct RetryScheduleTests {
    @Test func `the default is fourteen tries over 71 h 52 min 35 s`() {
        #expect(RetrySchedule.payments.tries == 14)
        #expect(RetrySchedule.payments.delaysMs.reduce(0, +) == 258_755_000)
        #expect(RetrySchedule.payments.delaysMs.prefix(5) == [0, 5_000, 30_000, 120_000, 300_000])
    }

    @Test func `the presets are those of Standard Webhooks and of Alipay`() {
        #expect(RetrySchedule.standard.tries == 10)
        #expect(RetrySchedule.standard.delaysMs.reduce(0, +) == 272_105_000)
        #expect(
            RetrySchedule.alipay.delaysMs == [
                0, 240_000, 600_000, 600_000, 3_600_000, 7_200_000, 21_600_000, 54_000_000,
            ])
    }

    @Test(arguments: [(0.0, Int64(4_000)), (0.5, 5_000), (0.75, 5_500), (0.999_999, 6_000)])
    func `jitter moves a delay by up to a fifth either way`(jitter: Double, expected: Int64) {
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 1, jitter: jitter) == expected)
    }

    @Test(arguments: [(0, 0.0, Int64(5_000)), (0, 0.999_999, 5_000), (50, 0.0, 2_500), (50, 0.999_999, 7_500)])
    func `a schedule has a jitter of its own, from none to a half`(percent: Int, jitter: Double, expected: Int64) {
        let schedule = RetrySchedule.payments.with(jitterPercent: percent)
        #expect(schedule.nextDelayMs(afterAttempt: 1, jitter: jitter) == expected)
        #expect(schedule.delaysMs == RetrySchedule.payments.delaysMs)
        #expect(schedule != .payments)
    }

    @Test func `every schedule has a fifth of jitter until it is told otherwise`() throws {
        let own = try RetrySchedule(delaysMs: [0, 1_000])
        #expect([.payments, .standard, .alipay, own].map(\.jitterPercent) == [20, 20, 20, 20])
        #expect(own.with(jitterPercent: 20) == own)
    }

    @Test func `after the last try there is none`() {
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 13, jitter: 0.5) == 86_400_000)
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 14, jitter: 0.5) == nil)
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 14, jitter: 0.5, retryAfter: 60_000) == nil)
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 400, jitter: 0.5) == nil)
        #expect(RetrySchedule.payments.nextDelayMs(afterAttempt: 0, jitter: 0.5) == nil)
    }

    @Test(arguments: [
        // Sooner than scheduled: the schedule holds.
        (1, Int64(1_000), Int64(5_000)),
        (1, 60_000, 60_000),
        // Up to an hour where the schedule is short, and no more.
        (1, 3_600_000, 3_600_000),
        (1, 3_600_001, 3_600_000),
        // Up to twice the scheduled time where that is more than an hour: the ninth try comes after 2 h.
        (8, 14_400_000, 14_400_000),
        (8, 14_400_001, 14_400_000),
    ])
    func `Retry-After counts from the scheduled time to twice that or an hour`(
        attempt: Int, asked: Int64, expected: Int64
    ) {
        #expect(
            RetrySchedule.payments.nextDelayMs(afterAttempt: attempt, jitter: 0.5, retryAfter: asked) == expected)
    }

    @Test func `a list of one's own has 1 to 30 delays of 1 s to 24 h`() throws {
        #expect(try RetrySchedule(delaysMs: [0, 1_000, 86_400_000]).tries == 3)
        #expect(try RetrySchedule(delaysMs: [0]).nextDelayMs(afterAttempt: 1, jitter: 0) == nil)
        #expect(try RetrySchedule(delaysMs: [Int64](repeating: 1_000, count: 30)).tries == 30)
        for (bad, index) in [
            ([], nil), ([0, 999], 1), ([-1], 0), ([86_400_001], 0), ([0, 1_000, 86_400_001], 2),
            ([Int64](repeating: 1_000, count: 31), nil),
        ] as [([Int64], Int?)] {
            let error = #expect(throws: RetryScheduleError.self) { try RetrySchedule(delaysMs: bad) }
            #expect(error?.index == index)
        }
    }

    /// 2015-10-21T07:28:00Z.
    private static let nowMs: Int64 = 1_445_412_480_000

    @Test(arguments: [
        ("120", Int64(120_000)),
        ("0", 0),
        ("999999999999999999", 2_592_000_000),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30_000),
        ("Wed, 21 Oct 2015 07:27:30 GMT", 0),
    ])
    func `Retry-After is seconds or a date`(value: String, expected: Int64) {
        #expect(RetryAfter.delayMs(value, nowMs: Self.nowMs) == expected)
    }

    @Test(arguments: [
        "", "-1", "1.5", " 5", "soon", "9999999999999999999", "Wed, 21 Oct 2015 07:28:30",
        "Wed, 21 Oct 2015 25:28:30 GMT",
        "Wed, 32 Oct 2015 07:28:30 GMT", "Wed 21 Oct 2015 07:28:30 GMT ", "Wednesday, 21-Oct-15 07:28:30 GMT",
    ])
    func `Retry-After of another form is passed over`(value: String) {
        #expect(RetryAfter.delayMs(value, nowMs: Self.nowMs) == nil)
    }
}
