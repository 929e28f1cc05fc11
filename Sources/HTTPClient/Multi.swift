import CCurl

/// A libcurl multi handle with its connections, closed once.
///
/// It is told which sockets are ready (curl_multi_socket_action(3)): curl_multi_perform looks at every transfer in each turn, so
/// that a hundred requests to servers that hang made each of the others take half as long again.
///
/// Used on the loop's thread alone, but for `wake`; whoever calls that holds a reference, so all of it is there then. That is
/// why it is Sendable.
@safe final class Multi: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    /// Borrowed by every connection until it is closed, the last ones in `deinit`.
    let connections: Connections
    /// Borrowed by the handle.
    private let sockets = SocketWatch()
    /// Those that were ready in the last look, until libcurl is told.
    private var ready: [SocketWatch.Ready] = []

    init(settings: ClientSettings, sharing shared: SharedConnections) {
        precondition(curlIsReady, "libcurl starts")
        guard let handle = unsafe curl_multi_init() else {
            preconditionFailure("libcurl has memory for a multi handle")
        }
        unsafe self.handle = unsafe handle
        connections = Connections(
            shared: shared, sockets: sockets,
            budget: ConnectionBudget(interval: settings.tlsConnectionInterval, burst: settings.tlsConnectionsBurst))
        check(
            unsafe curlshim_multi_set_socket_function(
                handle, Callbacks.socketWanted, Unmanaged.passUnretained(sockets).toOpaque()))
        // Never reached, see Connections.
        set(CURLMOPT_MAXCONNECTS, shared.keptMax + settings.connectionsMax)
        // Admission is ours: time in libcurl's own queue would count as time of the transfer.
        set(CURLMOPT_MAX_TOTAL_CONNECTIONS, 0)
        set(CURLMOPT_MAX_HOST_CONNECTIONS, 0)
        set(CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        set(CURLMOPT_MAX_CONCURRENT_STREAMS, OriginConnections.streamsMax)
    }

    deinit { check(unsafe curl_multi_cleanup(handle)) }

    func wake() { sockets.wake() }

    func add(_ transfer: Transfer) { check(unsafe curl_multi_add_handle(handle, transfer.easy)) }

    /// Ends the transfer, if it has not ended yet.
    func remove(_ transfer: Transfer) {
        check(unsafe curl_multi_remove_handle(handle, transfer.easy))
        transfer.wasRemoved()
    }

    /// Moves every transfer that is new, whose socket is ready or whose time has come as far as it goes without waiting.
    func perform() {
        for socket in ready { act(on: socket.descriptor, socket.events) }
        ready.removeAll(keepingCapacity: true)
        if timeoutMs == 0 { act(on: curlshim_timeout_socket(), 0) }
    }

    /// Waits for a socket, a timer of libcurl's, `wake`, or the timeout.
    func poll(timeoutMs: Int32) {
        let ownMs = self.timeoutMs
        let soonestMs = ownMs < 0 ? Int(timeoutMs) : min(Int(timeoutMs), ownMs)
        sockets.wait(timeoutMs: Int32(clamping: soonestMs)) { ready.append($0) }
    }

    /// Until libcurl wants to be called for a transfer that is new or whose time has come; -1 for never. Rounded up, never down to 0.
    private var timeoutMs: Int {
        var timeoutMs = 0
        check(unsafe curl_multi_timeout(handle, &timeoutMs))
        return timeoutMs
    }

    private func act(on socket: curl_socket_t, _ events: Int32) {
        var running: Int32 = 0
        check(unsafe curl_multi_socket_action(handle, socket, events, &running))
    }

    /// A transfer that has ended, still to be removed, and how; nil if there is none.
    func nextEnded() -> (transfer: Transfer, code: CURLcode)? {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(handle, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            return unsafe (Transfer.owner(of: easy), message.pointee.data.result)
        }
        return nil
    }

    private func set(_ option: CURLMoption, _ value: Int) {
        check(unsafe curlshim_multi_set_long(handle, option, value))
    }

    /// A multi handle fails only when it is misused or memory is out; neither is a peer's doing.
    private func check(_ code: CURLMcode) {
        guard code != CURLM_OK else { return }
        preconditionFailure(unsafe "libcurl works as its manual says: \(String(cString: curl_multi_strerror(code)))")
    }
}

/// Evaluated once in the process (curl_global_init(3)).
private let curlIsReady = curl_global_init(curlshim_global_default()) == CURLE_OK
