import HTTP
import Platform

/// A request in a file, for a program that sends the same bytes: header lines, an empty line, the body.
enum RequestSample {
    static func write(_ request: OutboundRequest, to path: String) {
        var bytes: [UInt8] = []
        for field in request.headers.fields { bytes += Array("\(field.name): \(field.value)\n".utf8) }
        bytes += Array("\n".utf8) + request.body
        do {
            try NewFile.write(bytes, to: path, mode: 0o600)
        } catch {
            StandardStream.error.write(Array("payrelay-bench: \(error)\n".utf8))
        }
    }
}
