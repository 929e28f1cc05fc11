import Dispatch

/// Nanoseconds of CLOCK_MONOTONIC, the clock of `sink.c` and `floor.c`.
var monotonicNs: UInt64 { DispatchTime.now().uptimeNanoseconds }

/// Lets this thread do nothing for a while.
func pause(ms: Int) {
    let nobody = DispatchSemaphore(value: 0)
    _ = nobody.wait(timeout: .now() + .milliseconds(ms))
}
