import Glibc
import Testing

/// `openssl s_server` with a new self-signed certificate for good.test, which answers every request with 200 and closes.
struct TLSServer {
    let port: UInt16
    var certificateFile: String { certificate.certificateFile }
    private let certificate: TLSCertificate
    private let process: pid_t

    /// - Parameter days: how long the certificate is valid; -1 for one that has expired.
    init(days: Int = 1, options: [String] = []) throws {
        certificate = try TLSCertificate(days: days)
        let output = try OpenSSL.makePipe()
        defer { close(output.readEnd) }
        let arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate.certificateFile,
            "-key", certificate.keyFile,
        ]
        process = try OpenSSL.start(arguments + options, input: nil, output: output.writeEnd)
        // Only the server holds it now: if it ends, so does what it wrote.
        close(output.writeEnd)
        port = try OpenSSL.port(from: output.readEnd)
    }

    func stop() {
        OpenSSL.stop(process)
        certificate.remove()
    }
}
