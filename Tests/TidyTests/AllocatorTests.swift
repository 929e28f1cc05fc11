import Platform
import Testing

@Suite struct AllocatorTests {
    /// A library that is linked before it, or a linker that drops what nothing seems to need, would leave malloc to glibc.
    @Test func `memory comes from mimalloc, and the log can say so`() {
        #expect(Allocator.name.wholeMatch(of: /mimalloc [0-9]\.[0-9]\.[0-9]/) != nil, "\(Allocator.name)")
    }
}
