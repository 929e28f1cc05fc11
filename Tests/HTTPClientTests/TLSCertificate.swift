import FoundationEssentials
import Glibc
import Testing

/// A new self-signed certificate for good.test and its key, in files of their own.
struct TLSCertificate {
    let certificateFile: String
    let keyFile: String
    private let folder: String

    /// - Parameter days: how long it is valid; -1 for one that has expired.
    init(days: Int = 1) throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/payrelay-XXXXXX").utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        keyFile = folder + "/key.pem"
        certificateFile = folder + "/certificate.pem"
        let request = folder + "/request.pem"
        try OpenSSL.run([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=good.test",
            "-addext", "subjectAltName=DNS:good.test", "-keyout", keyFile, "-out", request,
        ])
        try OpenSSL.run([
            "x509", "-req", "-in", request, "-signkey", keyFile, "-copy_extensions", "copy", "-days", "\(days)",
            "-out", certificateFile,
        ])
    }

    func remove() {
        for name in ["key", "request", "certificate"] { unsafe unlink("\(folder)/\(name).pem") }
        unsafe rmdir(folder)
    }
}

/// The `openssl` command, started with posix_spawn: Foundation's Process runs a run loop on the thread that waits, and
/// test threads are few.
enum OpenSSL {
    static func run(_ arguments: [String]) throws {
        let process = try start(arguments, input: nil, output: nil)
        var status: Int32 = -1
        try #require(unsafe waitpid(process, &status, 0) == process)
        try #require(status == 0, "openssl \(arguments[0])")
    }

    /// - Parameters:
    ///   - input: what the process reads from; nil is /dev/null.
    ///   - output: where it writes to; nil is /dev/null.
    static func start(_ arguments: [String], input: Int32?, output: Int32?) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        try #require(unsafe posix_spawn_file_actions_init(&actions) == 0)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, source) in [(Int32(0), input), (1, output), (2, nil)] {
            let code =
                if let source {
                    unsafe posix_spawn_file_actions_adddup2(&actions, source, descriptor)
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

    static func stop(_ process: pid_t) {
        // Test threads block every other signal, and a child inherits that.
        kill(process, SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(process, &status, 0)
    }

    /// A pipe that no child inherits of its own accord.
    static func makePipe() throws -> (readEnd: Int32, writeEnd: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        return (ends[0], ends[1])
    }

    /// Reads `s_server`'s output to the line `ACCEPT 127.0.0.1:40123`.
    static func port(from output: Int32) throws -> UInt16 {
        var text = ""
        while true {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.hasPrefix("ACCEPT ") }), let colon = line.lastIndex(of: ":") {
                return try #require(UInt16(line[line.index(after: colon)...]))
            }
            var byte: UInt8 = 0
            let count = unsafe read(output, &byte, 1)
            try #require(count > 0, "openssl s_server listens")
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
    }
}
