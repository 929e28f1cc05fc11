import CMimalloc

/// Where the memory of the whole process comes from.
///
/// mimalloc stands before libc in the order of linking, so that malloc(3) and free(3) are its own, for Swift and for every
/// C library. What one thread fills and another lets go of, as requests and answers are, costs it less than glibc's.
package enum Allocator {
    /// "mimalloc 2.0.9"; "other" where something takes malloc's place once more, as a sanitizer does.
    package static let name: String = isMimalloc ? "mimalloc \(version)" : "other"

    private static var isMimalloc: Bool {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
        defer { unsafe memory.deallocate() }
        return unsafe mi_is_in_heap_region(memory)
    }

    /// mimalloc.h: 209 is 2.0.9.
    private static var version: String {
        let number = mi_version()
        return "\(number / 100).\(number / 10 % 10).\(number % 10)"
    }
}
