import Diagnostics
import Foundation
import HTTP
import HTTPServer
import Support
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    /// A self-signed certificate for localhost, made by openssl, in a folder of its own.
    private struct Certificate {
        let folder: URL
        var path: String { folder.appendingPathComponent("certificate.pem").path }
        let files: TLSFiles

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("payrelay-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let key = folder.appendingPathComponent("key.pem").path
            let certificate = folder.appendingPathComponent("certificate.pem").path
            let made = try run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
            ])
            try #require(made.status == 0)
            files = TLSFiles(
                certificateChain: [UInt8](try Data(contentsOf: URL(fileURLWithPath: certificate))),
                key: Secret([UInt8](try Data(contentsOf: URL(fileURLWithPath: key))))
            )
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func curl(
        _ certificate: Certificate, _ port: UInt16, _ more: [String]
    ) throws -> (status: Int32, output: String) {
        try run(
            ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--cacert", certificate.path]
                + ["--connect-to", "localhost:\(port):127.0.0.1:\(port)"] + more)
    }

    @Test func `requests over TLS are served, early and late, small and large, on one connection`() throws {
        let certificate = try Certificate()
        defer { certificate.remove() }
        let harness = try Harness(tls: certificate.files) { request, reply in
            if request.path == "/late" { return DispatchQueue.global().async { echo(request, reply) } }
            if request.path == "/large" {
                return reply.send(.text(String(repeating: "0123456789", count: 100_000)))
            }
            echo(request, reply)
        }
        defer { harness.server.stop(graceMs: 0) }
        let base = "https://localhost:\(harness.server.port)"
        let body = certificate.folder.appendingPathComponent("body")
        try Data(repeating: 0x78, count: 65_536).write(to: body)
        let (status, output) = try curl(
            certificate, harness.server.port,
            ["--write-out", " %{num_connects} %{ssl_verify_result}\n", "--data-binary", "@\(body.path)"]
                + ["\(base)/early", "\(base)/late", "\(base)/early", "\(base)/late"])
        #expect(status == 0)
        #expect(output == "POST /early 65536 1 0\nPOST /late 65536 0 0\nPOST /early 65536 0 0\nPOST /late 65536 0 0\n")
        let large = try curl(certificate, harness.server.port, ["\(base)/large"])
        #expect(large.status == 0)
        #expect(large.output.utf8.count == 1_000_000)
    }

    @Test(arguments: [("1.2", Int32(0)), ("1.3", 0)])
    func `TLS of the present is spoken`(version: String, expected: Int32) throws {
        let certificate = try Certificate()
        defer { certificate.remove() }
        let harness = try Harness(tls: certificate.files, echo)
        defer { harness.server.stop(graceMs: 0) }
        let result = try curl(
            certificate, harness.server.port,
            ["--tlsv\(version)", "--tls-max", version, "https://localhost:\(harness.server.port)/a"])
        #expect(result.status == expected)
        #expect(result.output == "GET /a 0")
    }

    @Test func `TLS of the past is refused`() throws {
        let certificate = try Certificate()
        defer { certificate.remove() }
        let harness = try Harness(tls: certificate.files, echo)
        defer { harness.server.stop(graceMs: 0) }
        let connect = [
            "openssl", "s_client", "-connect", "127.0.0.1:\(harness.server.port)", "-cipher", "DEFAULT@SECLEVEL=0",
        ]
        #expect(try run(connect + ["-tls1_2"]).output.contains("Protocol  : TLSv1.2"))
        let old = try run(connect + ["-tls1_1"])
        #expect(old.status != 0)
        #expect(old.output.contains("Cipher is (NONE)"))
    }

    @Test func `a peer that speaks no TLS is closed and so is one that says nothing`() throws {
        let certificate = try Certificate()
        defer { certificate.remove() }
        let harness = try Harness(tls: certificate.files, echo)
        defer { harness.server.stop(graceMs: 0) }
        let plain = try harness.client()
        try plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(!String(decoding: plain.rest(), as: UTF8.self).contains("HTTP/1.1"))
        let silent = try harness.client()
        let base = "https://localhost:\(harness.server.port)"
        #expect(try curl(certificate, harness.server.port, ["\(base)/a"]).status == 0)
        harness.clock.advance(byMs: 30_000)
        #expect(silent.isClosed())
    }
}

/// Runs a program with empty input.
private func run(_ command: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
}
