import CLinux
import CMicrohttpd
import Glibc
import HTTP

/// An IP address and a port as the system calls want them.
struct SocketAddress {
    let address: IPAddress
    let port: UInt16

    init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads AF_INET and AF_INET6; nil for any other family.
    init?(_ pointer: UnsafePointer<sockaddr>) {
        switch Int32(unsafe pointer.pointee.sa_family) {
        case AF_INET:
            let four = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in.self)
            address = IPAddress(bytes: SocketAddress.bytes(of: four.sin_addr))
            port = UInt16(bigEndian: four.sin_port)
        case AF_INET6:
            let six = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in6.self)
            address = IPAddress(bytes: SocketAddress.bytes(of: six.sin6_addr)).canonical
            port = UInt16(bigEndian: six.sin6_port)
        default:
            return nil
        }
    }

    /// What the socket is bound to.
    static func ofSocket(_ descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard unsafe getsockname(descriptor, pointer, &count) == 0 else { return nil }
                return unsafe SocketAddress(pointer)
            }
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        if address.isIPv4 {
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &four.sin_addr) { unsafe $0.copyBytes(from: address.bytes) }
            return unsafe SocketAddress.rebind(&four, body)
        }
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &six.sin6_addr) { unsafe $0.copyBytes(from: address.bytes) }
        return unsafe SocketAddress.rebind(&six, body)
    }

    private static func rebind<Family, Result>(
        _ value: inout Family, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafePointer(to: &value) { value in
            unsafe value.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<Family>.size))
            }
        }
    }

    private static func bytes<Value>(of value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }
}
