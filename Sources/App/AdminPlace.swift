package import HTTPServer
import Settings

/// Where the admin listener is: at an address, at the file of a Unix domain socket, or at both.
package struct AdminPlace: Sendable, Hashable, CustomStringConvertible {
    /// One of the two at least.
    package let address: ListenAddress?
    /// The file's path, resolved. Only the service's own user, and root, can connect; no token is asked for there.
    package let socketPath: String?

    package init(address: ListenAddress?, socketPath: String? = nil) {
        self.address = address
        self.socketPath = socketPath
    }

    package static let socketPrefix = "unix:"

    package var points: [ListenPoint] {
        [address.map(ListenPoint.tcp), socketPath.map { .unix(path: $0) }].compactMap { $0 }
    }

    package var description: String { points.map(\.description).joined(separator: ", ") }

    /// Reads `127.0.0.1:8081`, `unix:run/admin.sock`, or a list of one of each; nil when it is wrong.
    static func read(_ value: SettingsValue, of file: ConfigFile) -> AdminPlace? {
        guard value.isList else { return one(value, of: file) }
        guard let entries = value.list(count: 1...2) else { return nil }
        let read = entries.map { one($0, of: file) }
        let places = read.compactMap { $0 }
        guard places.count == read.count else { return nil }
        let (addresses, sockets) = (places.compactMap(\.address), places.compactMap(\.socketPath))
        guard addresses.count <= 1, sockets.count <= 1 else {
            entries[1].problem("two of one kind; write one address and one socket, such as unix:run/admin.sock")
            return nil
        }
        return AdminPlace(address: addresses.first, socketPath: sockets.first)
    }

    private static func one(_ value: SettingsValue, of file: ConfigFile) -> AdminPlace? {
        guard let text = value.string() else { return nil }
        guard text.hasPrefix(socketPrefix) else {
            if let address = try? ListenAddress(text) { return AdminPlace(address: address) }
            value.problem(
                "\(quoted(text)) is not an IP address and a port, nor a socket; write 127.0.0.1:8081, \"[::1]:8081\" or unix:run/admin.sock"
            )
            return nil
        }
        let path = file.resolve(String(text.dropFirst(socketPrefix.count)))
        guard text.count > socketPrefix.count, !path.hasSuffix("/") else {
            value.problem("a socket needs the path of a file; write unix:run/admin.sock")
            return nil
        }
        guard path.utf8.count <= ListenPoint.pathBytesMax else {
            let most = ListenPoint.pathBytesMax
            value.problem(
                "the path of a socket has at most \(most) bytes, and \(path) has \(path.utf8.count); choose a shorter one, such as unix:/run/payrelay/admin.sock"
            )
            return nil
        }
        return AdminPlace(address: nil, socketPath: path)
    }
}
