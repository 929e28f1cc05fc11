import CCurl
import Diagnostics
import HTTP

/// One easy handle and what it is carrying; used again and again, on the loop's thread only.
@safe final class Transfer {
    /// What to carry, and over which address.
    struct Load {
        let job: Job
        let destination: Destination
        /// All checked; the one in use is first.
        var addresses: ArraySlice<IPAddress>
        /// The egress proxy's, if there is one.
        let proxyAddress: IPAddress?
    }

    /// Where the loop keeps it.
    let slot: Int
    let easy: UnsafeMutableRawPointer
    var load: Load?
    var answer: AnswerCollector
    /// The connections to where the load goes; nil between loads.
    private(set) var origin: OriginConnections?
    /// Whether a token was taken for a connection that is not open yet.
    private(set) var holdsToken = false
    /// Sockets opened for the load: 0 if it went over a connection that was there.
    private(set) var openedCount = 0
    /// Those of them that are not connected yet.
    private var connecting: [OpenedSocket] = []
    /// The address that may be dialled, the proxy's if there is one, in 16 bytes, IPv4 as `::ffff:a.b.c.d`.
    var pinned: SixteenBytes = (0, 0)
    /// Whether the connection stood and the request began to be written: the peer may have acted on it.
    private(set) var requestBegan = false
    /// Whether a connection to another address than the pinned one was prevented.
    var refusedAddress = false
    /// Why it has no socket, errno(3); 0 if that is not why it ended. CURLINFO_OS_ERRNO does not tell.
    var socketError: Int32 = 0

    /// Whether it dials a file, and no address.
    let usesUnixSocket: Bool

    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private let connections: Connections
    private let metrics: OutboundMetrics
    private let proxyPort: UInt16

    init(slot: Int, settings: ClientSettings, connections: Connections, metrics: OutboundMetrics) {
        guard let easy = unsafe curl_easy_init() else { preconditionFailure("libcurl has memory for a transfer") }
        self.slot = slot
        self.connections = connections
        self.metrics = metrics
        proxyPort = settings.proxy?.port ?? 0
        usesUnixSocket = settings.unixSocket != nil
        unsafe self.easy = unsafe easy
        answer = AnswerCollector(settings)
        unsafe errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setConstants(settings)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerList)
        unsafe curl_slist_free_all(connectList)
        unsafe errorText.deallocate()
    }

    /// The transfer that owns an easy handle.
    static func owner(of easy: UnsafeMutableRawPointer) -> Transfer {
        var pointer: UnsafeMutableRawPointer?
        let code = unsafe curlshim_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
        guard code == CURLE_OK, let pointer = unsafe pointer else {
            preconditionFailure("every easy handle has an owner")
        }
        return unsafe Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Gets ready to carry `load` to its first address.
    ///
    /// - Parameter holdsToken: whether a token was taken for the connection that this will open.
    func begin(_ load: Load, to origin: OriginConnections, holdsToken: Bool, timeoutMs: Int, connectTimeoutMs: Int) {
        guard let address = load.addresses.first else { preconditionFailure("a load has an address") }
        self.load = load
        self.origin = origin
        self.holdsToken = holdsToken
        openedCount = 0
        answer.begin(load.job.request.bodyLimit)
        requestBegan = false
        refusedAddress = false
        socketError = 0
        unsafe errorText.pointee = 0
        pinned = sixteenBytes(of: load.proxyAddress ?? address)
        setDestination(load.destination, address)
        if let proxy = load.proxyAddress { setText(CURLOPT_PROXY, EgressProxy.url(proxy, port: proxyPort)) }
        setRequest(load.job.request)
        set(CURLOPT_FORBID_REUSE, 0)
        set(CURLOPT_TIMEOUT_MS, timeoutMs)
        set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeoutMs)
    }

    /// A socket was opened for this transfer; with too many of them it is closed afterwards.
    func opened(_ descriptor: Int32) {
        guard let origin else { preconditionFailure("libcurl opens a socket for a transfer that has begun") }
        let (socket, mayBeKept) = connections.opened(descriptor, to: origin)
        connecting.append(socket)
        if !mayBeKept { set(CURLOPT_FORBID_REUSE, 1) }
        openedCount += 1
        metrics.newConnections.increment()
        if holdsToken {
            holdsToken = false
        } else if origin.origin.scheme == .https {
            connections.budget.charge(at: .now)
        }
    }

    /// The connection stands, perhaps since an earlier request, and nothing is written yet.
    func connected() {
        requestBegan = true
        connecting = []
    }

    /// It is not libcurl's any more: what was not connected is closed.
    func wasRemoved() {
        for socket in connecting { connections.gaveUp(socket) }
        connecting = []
    }

    /// Drops the request's bytes.
    func end() {
        if holdsToken { connections.budget.giveBack() }
        holdsToken = false
        origin = nil
        load = nil
        setText(CURLOPT_COPYPOSTFIELDS, nil)
        setHeaders(nil)
    }

    /// What libcurl has to say about a failure, as printable ASCII; empty if nothing.
    var errorDetail: String {
        let text = unsafe String(cString: errorText)
        return String(decoding: text.utf8.prefix(200).filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
    }

    var status: Int { number(CURLINFO_RESPONSE_CODE) }
    var systemError: Int32 { Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO)) }

    /// What the proxy answered to CONNECT; 0 if that is not known.
    var tunnelStatus: Int { number(CURLINFO_HTTP_CONNECTCODE) }
    var isHTTP2: Bool { number(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0) }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        let code = unsafe curlshim_get_long(easy, info, &value)
        return code == CURLE_OK ? value : 0
    }

    // MARK: Options

    private func setDestination(_ destination: Destination, _ address: IPAddress) {
        setText(CURLOPT_URL, destination.url)
        // For every host and port (both empty): dial this address. Name, SNI and certificate check stay the URL's.
        let dial = address.isIPv4 ? "\(address)" : "[\(address)]"
        let list = unsafe curl_slist_append(nil, "::\(dial):\(destination.port)")
        guard let list = unsafe list else { preconditionFailure("libcurl has memory for a list") }
        check(unsafe curlshim_set_list(easy, CURLOPT_CONNECT_TO, list), CURLOPT_CONNECT_TO)
        unsafe curl_slist_free_all(connectList)
        unsafe connectList = unsafe list
    }

    private func setRequest(_ request: OutboundRequest) {
        set(CURLOPT_HTTPGET, 1)
        setText(CURLOPT_CUSTOMREQUEST, nil)
        switch request.method {
        case .get where request.body.isEmpty: break
        case .head: set(CURLOPT_NOBODY, 1)
        case .post: setBody(request.body)
        default:
            let hasBody = !request.body.isEmpty || request.method == .put
            if hasBody { setBody(request.body) }
            setText(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        setHeaders(request)
    }

    /// libcurl copies the body, so that it lives as long as the transfer whatever becomes of the request.
    private func setBody(_ body: [UInt8]) {
        set(CURLOPT_POST, 1)
        check(
            unsafe curlshim_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)),
            CURLOPT_POSTFIELDSIZE_LARGE)
        let code = unsafe body.withUnsafeBytes { bytes in
            // An empty array has no address, and none means "no copy" to libcurl.
            unsafe curlshim_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorText))
        }
        check(code, CURLOPT_COPYPOSTFIELDS)
    }

    private func setHeaders(_ request: OutboundRequest?) {
        var list: UnsafeMutablePointer<curl_slist>?
        if let request {
            // A name without a value keeps libcurl from adding that header of its own accord.
            unsafe append("Expect:", to: &list)
            if request.headers["content-type"] == nil { unsafe append("Content-Type:", to: &list) }
            for field in request.headers.fields {
                unsafe append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)", to: &list)
            }
        }
        check(unsafe curlshim_set_list(easy, CURLOPT_HTTPHEADER, list), CURLOPT_HTTPHEADER)
        unsafe curl_slist_free_all(headerList)
        unsafe headerList = unsafe list
    }

    private func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) {
        guard let longer = unsafe curl_slist_append(list, line) else {
            preconditionFailure("libcurl has memory for a list")
        }
        unsafe list = unsafe longer
    }

    /// What is the same for every request. Each option that we rely on is set, whatever its default.
    private func setConstants(_ settings: ClientSettings) {
        setPointers()
        set(CURLOPT_NOSIGNAL, 1)
        setText(CURLOPT_PROTOCOLS_STR, "http,https")
        setText(CURLOPT_REDIR_PROTOCOLS_STR, "https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        set(CURLOPT_FAILONERROR, 0)
        setText(CURLOPT_ACCEPT_ENCODING, nil)
        setText(CURLOPT_USERAGENT, settings.userAgent)
        setProxy(settings.proxy)
        setText(CURLOPT_UNIX_SOCKET_PATH, settings.unixSocket)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_PIPEWAIT, 0)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 0)
        // Below the 60 s after which servers close idle connections; and names and certificates are looked at hourly.
        set(CURLOPT_MAXAGE_CONN, 50)
        set(CURLOPT_MAXLIFETIME_CONN, 3_600)
        // What libcurl resolves is an address already. At 0 it forgets at once; at -1 it would keep every address that
        // was ever dialled, and look through them all.
        set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
        setTLS(settings)
    }

    private func setProxy(_ proxy: EgressProxy?) {
        // Both, so that no variable of the environment is even read; with a proxy, each load sets its address.
        setText(CURLOPT_PROXY, "")
        setText(CURLOPT_NOPROXY, proxy == nil ? "*" : "")
        set(CURLOPT_HTTPPROXYTUNNEL, 1)
        // The request's own headers, signatures among them, are not the proxy's to see, nor its headers ours.
        set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    private func setTLS(_ settings: ClientSettings) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        set(CURLOPT_SSL_SESSIONID_CACHE, 1)
        if let file = settings.caFile { setText(CURLOPT_CAINFO, file) }
        // Without a directory of authorities libcurl keeps the parsed file for a day instead of reading it for each
        // handshake; Debian's default is to have both.
        setText(CURLOPT_CAPATH, nil)
        set(CURLOPT_CA_CACHE_TIMEOUT, 86_400)
    }

    private func setPointers() {
        // Borrowed: the callbacks run only inside calls on this handle, which ends with its owner.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        for option in [
            CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_PREREQDATA, CURLOPT_OPENSOCKETDATA,
        ] {
            check(unsafe curlshim_set_pointer(easy, option, me), option)
        }
        check(unsafe curlshim_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
        check(unsafe curlshim_set_data_function(easy, CURLOPT_WRITEFUNCTION, Callbacks.body), CURLOPT_WRITEFUNCTION)
        check(unsafe curlshim_set_data_function(easy, CURLOPT_HEADERFUNCTION, Callbacks.header), CURLOPT_HEADERFUNCTION)
        check(unsafe curlshim_set_prereq_function(easy, Callbacks.beforeRequest), CURLOPT_PREREQFUNCTION)
        check(unsafe curlshim_set_opensocket_function(easy, Callbacks.openSocket), CURLOPT_OPENSOCKETFUNCTION)
        check(unsafe curlshim_set_closesocket_function(easy, Callbacks.closeSocket), CURLOPT_CLOSESOCKETFUNCTION)
        // Borrowed: the multi handle owns the book and closes every connection before it lets go of it.
        let book = unsafe Unmanaged.passUnretained(connections).toOpaque()
        check(unsafe curlshim_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, book), CURLOPT_CLOSESOCKETDATA)
    }

    private func set(_ option: CURLoption, _ value: Int) {
        check(unsafe curlshim_set_long(easy, option, value), option)
    }

    private func setText(_ option: CURLoption, _ value: String?) {
        check(unsafe curlshim_set_string(easy, option, value), option)
    }

    /// An option fails only when this libcurl lacks it or memory is out; neither is a peer's doing.
    private func check(_ code: CURLcode, _ option: CURLoption) {
        guard code != CURLE_OK else { return }
        let reason = unsafe String(cString: curl_easy_strerror(code))
        preconditionFailure("libcurl takes option \(option.rawValue): \(reason)")
    }
}
