import Diagnostics
import Testing

struct LogPaceTests {
    @Test func `a subject has a line a minute, with how often it was since the last`() {
        let pace = LogPace()
        #expect(pace.take("ash", nowMs: 1_000) == 1)
        for nowMs in [1_000, 1_001, 60_999] as [Int64] { #expect(pace.take("ash", nowMs: nowMs) == nil) }
        #expect(pace.take("birch", nowMs: 60_999) == 1)
        #expect(pace.take("ash", nowMs: 61_000) == 4)
        #expect(pace.take("ash", nowMs: 121_000) == 1)
    }

    @Test func `a clock that was set back silences nobody`() {
        let pace = LogPace()
        #expect(pace.take("ash", nowMs: 1_000_000) == 1)
        #expect(pace.take("ash", nowMs: 10) == 1)
        #expect(pace.take("ash", nowMs: 11) == nil)
    }
}
