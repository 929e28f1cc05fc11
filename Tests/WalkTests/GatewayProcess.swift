import Foundation
import Synchronization

/// `payrelay serve` as a process of its own, to be killed.
final class GatewayProcess: Sendable {
    private let process: Mutex<Process>
    private let readers = DispatchGroup()
    /// Every line that it wrote on standard error.
    private let lines = Mutex<[String]>([])

    struct DidNotStart: Error, CustomStringConvertible { let description: String }

    /// Starts it, and returns when it listens.
    init(config: String, environment: [String: String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: GatewayProcess.executable)
        process.arguments = ["serve", "--config", config]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
        try waitUntilItListens(pipe.fileHandleForReading)
    }

    /// The product, where the tests were built.
    static var executable: String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "payrelay").path()
    }

    /// SIGKILL, and gone when this returns.
    func kill() {
        process.withLock { process in
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        readers.wait()
    }

    /// SIGTERM; answers the exit status.
    func terminate() -> Int32 {
        let status = process.withLock { process in
            process.terminate()
            process.waitUntilExit()
            return process.terminationStatus
        }
        readers.wait()
        return status
    }

    /// Waits until it ends by itself; answers the exit status.
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
