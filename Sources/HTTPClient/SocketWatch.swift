import CCurl
import CLinux
import Glibc
import Platform

/// Which sockets libcurl waits for, and which of them are ready (epoll(7)). On the loop's thread only, but for `wake`.
///
/// libcurl gives a kept connection's socket up with each answer and takes it again with the next request. So a socket stays
/// watched until something is seen on it that nobody waits for, or until it is closed, which ends the watching by itself;
/// what changes and changes back within a turn costs nothing.
final class SocketWatch {
    struct Ready {
        let descriptor: Int32
        /// CURL_CSELECT_IN and CURL_CSELECT_OUT.
        let events: Int32
    }

    /// One socket, by its descriptor.
    private struct Watched {
        /// What libcurl waits for, as epoll's bits; 0 for nothing.
        var wanted: UInt32 = 0
        /// What the kernel was told.
        var told: UInt32 = 0
        var isChanged = false
    }

    private let epoll: Int32
    /// An eventfd (eventfd(2)).
    private let wakeDescriptor: Int32
    /// Descriptors are small numbers.
    private var sockets: [Watched] = []
    private var changed: [Int32] = []
    private var found: [shim_epoll_ready]

    /// Sockets that one look tells; the others come with the next.
    private static let readyMax = 512

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        found = Array(repeating: shim_epoll_ready(), count: SocketWatch.readyMax)
        let isSet = shim_epoll_set(epoll, EPOLL_CTL_ADD, wakeDescriptor, EPOLLIN.rawValue) == 0
        precondition(isSet, "the system has descriptors for an HTTP client: \(unsafe String(cString: strerror(errno)))")
    }

    deinit {
        close(wakeDescriptor)
        close(epoll)
    }

    /// Ends a wait, or the next one, at once. From any thread.
    func wake() { _ = eventfd_write(wakeDescriptor, 1) }

    /// - Parameter what: libcurl's word for it (CURLMOPT_SOCKETFUNCTION(3)).
    func want(_ what: Int32, of descriptor: Int32) {
        while sockets.count <= Int(descriptor) { sockets.append(Watched()) }
        sockets[Int(descriptor)].wanted = SocketWatch.bits(what)
        guard !sockets[Int(descriptor)].isChanged else { return }
        sockets[Int(descriptor)].isChanged = true
        changed.append(descriptor)
    }

    /// The socket is about to be closed, or was; its number may come again.
    func forget(_ descriptor: Int32) {
        guard Int(descriptor) < sockets.count else { return }
        sockets[Int(descriptor)].wanted = 0
        sockets[Int(descriptor)].told = 0
    }

    /// Waits until a socket is ready, somebody wakes, or the time is over.
    ///
    /// - Parameter ready: is told of each socket that is.
    func wait(timeoutMs: Int32, _ ready: (Ready) -> Void) {
        tellChanges()
        let count = unsafe shim_epoll_wait(epoll, &found, Int32(found.count), timeoutMs)
        // EINTR is the only failure that these arguments allow, and then there is just nothing ready yet.
        for place in 0..<max(Int(count), 0) { look(at: found[place], ready) }
    }

    private func look(at place: shim_epoll_ready, _ ready: (Ready) -> Void) {
        if place.descriptor == wakeDescriptor {
            var count: eventfd_t = 0
            _ = unsafe eventfd_read(wakeDescriptor, &count)
            return
        }
        let wanted = sockets[Int(place.descriptor)].wanted
        guard wanted != 0 else { return tell(0, place.descriptor) }
        // An error shows itself to whoever reads or writes.
        let failed = place.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 ? 0 : wanted
        let seen = (place.events | failed) & wanted
        var events: Int32 = 0
        if seen & EPOLLIN.rawValue != 0 { events |= CURL_CSELECT_IN }
        if seen & EPOLLOUT.rawValue != 0 { events |= CURL_CSELECT_OUT }
        ready(Ready(descriptor: place.descriptor, events: events))
    }

    private func tellChanges() {
        for descriptor in changed {
            sockets[Int(descriptor)].isChanged = false
            let socket = sockets[Int(descriptor)]
            if socket.wanted != 0, socket.wanted != socket.told { tell(socket.wanted, descriptor) }
        }
        changed.removeAll(keepingCapacity: true)
    }

    private func tell(_ bits: UInt32, _ descriptor: Int32) {
        let told = sockets[Int(descriptor)].told
        sockets[Int(descriptor)].told = bits
        let operation = bits == 0 ? EPOLL_CTL_DEL : told == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        if shim_epoll_set(epoll, operation, descriptor, bits) == 0 { return }
        // libcurl closes what never became a connection by itself, and may say so later, or when the number has come again.
        sockets[Int(descriptor)].told = 0
        if bits == 0 || errno == EBADF { return }
        if errno == ENOENT, shim_epoll_set(epoll, EPOLL_CTL_ADD, descriptor, bits) == 0 {
            sockets[Int(descriptor)].told = bits
            return
        }
        preconditionFailure("a socket can be watched: \(unsafe String(cString: strerror(errno)))")
    }

    private static func bits(_ what: Int32) -> UInt32 {
        switch what {
        case CURL_POLL_IN: EPOLLIN.rawValue
        case CURL_POLL_OUT: EPOLLOUT.rawValue
        case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: 0
        }
    }
}
