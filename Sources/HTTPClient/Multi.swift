import CCurl

/// A libcurl multi handle with its connections, closed once.
///
/// Used on the loop's thread alone, but for `wake`, which libcurl allows on any (curl_multi_wakeup(3)); whoever calls
/// `wake` holds a reference, so the handle is open then. That is why it is Sendable.
@safe final class Multi: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    /// Borrowed by every connection until it is closed, the last ones in `deinit`.
    let connections: Connections

    init(settings: ClientSettings, sharing shared: SharedConnections) {
        precondition(curlIsReady, "libcurl starts")
        guard let handle = unsafe curl_multi_init() else {
            preconditionFailure("libcurl has memory for a multi handle")
        }
        unsafe self.handle = unsafe handle
        connections = Connections(
            shared: shared,
            budget: ConnectionBudget(interval: settings.tlsConnectionInterval, burst: settings.tlsConnectionsBurst))
        // Never reached, see Connections.
        set(CURLMOPT_MAXCONNECTS, shared.keptMax + settings.connectionsMax)
        // Admission is ours: time in libcurl's own queue would count as time of the transfer.
        set(CURLMOPT_MAX_TOTAL_CONNECTIONS, 0)
        set(CURLMOPT_MAX_HOST_CONNECTIONS, 0)
        set(CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        set(CURLMOPT_MAX_CONCURRENT_STREAMS, OriginConnections.streamsMax)
    }

    deinit { check(unsafe curl_multi_cleanup(handle)) }

    func wake() { check(unsafe curl_multi_wakeup(handle)) }

    func add(_ transfer: Transfer) { check(unsafe curl_multi_add_handle(handle, transfer.easy)) }

    /// Ends the transfer, if it has not ended yet.
    func remove(_ transfer: Transfer) { check(unsafe curl_multi_remove_handle(handle, transfer.easy)) }

    /// Moves every transfer on as far as it goes without waiting.
    func perform() {
        var running: Int32 = 0
        check(unsafe curl_multi_perform(handle, &running))
    }

    /// Waits for a socket, a timer of libcurl's, `wake`, or the timeout.
    func poll(timeoutMs: Int32) {
        check(unsafe curl_multi_poll(handle, nil, 0, timeoutMs, nil))
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
