import Foundation
import Synchronization

/// `payrelay serve` as a process of its own, to be killed.
final class GatewayProcess: Sendable {
    private let process: Mutex<Process>
    private let processID: Int32
    private let readers = DispatchGroup()
    /// Every line that it wrote on standard error.
    private let lines = Mutex<[String]>([])

    struct DidNotStart: Error, CustomStringConvertible { let description: String }

    /// Starts it, and returns when it listens.
    ///
    /// - Parameter openFilesMax: the hard limit of open files; nil for that of the tests.
    init(config: String, environment: [String: String], openFilesMax: Int? = nil) throws {
        let process = Process()
        let words = [GatewayProcess.executable, "serve", "--config", config]
        let limit = openFilesMax.map { "ulimit -n \($0) && " } ?? ""
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", limit + #"exec "$0" "$@""#] + words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        processID = process.processIdentifier
        self.process = Mutex(process)
        try waitUntilItListens(pipe.fileHandleForReading)
    }

    /// The product, where the tests were built.
    static var executable: String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "payrelay").path()
    }

    /// Sends a signal, and waits for nothing.
    func send(_ signal: Int32) { _ = Glibc.kill(processID, signal) }

    /// SIGKILL, and gone when this returns.
    func kill() {
        send(SIGKILL)
        _ = waitForEnd()
    }

    /// SIGTERM; answers the exit status.
    func terminate() -> Int32 {
        send(SIGTERM)
        return waitForEnd()
    }

    /// Waits until it has ended; answers the exit status, or the number of the signal that ended it.
    func waitForEnd() -> Int32 {
        let status = process.withLock { process in
            process.waitUntilExit()
            return process.terminationStatus
        }
        readers.wait()
        return status
    }

    var log: [String] { lines.withLock { $0 } }

    /// Reads on until the process is gone, so that it never waits for its log to be read.
    private func waitUntilItListens(_ handle: FileHandle) throws {
        let listens = DispatchSemaphore(value: 0)
        let isUp = Atomic<Bool>(false)
        readers.enter()
        Thread.detachNewThread { [self] in
            var rest = Data()
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                rest += data
                while let end = rest.firstIndex(of: 0x0A) {
                    let line = String(decoding: rest[..<end], as: UTF8.self)
                    rest = Data(rest[rest.index(after: end)...])
                    lines.withLock { $0.append(line) }
                    if line.contains("\"listening\""), !isUp.exchange(true, ordering: .relaxed) { listens.signal() }
                }
            }
            if !isUp.load(ordering: .relaxed) { listens.signal() }
            readers.leave()
        }
        listens.wait()
        guard isUp.load(ordering: .relaxed) else {
            throw DidNotStart(description: lines.withLock { $0.joined(separator: "\n") })
        }
    }
}
