import CCurl
import CLinux
import Glibc
import HTTP

/// What libcurl calls while it works on a transfer. Nothing here blocks; the context is the ``Transfer``.
enum Callbacks {
    /// CURLOPT_WRITEFUNCTION: a part of the body.
    static let body: curl_write_callback = { bytes, size, count, context in
        let bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        return unsafe transfer(context).answer.takeBody(bytes) ? size * count : stop(size * count)
    }

    /// CURLOPT_HEADERFUNCTION: one whole header line.
    static let header: curl_write_callback = { bytes, size, count, context in
        let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        return unsafe transfer(context).answer.takeHeader(line) ? size * count : stop(size * count)
    }

    /// CURLOPT_PREREQFUNCTION: the connection stands, perhaps since an earlier request, and nothing is written yet.
    static let beforeRequest: curl_prereq_callback = { context, address, _, _, _ in
        let transfer = unsafe transfer(context)
        guard unsafe transfer.usesUnixSocket || isPinned(address, transfer.pinned) else {
            transfer.refusedAddress = true
            return Int32(CURL_PREREQFUNC_ABORT)
        }
        transfer.connected()
        return Int32(CURL_PREREQFUNC_OK)
    }

    /// CURLOPT_OPENSOCKETFUNCTION: about to connect.
    static let openSocket: curl_opensocket_callback = { context, purpose, target in
        let transfer = unsafe transfer(context)
        guard purpose == CURLSOCKTYPE_IPCXN, let target = unsafe target,
            unsafe transfer.usesUnixSocket
                ? target.pointee.family == AF_UNIX : isPinned(target, transfer.pinned)
        else {
            transfer.refusedAddress = true
            return curlshim_bad_socket()
        }
        let kind = unsafe target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(target.pointee.family, kind, target.pointee.protocol)
        if descriptor >= 0 { transfer.opened(descriptor) } else { transfer.socketError = errno }
        return descriptor
    }

    /// CURLOPT_CLOSESOCKETFUNCTION: a connection ends, perhaps long after the transfer that opened it.
    static let closeSocket: curl_closesocket_callback = { context, descriptor in
        guard let context = unsafe context else { preconditionFailure("the callback was registered with the book") }
        unsafe Unmanaged<Connections>.fromOpaque(context).takeUnretainedValue().closed(descriptor)
        return close(descriptor)
    }

    /// CURLMOPT_SOCKETFUNCTION: what libcurl waits for; the context is the ``SocketWatch``.
    static let socketWanted: curl_socket_callback = { _, descriptor, what, context, _ in
        guard let context = unsafe context else { preconditionFailure("the callback was registered with the watch") }
        unsafe Unmanaged<SocketWatch>.fromOpaque(context).takeUnretainedValue().want(what, of: descriptor)
        return 0
    }

    /// The context that every transfer registers for itself and outlives.
    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context = unsafe context else {
            preconditionFailure("every callback was registered with its transfer")
        }
        return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// Any other count than the one given ends the transfer.
    private static func stop(_ count: Int) -> Int { count == 0 ? 1 : 0 }

    private static func isPinned(_ text: UnsafePointer<CChar>?, _ pinned: SixteenBytes) -> Bool {
        guard let text = unsafe text else { return false }
        var four: UInt32 = 0
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return sixteenBytes(ipv4: four) == pinned }
        var sixteen: SixteenBytes = (0, 0)
        return unsafe inet_pton(AF_INET6, text, &sixteen) == 1 && sixteen == pinned
    }

    private static func isPinned(_ target: UnsafeMutablePointer<curl_sockaddr>, _ pinned: SixteenBytes) -> Bool {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return false }
        // libcurl's `addr` is a sockaddr with room for the longer families behind it (curl/curl.h).
        let address = unsafe (UnsafeRawPointer(target) + offset).assumingMemoryBound(to: sockaddr.self)
        guard let address = unsafe IPAddress(socketAddress: address) else { return false }
        return sixteenBytes(of: address) == pinned
    }
}

/// An IPv6 address as it lies in memory, without an allocation.
typealias SixteenBytes = (UInt64, UInt64)

/// The IPv4-mapped form (RFC 4291 §2.5.5.2) of an address as it lies in memory.
func sixteenBytes(ipv4: UInt32) -> SixteenBytes {
    var words: SixteenBytes = (0, 0)
    unsafe withUnsafeMutableBytes(of: &words) { bytes in
        unsafe bytes[10] = 0xFF
        unsafe bytes[11] = 0xFF
        unsafe bytes.storeBytes(of: ipv4, toByteOffset: 12, as: UInt32.self)
    }
    return words
}

func sixteenBytes(of address: IPAddress) -> SixteenBytes {
    var words: SixteenBytes = (0, 0)
    unsafe withUnsafeMutableBytes(of: &words) { words in
        if address.isIPv4 {
            unsafe words[10] = 0xFF
            unsafe words[11] = 0xFF
        }
        unsafe words[(16 - address.bytes.count)...].copyBytes(from: address.bytes)
    }
    return words
}
