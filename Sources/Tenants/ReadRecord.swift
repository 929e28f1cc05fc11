import Crypto
import Platform
import Settings
import Synchronization

/// Reads files for one tenant's file, and remembers which, and in which version.
final class ReadRecord: Sendable {
    private struct State {
        var sources: [FileVersion.Source] = []
        /// SHA-256 of what was read, by path.
        var digests: [String: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    var sources: [FileVersion.Source] { state.withLock { $0.sources } }

    /// Nil if nothing could be read.
    func digest(of path: String) -> [UInt8]? { state.withLock { $0.digests[path] } }

    func read(_ path: String, bytesMax: Int) throws(FileProblem) -> [UInt8] {
        let source = FileVersion.Source(
            path: path, target: PathKind.isLink(path) ? PathKind.resolved(path) : nil,
            signature: FileSignature(of: path))
        let result: Result<[UInt8], FileProblem>
        do { result = .success(try SettingsFiles.read(path, bytesMax: bytesMax)) } catch { result = .failure(error) }
        state.withLock { state in
            state.sources.append(source)
            if case .success(let bytes) = result { state.digests[path] = SHA256.digest(bytes) }
        }
        return try result.get()
    }

    /// Whether all is as it was before it was read: nothing was read in halves.
    var isWhole: Bool { sources.allSatisfy(\.isAsBefore) }
}
