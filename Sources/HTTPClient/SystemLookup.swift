import CCurl
import CLinux
import Glibc
import HTTP

/// The system's name lookup, which blocks: hosts file, name servers, whatever nsswitch.conf says.
enum SystemLookup {
    /// All addresses of the name in the order of RFC 6724; `dns` if there are none.
    static func addresses(of host: String) -> Result<[IPAddress], LookupFailure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failure(failure(code, host)) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe IPAddress(socketAddress: entry.pointee.ai_addr), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(failure(EAI_NONAME, host)) : .success(addresses)
    }

    /// All codes but two say that no answer came, EAI_AGAIN first of all (getaddrinfo(3)).
    private static func failure(_ code: Int32, _ host: String) -> LookupFailure {
        // EAI_NODATA (-5) is hidden without _GNU_SOURCE: the name exists and has no address.
        let absent = code == EAI_NONAME || code == -5
        let message = absent ? "The name \(host) has no address." : "The name servers gave no answer for \(host)."
        return LookupFailure(SendError(code: .dns, message: message), isDefinite: absent)
    }
}

extension IPAddress {
    /// The address of an AF_INET or AF_INET6 socket address; nil for other families.
    init?(socketAddress: UnsafePointer<sockaddr>?) {
        guard let socketAddress = unsafe socketAddress else { return nil }
        switch unsafe Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            let bytes = unsafe socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                unsafe withUnsafeBytes(of: pointer.pointee.sin_addr) { unsafe Array($0) }
            }
            self.init(bytes: bytes)
        case AF_INET6:
            let bytes = unsafe socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                unsafe withUnsafeBytes(of: pointer.pointee.sin6_addr) { unsafe Array($0) }
            }
            self.init(bytes: bytes)
        default:
            return nil
        }
    }
}
