import CCurl
import Glibc
import HTTP

extension Transfer {
    /// Whether another address may be tried: this one could not be connected to, and nothing was sent.
    func mayTryNextAddress(after code: CURLcode) -> Bool {
        !requestBegan && !refusedAddress
            && (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT || tunnelStatus >= 500)
    }

    /// What became of `load`. Told by what was decided here first, by libcurl's code after that.
    func outcome(_ code: CURLcode, of load: Load) -> Result<OutboundResponse, SendError> {
        if refusedAddress { return .failure(load.job.refusedDestination) }
        let address = load.addresses.first
        switch answer.stop {
        case .bodyTooLarge:
            return .failure(
                load.job.failure(.tooLarge, "The body of \(load.host) is larger than the limit.", address: address))
        case .headersTooLarge:
            return .failure(
                load.job.failure(.malformed, "The headers of \(load.host) are too many or too large.", address: address)
            )
        case .bodyCut: return response(of: load)
        case nil: break
        }
        guard code == CURLE_OK else {
            let (code, message) = reason(code, of: load)
            return .failure(load.job.failure(code, message, address: address))
        }
        // libcurl takes headers that break off for whole ones.
        guard answer.headersEnded else {
            return .failure(load.job.failure(.reset, "The connection to \(load.host) broke.", address: address))
        }
        return response(of: load)
    }

    private func response(of load: Load) -> Result<OutboundResponse, SendError> {
        guard let headers = answer.headers(), (200...599).contains(status) else {
            return .failure(
                load.job.failure(.malformed, "The answer of \(load.host) is not HTTP.", address: load.addresses.first))
        }
        let body = answer.takeBody()
        // The pinned one: `Callbacks.beforeRequest` saw to it, or the proxy that was asked for it.
        let address = load.addresses.first?.description ?? ""
        // libcurl completes no https transfer whose certificate or name did not verify, on a new connection or on one
        // in its pool: all of ours are made with verification.
        return .success(
            OutboundResponse(
                status: status, headers: headers, body: body.bytes, truncated: body.truncated,
                address: address, verifiedTLS: load.destination.scheme == .https, duration: load.job.elapsed))
    }

    private func reason(_ code: CURLcode, of load: Load) -> (SendError.Code, String) {
        let host = load.host
        if load.proxyAddress != nil, !requestBegan, let message = proxyRefusal(of: host) { return (.connect, message) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return (
                .timeout,
                requestBegan ? "\(host) did not answer in time." : "\(host) could not be connected to in time."
            )
        case CURLE_COULDNT_CONNECT where socketError == EMFILE || socketError == ENFILE:
            return (.busy, "\(host) could not be connected to: this process has too many open files.")
        case CURLE_COULDNT_CONNECT:
            return (.connect, "\(host) could not be connected to: \(connectDetail).")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
            return (.tls, "TLS with \(host) failed: \(errorDetail)")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return (.malformed, "The answer of \(host) is not HTTP.")
        case CURLE_OUT_OF_MEMORY where requestBegan && !answer.headersEnded:
            // So says libcurl of a header line above its own limit of 100 KB.
            return (.malformed, "The headers of \(host) are too many or too large.")
        case CURLE_URL_MALFORMAT:
            return (.url, "The URL cannot be read.")
        case CURLE_GOT_NOTHING:
            return (.reset, "\(host) closed the connection without an answer.")
        default:
            return unknown(host, load.destination.scheme)
        }
    }

    /// nil if the proxy opened the tunnel, or did not answer at all.
    private func proxyRefusal(of host: String) -> String? {
        let status = tunnelStatus
        guard status != 0, !(200...299).contains(status) else { return nil }
        return "The egress proxy did not open the way to \(host): it answered \(status)."
    }

    /// Whatever else there is: what counts is whether the peer may have acted.
    private func unknown(_ host: String, _ scheme: Destination.Scheme) -> (SendError.Code, String) {
        if requestBegan { return (.reset, "The connection to \(host) broke.") }
        return scheme == .https
            ? (.tls, "TLS with \(host) failed: \(errorDetail)") : (.connect, "\(host) could not be connected to.")
    }

    private var connectDetail: String {
        switch systemError {
        case ECONNREFUSED: "connection refused"
        case ENETUNREACH, EHOSTUNREACH: "no route"
        case ENOENT where usesUnixSocket: "there is no such socket"
        case EACCES where usesUnixSocket: "permission denied"
        default: "no connection"
        }
    }
}

extension Transfer.Load {
    fileprivate var host: String { destination.host }
}

extension Job {
    /// The same words for every reason and without the address: a stranger shall learn nothing from it.
    var refusedDestination: SendError { failure(.refusedDestination, "The destination is not allowed.") }
    var outOfTurn: SendError {
        failure(.busy, "The request did not get its turn in time; nothing was sent.")
    }
    var proxyUnknown: SendError { failure(.connect, "The egress proxy's name has no address; nothing was sent.") }
    var canceled: SendError { failure(.canceled, "This process is shutting down.") }
}
