/// Where a listener listens: an address and a port, or a Unix domain socket.
package enum ListenPoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(ListenAddress)
    /// The path of the socket's file. Only processes of this one's user, and root's, may connect.
    case unix(path: String)

    /// `sun_path` of unix(7) has 108 bytes, a NUL at its end among them.
    package static let pathBytesMax = 107

    /// `127.0.0.1:8081`, `unix:run/admin.sock`
    package var description: String {
        switch self {
        case .tcp(let address): address.description
        case .unix(let path): "unix:\(path)"
        }
    }
}
