import FoundationEssentials
import Glibc
import Testing

/// `openssl s_server` with a new self-signed certificate for good.test, which answers every request with 200.
///
/// Started with posix_spawn: Foundation's Process runs a run loop on the thread that waits, and test threads are few.
struct TLSServer {
    let port: UInt16
    let certificateFile: String
    private let folder: String
    private let process: pid_t

    /// - Parameter days: how long the certificate is valid; -1 for one that has expired.
    init(days: Int = 1, options: [String] = []) throws {
        folder = try TLSServer.temporaryFolder()
        let key = folder + "/key.pem"
        let request = folder + "/request.pem"
        certificateFile = folder + "/certificate.pem"
        try TLSServer.openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=good.test",
            "-addext", "subjectAltName=DNS:good.test", "-keyout", key, "-out", request,
        ])
        try TLSServer.openssl([
            "x509", "-req", "-in", request, "-signkey", key, "-copy_extensions", "copy", "-days", "\(days)",
            "-out", certificateFile,
        ])
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        defer { for end in ends { close(end) } }
        let arguments = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificateFile, "-key", key]
        process = try TLSServer.start(arguments + options, output: ends[1])
        port = try TLSServer.port(from: ends[0])
    }

    func stop() {
        // Test threads block every other signal, and a child inherits that.
        kill(process, SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(process, &status, 0)
        for name in ["key", "request", "certificate"] { unsafe unlink("\(folder)/\(name).pem") }
        unsafe rmdir(folder)
    }

    private static func temporaryFolder() throws -> String {
        var template = Array((FileManager.default.temporaryDirectory.path + "/payrelay-XXXXXX").utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = try start(arguments, output: nil)
        var status: Int32 = -1
        try #require(unsafe waitpid(process, &status, 0) == process)
        try #require(status == 0, "openssl \(arguments[0])")
    }

    private static func start(_ arguments: [String], output: Int32?) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        try #require(unsafe posix_spawn_file_actions_init(&actions) == 0)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            let code =
                if let output, descriptor == 1 {
                    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
                } else {
                    unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
                }
            try #require(code == 0)
        }
        var words = unsafe (["openssl"] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { word in unsafe free(word) } }
        var process: pid_t = 0
        try #require(unsafe posix_spawn(&process, "/usr/bin/openssl", &actions, nil, &words, environ) == 0)
        return process
    }

    /// Reads to the line `ACCEPT 127.0.0.1:40123`.
    private static func port(from output: Int32) throws -> UInt16 {
        var text = ""
        while true {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.hasPrefix("ACCEPT ") }), let colon = line.lastIndex(of: ":") {
                return try #require(UInt16(line[line.index(after: colon)...]))
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(output, &buffer, buffer.count)
            try #require(count > 0, "openssl s_server listens")
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
