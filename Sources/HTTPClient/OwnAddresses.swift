import CCurl
import CLinux
import Glibc
import HTTP

/// The addresses of this machine's interfaces: behind them is this service and its neighbours on the host.
enum OwnAddresses {
    /// Read when called; empty if the system does not tell.
    static func read() -> [IPAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return [] }
        defer { unsafe freeifaddrs(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe IPAddress(socketAddress: entry.pointee.ifa_addr) { addresses.append(address) }
            unsafe next = unsafe entry.pointee.ifa_next
        }
        return addresses
    }
}
