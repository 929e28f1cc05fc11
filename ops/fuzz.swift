import Glibc

// The entry points of libFuzzer, for one target of Tests/AlipayTests/Fuzz; ops/fuzz compiles it.

private let target: FuzzTarget = {
    guard let name = unsafe getenv("PAYRELAY_FUZZ_TARGET"),
        let target = unsafe FuzzTarget(rawValue: String(cString: name))
    else { fatalError("PAYRELAY_FUZZ_TARGET names no target") }
    return target
}()

/// libFuzzer: LLVMFuzzerTestOneInput.
@c(LLVMFuzzerTestOneInput)
package func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let broken = target.broken(by: input)
    guard broken.isEmpty else { fatalError("\(broken): \(CorpusLine.encode(input))") }
    return 0
}
