/// Memory of a statement's own, in which the texts and bytes of one round lie one behind the other.
///
/// SQLite would make a copy of each by itself, with an allocation for each. What is bound points in here, so nothing is written
/// while a round runs, and the statement outlives what it has bound.
@safe
struct KeptValues: ~Copyable {
    private var room: UnsafeMutableRawBufferPointer
    private var used = 0

    /// A round with more is left to SQLite's copies, so that one large body is not kept for ever.
    private static let bytesMax = 16_384

    init() { unsafe room = UnsafeMutableRawBufferPointer(start: nil, count: 0) }

    deinit { unsafe room.deallocate() }

    /// Forgets what was kept, and makes room for all of these.
    ///
    /// - Returns: false if they are too large.
    mutating func makeRoom(for values: [Value]) -> Bool {
        var count = 1
        for value in values {
            switch value {
            case .text(let text): count += text.utf8.count
            case .bytes(let bytes): count += bytes.count
            case .null, .integer, .real: break
            }
        }
        guard count <= KeptValues.bytesMax else { return false }
        used = 0
        if unsafe count > room.count {
            unsafe room.deallocate()
            unsafe room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 2 * room.count), alignment: 1)
        }
        return true
    }

    /// - Returns: where they lie, until the next ``makeRoom(for:)``; never a null pointer, which SQLite takes for NULL.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        unsafe precondition(bytes.count <= room.count - used, "room was made for less")
        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: room[used..<(used + bytes.count)])
        unsafe place.copyMemory(from: bytes)
        used += bytes.count
        return UnsafeRawBufferPointer(place)
    }
}
