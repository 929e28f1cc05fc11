import CMicrohttpd
import Diagnostics
import HTTP

/// One libmicrohttpd daemon in external epoll mode: it has no thread and does nothing but in ``run()``.
///
/// Internal epoll mode is never used: in 0.9.75 it waits without end, while work is at hand, whenever exactly k x 128 connections
/// are ready at once.
@safe struct Daemon: ~Copyable {
    private let handle: OpaquePointer
    /// Readable when a socket is.
    let epollDescriptor: Int32

    /// TLS 1.2 and 1.3 with at least 128 bits (GnuTLS priority strings).
    private static let priorities = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

    /// Takes over `socket`, also when it throws.
    ///
    /// - Parameter loop: hears every callback. It owns the daemon, so it outlives every callback.
    init(socket: ListenSocket, settings: ListenerSettings, loop: Loop) throws(HTTPServerError) {
        var options = unsafe shim_mhd_options()
        unsafe options.flags = Daemon.flags(tls: settings.tls != nil)
        unsafe options.listen_socket = socket.descriptor
        // One more than we serve: the accept callback must see the connection that it refuses.
        unsafe options.connections_max = UInt32(settings.limits.connectionsMax + Limits.closingMax) + 1
        unsafe options.connection_memory_bytes = settings.limits.connectionMemoryBytes
        unsafe options.context = Unmanaged.passUnretained(loop).toOpaque()
        unsafe options.accept = accepted
        unsafe options.connection = connectionChanged
        unsafe options.uri = uriCame
        unsafe options.unescape = leaveEscaped
        unsafe options.access = accessed
        unsafe options.completed = completed
        let started = unsafe Daemon.start(options, settings.tls)
        guard let started = unsafe started else {
            let code: HTTPServerError.Code = settings.tls == nil ? .resources : .tls
            let reason =
                settings.tls == nil
                ? "libmicrohttpd did not start"
                : "tls.certificate and tls.key do not belong together, or are no PEM, or the key has a passphrase"
            throw HTTPServerError(code: code, message: "listen: \(settings.point): \(reason)")
        }
        unsafe handle = started
        epollDescriptor = unsafe shim_mhd_epoll_fd(started)
    }

    /// Ends every connection. None may be suspended.
    deinit { unsafe MHD_stop_daemon(handle) }

    /// Does what is ready, without waiting.
    ///
    /// - Returns: whether there is more to do at once.
    func run() -> Bool {
        let ran = unsafe MHD_run(handle)
        precondition(ran == .YES, "MHD_run is refused only to a daemon with threads of its own")
        // Without timeouts of its own the library either has work at hand, with timeout 0, or none.
        var timeoutMs: UInt64 = 0
        return unsafe MHD_get_timeout(handle, &timeoutMs) == .YES && timeoutMs == 0
    }

    /// Stops accepting. The caller closes the listening socket.
    func quiesce() {
        _ = unsafe MHD_quiesce_daemon(handle)
    }

    func suspend(_ connection: Connection) {
        unsafe MHD_suspend_connection(connection.handle)
    }

    /// Takes effect in the next ``run()``.
    func resume(_ connection: Connection) {
        unsafe MHD_resume_connection(connection.handle)
    }

    /// Turbo saves two system calls for each connection; under TLS it would also save the closing alert.
    private static func flags(tls: Bool) -> UInt32 {
        let plain = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        return plain | (tls ? MHD_USE_TLS.rawValue : MHD_USE_TURBO.rawValue)
    }

    /// The texts are read while the daemon starts and not after (MHD_TLS_init).
    private static func start(_ options: shim_mhd_options, _ tls: TLSFiles?) -> OpaquePointer? {
        var options = unsafe options
        guard let tls else { return unsafe shim_mhd_start(&options) }
        let certificate = tls.certificateChain.map { CChar(bitPattern: $0) } + [0]
        let key = tls.key.reveal().map { CChar(bitPattern: $0) } + [0]
        return unsafe certificate.withUnsafeBufferPointer { certificate in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe priorities.withCString { priorities in
                    unsafe options.certificate = certificate.baseAddress
                    unsafe options.key = key.baseAddress
                    unsafe options.priorities = priorities
                    return unsafe shim_mhd_start(&options)
                }
            }
        }
    }
}
