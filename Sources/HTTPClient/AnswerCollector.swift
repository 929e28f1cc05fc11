import HTTP

/// Takes an answer's bytes as libcurl hands them over, within limits.
///
/// The buffers keep their memory from one answer to the next; nothing is allocated for a single header.
struct AnswerCollector {
    /// Why the rest of an answer is not wanted.
    enum Stop {
        case bodyTooLarge
        case headersTooLarge
        /// The body passed its limit and the answer counts without the rest.
        case bodyCut
    }

    /// Why libcurl was told to stop, if it was.
    private(set) var stop: Stop?
    /// Whether the empty line after the final answer's headers came.
    private(set) var headersEnded = false
    private var bodyLimit = OutboundRequest.BodyLimit.refuse(bytesMax: 0)
    private let headerBytesMax: Int
    private let headerLinesMax: Int
    private let headersKept: [[UInt8]]?

    private var headerBytes: [UInt8] = []
    private var headerByteCount = 0
    private var headerLineCount = 0
    private var body: [UInt8] = []
    private var bodyByteCount = 0

    init(_ settings: ClientSettings) {
        headerBytesMax = settings.headerBytesMax
        headerLinesMax = settings.headerLinesMax
        headersKept = settings.headersKept?.map { name in name.utf8.map(AnswerCollector.lower) }
    }

    /// Forgets the answer before.
    mutating func begin(_ limit: OutboundRequest.BodyLimit) {
        bodyLimit = limit
        stop = nil
        headersEnded = false
        headerBytes.removeAll(keepingCapacity: true)
        headerByteCount = 0
        headerLineCount = 0
        body = []
        bodyByteCount = 0
    }

    /// Takes one line with its end: a status line, a field, the empty line after them, or a trailer.
    ///
    /// - Returns: false to stop the transfer.
    mutating func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerByteCount += line.count
        headerLineCount += 1
        // The status line and the empty line are not counted as headers; those of interim answers are.
        guard headerByteCount <= headerBytesMax, headerLineCount <= headerLinesMax + 2 else {
            stop = .headersTooLarge
            return false
        }
        // What comes after the headers are trailers, which are counted and dropped.
        guard !headersEnded else { return true }
        if unsafe line.starts(with: "HTTP/".utf8) {
            headerBytes.removeAll(keepingCapacity: true)
            unsafe headerBytes.append(contentsOf: line)
        } else if unsafe line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            headersEnded = !isInterim
        } else {
            unsafe headerBytes.append(contentsOf: line)
        }
        return true
    }

    /// - Returns: false to stop the transfer.
    mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bodyByteCount += bytes.count
        switch bodyLimit {
        case .refuse(let bytesMax):
            guard bodyByteCount <= bytesMax else {
                stop = .bodyTooLarge
                return false
            }
            unsafe body.append(contentsOf: bytes)
        case .truncate(let bytesKept, let bytesMax):
            unsafe body.append(contentsOf: bytes.prefix(max(bytesKept - body.count, 0)))
            guard bodyByteCount <= bytesMax else {
                stop = .bodyCut
                return false
            }
        }
        return true
    }

    /// The fields of the final answer that are kept; nil if a line is not a field.
    func headers() -> Headers? {
        var headers = Headers()
        guard var start = headerBytes.firstIndex(of: 0x0A) else { return headers }
        start += 1
        while start < headerBytes.count {
            let end = headerBytes[start...].firstIndex(of: 0x0A) ?? headerBytes.count
            let line = headerBytes[start..<end]
            guard let colon = line.firstIndex(of: 0x3A), colon > start, line.first != 0x20, line.first != 0x09
            else { return nil }
            if isKept(line[..<colon]) {
                let value = AnswerCollector.trimmed(line[(colon + 1)...])
                headers.add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
            start = end + 1
        }
        return headers
    }

    private func isKept(_ name: ArraySlice<UInt8>) -> Bool {
        guard let headersKept else { return true }
        return headersKept.contains { kept in
            kept.count == name.count && zip(kept, name).allSatisfy { $0 == AnswerCollector.lower($1) }
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// Hands the body over and forgets it.
    mutating func takeBody() -> (bytes: [UInt8], truncated: Bool) {
        let truncated = body.count < bodyByteCount
        defer { body = [] }
        return (body, truncated)
    }

    /// Whether the status line in hand is one of 100 to 199 (RFC 9110 §15.2): another will follow.
    private var isInterim: Bool {
        guard let space = headerBytes.firstIndex(of: 0x20), space + 1 < headerBytes.count else { return false }
        return headerBytes[space + 1] == 0x31
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return bytes[first...last]
    }
}
