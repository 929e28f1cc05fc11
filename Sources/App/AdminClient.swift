import Diagnostics
import Dispatch
import HTTP
import HTTPClient
import HTTPServer
import JSON
import Platform
import Settings
import Synchronization

/// How commands reach the running service: its admin listener, as `payrelay.yaml` names it.
struct AdminClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// HTTP's, if the service answered.
        var status: Int?
    }

    /// What the service answered, read, and as it came.
    struct Answer {
        let value: JSONValue
        let bytes: [UInt8]
    }

    static let answerBytesMax = 16 * 1024 * 1024
    static let timeout = Duration.seconds(30)

    /// How it is named in messages.
    private let place: String
    private let base: String
    private let token: Secret?
    private let client: HTTPClient

    /// - Parameters:
    ///   - path: the service's settings.
    ///   - url: where the admin listener is instead, `http://127.0.0.1:8081` or `unix:run/admin.sock`.
    init(path: String, url: String?) throws(Failure) {
        if let url, url.hasPrefix(AdminPlace.socketPrefix) {
            // Whoever may connect there needs no token, and so no settings.
            try self.init(socketPath: String(url.dropFirst(AdminPlace.socketPrefix.count)))
            return
        }
        guard let service = Configuration.service(path: path) else {
            // An address alone will do where no token is needed.
            guard let url else { throw Failure(description: "\(path) cannot be used; payrelay check says why") }
            self.init(url: url, token: nil)
            return
        }
        guard let url else {
            if let socketPath = service.admin.socketPath {
                try self.init(socketPath: socketPath)
            } else {
                self.init(url: AdminClient.url(of: service.admin), token: service.adminToken)
            }
            return
        }
        guard service.adminToken == nil || url.hasPrefix("https://") || AdminClient.isThisMachine(url) else {
            throw Failure(description: "the admin token goes to another machine over https only")
        }
        self.init(url: url, token: service.adminToken)
    }

    private init(url: String, token: Secret?) {
        (place, base, self.token) = (url, url, token)
        client = HTTPClient(logger: .none, metrics: Metrics(), name: "admin")
    }

    private init(socketPath: String) throws(Failure) {
        guard (1...ListenPoint.pathBytesMax).contains(socketPath.utf8.count) else {
            throw Failure(description: "the path of a socket has 1 to \(ListenPoint.pathBytesMax) bytes")
        }
        place = AdminPlace.socketPrefix + socketPath
        base = "http://localhost"
        token = nil
        var settings = ClientSettings()
        settings.unixSocket = socketPath
        client = HTTPClient(settings: settings, logger: .none, metrics: Metrics(), name: "admin")
    }

    /// Whether it leads to this machine, whoever is asked about names; a user name before the host is none of ours.
    private static func isThisMachine(_ url: String) -> Bool {
        guard !url.contains("@") else { return false }
        let host = URLHost(of: url).name
        return host == "localhost" || IPAddress(host)?.isLoopback == true
    }

    private static func url(of place: AdminPlace) -> String {
        guard let listen = place.address else { preconditionFailure("a place without a socket has an address") }
        let address = listen.address
        let isEvery = address.bytes.allSatisfy { $0 == 0 }
        let host = isEvery ? (address.isIPv4 ? "127.0.0.1" : "[::1]") : address.isIPv4 ? "\(address)" : "[\(address)]"
        return "http://\(host):\(listen.port)"
    }

    func get(_ path: String) throws(Failure) -> JSONValue { try call(.get, path, nil).value }

    func fetch(_ path: String) throws(Failure) -> Answer { try call(.get, path, nil) }

    func post(_ path: String, _ body: [UInt8]) throws(Failure) -> JSONValue { try call(.post, path, body).value }

    private func call(_ method: Method, _ path: String, _ body: [UInt8]?) throws(Failure) -> Answer {
        var headers = Headers()
        if let token { headers.add("Authorization", "Bearer \(String(decoding: token.reveal(), as: UTF8.self))") }
        if body != nil { headers.add("Content-Type", "application/json") }
        let request = OutboundRequest(
            method: method, url: base + path, headers: headers, body: body ?? [], policy: .trusted,
            timeout: AdminClient.timeout, bodyLimit: .refuse(bytesMax: AdminClient.answerBytesMax))
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<Result<OutboundResponse, SendError>?>(nil)
        client.send(request) { answer in
            result.withLock { $0 = answer }
            done.signal()
        }
        done.wait()
        switch result.withLock({ $0 }) {
        case .success(let response)?: return try AdminClient.read(response)
        case .failure(let error)?:
            throw Failure(description: "the service's admin listener at \(place) did not answer: \(error.message)")
        case nil: throw Failure(description: "no answer")
        }
    }

    private static func read(_ response: OutboundResponse) throws(Failure) -> Answer {
        let value = try? JSONReader.read(response.body)
        guard (200..<300).contains(response.status), let value else {
            let said = value?["detail"]?.text ?? String(decoding: response.body.prefix(200), as: UTF8.self)
            throw Failure(
                description: "\(TerminalText.shown(said)) (HTTP status \(response.status))", status: response.status)
        }
        return Answer(value: value, bytes: response.body)
    }
}
