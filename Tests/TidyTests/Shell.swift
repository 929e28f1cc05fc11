import Foundation

/// Commands as a reader types them.
enum Shell {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What a command of bash prints on standard output.
    ///
    /// - Throws: ``Failure`` unless its exit status is 0.
    static func run(_ command: String) async throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", command]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let (text, complaint) = (read(output), read(errors))
        guard status == 0 else { throw Failure(description: "\(command)\nends with \(status): \(complaint)") }
        return text
    }

    /// All of it: what these commands print fits into a pipe.
    private static func read(_ pipe: Pipe) -> String {
        String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
