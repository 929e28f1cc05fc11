import CLinux
import Glibc
import Synchronization

/// A thread of ours, for C calls that block: never the cooperative pool, never a concurrent queue.
///
/// Every start must have a bounded count at its caller. Letting go of an `OwnThread` does not end the thread; it goes on
/// by itself until its body returns.
package final class OwnThread: Sendable {
    /// Enough for SQLite, libcurl and libxml2 with room to spare; glibc's default of 8 MiB is address space we do not need.
    package static let stackBytes = 1 << 20
    /// Linux keeps 16 bytes of a thread's name, the last of them zero.
    package static let nameBytesMax = 15

    /// Nil once joined.
    private let handle: Mutex<pthread_t?>

    private init(_ handle: pthread_t) {
        self.handle = Mutex(handle)
    }

    /// Runs `body` once, on a new thread.
    ///
    /// - Parameter name: what `top -H` and a core dump show; cut to ``nameBytesMax`` bytes, between characters.
    package static func start(name: String, _ body: @escaping @Sendable () -> Void) -> OwnThread {
        var attributes = pthread_attr_t()
        check(unsafe pthread_attr_init(&attributes), "pthread_attr_init")
        check(unsafe pthread_attr_setstacksize(&attributes, stackBytes), "pthread_attr_setstacksize")
        // Balanced by takeRetainedValue in `runStart`, which runs exactly once when pthread_create succeeds.
        let start = Start(name: fitting(name), body: body)
        let context = unsafe Unmanaged.passRetained(start).toOpaque()
        var handle = pthread_t()
        check(unsafe pthread_create(&handle, &attributes, runStart, context), "pthread_create")
        check(unsafe pthread_attr_destroy(&attributes), "pthread_attr_destroy")
        return OwnThread(handle)
    }

    /// Waits until the body has returned. Any thread but this one may call it, and as often as it likes.
    package func join() {
        handle.withLock { handle in
            guard let joinable = handle else { return }
            Self.check(pthread_join(joinable, nil), "pthread_join")
            handle = nil
        }
    }

    deinit {
        handle.withLock { handle in
            guard let running = handle else { return }
            Self.check(pthread_detach(running), "pthread_detach")
        }
    }

    private static func fitting(_ name: String) -> String {
        var cut = name
        while cut.utf8.count > nameBytesMax { cut.removeLast() }
        return cut
    }

    /// These calls fail only for a bug here or when the machine has no thread left to give, and then nothing sane can go on.
    fileprivate static func check(_ code: Int32, _ call: StaticString) {
        precondition(code == 0, "\(call) failed with errno \(code)")
    }
}

/// What a new thread is handed.
private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// The first function of a new thread; a free one, because the compiler of Swift 6.3.1 crashes on a closure in its place.
private func runStart(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { preconditionFailure("pthread_create lost its context") }
    let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    OwnThread.check(unsafe pthread_setname_np(pthread_self(), start.name), "pthread_setname_np")
    start.body()
    return nil
}
