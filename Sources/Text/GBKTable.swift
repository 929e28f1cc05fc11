import CLinux
import Glibc

/// Every GBK character, both ways, as iconv decodes them.
///
/// Built from decoding alone: glibc's GBK is one-to-one, and its encoder silently drops U+E0000…U+E007F.
struct GBKTable: Sendable {
    static let shared: Result<GBKTable, GBKError> = Result { () throws(GBKError) in try GBKTable() }

    private static let leads = 0x80...0xFF
    private static let trails = 0x40...0xFF

    /// Scalar value of the pair (lead, trail), 0 where there is none.
    private var scalars: [UInt16]
    /// The code of each scalar of the basic plane, 0 where there is none (and for U+0000).
    private var codes: [UInt16]

    /// The one-byte characters above ASCII: the euro sign at 0x80.
    private var singles: [(byte: UInt8, scalar: UInt16)] = []

    /// Decodes every possible character once (about 24,000 conversions, a few milliseconds).
    private init() throws(GBKError) {
        scalars = Array(repeating: 0, count: Self.leads.count * Self.trails.count)
        codes = Array(repeating: 0, count: 0x10000)
        let converter = try GBKDecoder()
        for scalar in UInt16(1)...0x7F { codes[Int(scalar)] = scalar }
        for lead in Self.leads {
            if let scalar = converter.scalar(of: UInt8(lead)) {
                codes[Int(scalar)] = UInt16(lead)
                singles.append((UInt8(lead), scalar))
                continue
            }
            for trail in Self.trails {
                guard let scalar = converter.scalar(of: UInt8(lead), UInt8(trail)) else { continue }
                scalars[Self.place(lead, trail)] = scalar
                codes[Int(scalar)] = UInt16(lead << 8 | trail)
            }
        }
    }

    func code(of scalar: Unicode.Scalar) -> UInt16? {
        guard scalar.value <= 0xFFFF else { return nil }
        let code = codes[Int(scalar.value)]
        return code == 0 && scalar.value != 0 ? nil : code
    }

    /// The character that begins at `index`, and its width in bytes; nil when there is none.
    func scalar(in bytes: Span<UInt8>, at index: Int) -> (Unicode.Scalar, width: Int)? {
        let lead = bytes[index]
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        if let single = singles.first(where: { $0.byte == lead }) {
            return Unicode.Scalar(single.scalar).map { ($0, 1) }
        }
        guard index + 1 < bytes.count, Self.trails.contains(Int(bytes[index + 1])) else { return nil }
        let value = scalars[Self.place(Int(lead), Int(bytes[index + 1]))]
        return value == 0 ? nil : Unicode.Scalar(value).map { ($0, 2) }
    }

    private static func place(_ lead: Int, _ trail: Int) -> Int {
        (lead - leads.lowerBound) * trails.count + trail - trails.lowerBound
    }
}

/// One iconv descriptor from GBK to UTF-16, closed once. Used only by the thread that makes it.
@safe private struct GBKDecoder: ~Copyable {
    private let descriptor: iconv_t

    init() throws(GBKError) {
        // iconv_open(3): (iconv_t) -1 on failure.
        guard let opened = unsafe iconv_open("UTF-16LE", "GBK"), Int(bitPattern: opened) != -1 else {
            throw .unavailable
        }
        unsafe descriptor = opened
    }

    // The descriptor is valid, which is all that iconv_close(3) can fail on.
    deinit { _ = unsafe iconv_close(descriptor) }

    func scalar(of bytes: UInt8...) -> UInt16? {
        var input = bytes.map(CChar.init(bitPattern:))
        var output: UInt16 = 0
        let converted = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe withUnsafeMutableBytes(of: &output) { output in
                var from = input.baseAddress
                var fromBytesLeft = input.count
                var to = unsafe output.baseAddress?.assumingMemoryBound(to: CChar.self)
                var toBytesLeft = output.count
                // iconv(3): (size_t) -1 on a bad, incomplete or too long character; also back to the initial state.
                let result = unsafe iconv(descriptor, &from, &fromBytesLeft, &to, &toBytesLeft)
                _ = unsafe iconv(descriptor, nil, nil, nil, nil)
                return result == 0 && fromBytesLeft == 0 && toBytesLeft == 0
            }
        }
        return converted ? UInt16(littleEndian: output) : nil
    }
}
