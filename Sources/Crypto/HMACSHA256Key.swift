import CCrypto
import Synchronization

/// A key of HMAC-SHA256 (RFC 2104, FIPS 198-1), absorbed once and used many times, on any thread.
package struct HMACSHA256Key: Sendable {
    package static let tagBytes = 32

    private let shared: Shared

    /// - Parameter key: any length; RFC 2104 advises 32 bytes or more.
    package init(_ key: [UInt8]) {
        shared = Shared(key)
    }

    /// The tag of the parts, one after the other.
    ///
    /// - Returns: 32 bytes.
    package func authenticate(_ parts: [UInt8]...) -> [UInt8] {
        shared.context.withLock { $0.authenticate(parts) }
    }

    private final class Shared: Sendable {
        let context: Mutex<KeyedContext>
        init(_ key: [UInt8]) { context = Mutex(KeyedContext(key)) }
    }
}

/// EVP_MAC(3): `EVP_MAC_init` with no key starts over with the key the context already holds.
@safe
private struct KeyedContext: ~Copyable {
    private let context: OpaquePointer

    init(_ key: [UInt8]) {
        unsafe context = Self.make()
        // HMAC pads a key with zeros, so one zero is the empty key; libcrypto takes an empty one for "none given".
        let key = key.isEmpty ? [0] : key
        let done = unsafe key.withUnsafeBufferPointer { key in
            // OSSL_PARAM(3) keeps the pointers of both texts, so both live until the call that reads them has returned.
            unsafe OSSL_MAC_PARAM_DIGEST.withCString { parameter in
                unsafe "SHA256".withCString { name in
                    // OpenSSL only reads the name, though its parameter type is not const.
                    let name = unsafe UnsafeMutablePointer(mutating: name)
                    var settings = unsafe [
                        OSSL_PARAM_construct_utf8_string(parameter, name, 0), OSSL_PARAM_construct_end(),
                    ]
                    return unsafe EVP_MAC_init(context, key.baseAddress, key.count, &settings)
                }
            }
        }
        Self.check(done, "EVP_MAC_init")
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    mutating func authenticate(_ parts: [[UInt8]]) -> [UInt8] {
        Self.check(unsafe EVP_MAC_init(context, nil, 0, nil), "EVP_MAC_init")
        for part in parts {
            unsafe part.withUnsafeBufferPointer { part in
                Self.check(unsafe EVP_MAC_update(context, part.baseAddress, part.count), "EVP_MAC_update")
            }
        }
        return unsafe [UInt8](unsafeUninitializedCapacity: HMACSHA256Key.tagBytes) { tag, count in
            Self.check(unsafe EVP_MAC_final(context, tag.baseAddress, &count, tag.count), "EVP_MAC_final")
            precondition(count == HMACSHA256Key.tagBytes, "HMAC-SHA256 gave a tag of \(count) bytes")
        }
    }

    private static func make() -> OpaquePointer {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, OSSL_MAC_NAME_HMAC, nil) else {
            preconditionFailure("this machine's libcrypto has no HMAC; PayRelay needs OpenSSL's default provider")
        }
        // The context holds its own reference to the algorithm.
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else {
            preconditionFailure("EVP_MAC_CTX_new: out of memory")
        }
        return unsafe context
    }

    private static func check(_ code: Int32, _ call: StaticString) {
        precondition(code == 1, "\(call) failed, which only a lack of memory can cause")
    }
}

// There is one owner, the context is reached only through its mutating method, and libcrypto ties it to no thread.
extension KeyedContext: @unchecked Sendable {}
