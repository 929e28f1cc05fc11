import Platform
import Settings
import Synchronization

/// One version of a tenant's file, as it was read.
///
/// A class, because thousands of them are looked through at each change.
final class FileVersion: Sendable {
    /// A file that the tenant's file names, or the file itself.
    struct Source: Sendable {
        let path: String
        /// Where links lead, if that is elsewhere.
        let target: String?
        /// Before it was read; nil where nothing was.
        let signature: FileSignature?

        var isAsBefore: Bool { FileSignature(of: path) == signature }
    }

    /// With `tenant` only if nothing in it is wrong by itself.
    let file: TenantFile
    /// SHA-256 of its bytes, in hex; empty if it could not be read.
    let digest: String
    /// The file itself first.
    let sources: [Source]
    /// Whether nothing changed while it was read.
    let isWhole: Bool
    let fields: [FieldDigest]
    /// Without those that other files have a part in; sorted.
    let problems: [Problem]
    /// The file's text by its name in problems, if it is kept.
    let texts: [String: SourceText]

    init(
        file: TenantFile, digest: String, record: ReadRecord, fields: [FieldDigest], problems: ProblemList
    ) {
        self.file = file
        self.digest = digest
        sources = record.sources
        isWhole = record.isWhole
        self.fields = fields
        self.problems = problems.sorted
        texts = problems.texts
    }

    var id: String { file.id }
    var fileName: String { TenantFolder.fileName(of: id) }
    /// Empty if the file names none.
    var partner: String { file.claims.partner?.text ?? "" }

    /// Whether it can be in force, as far as it goes by itself.
    var isGood: Bool { file.tenant != nil }

    func saysTheSame(as other: FileVersion) -> Bool { digest == other.digest && fields == other.fields }
}

/// What a field of a file says, in so far as it can be told from something else: its path by number, and a hash of its text
/// and of the file that it names.
struct FieldDigest: Sendable, Hashable {
    let path: Int32
    let hash: Int
}

/// The paths of fields by number: 10,000 files have the same few dozen.
final class FieldPaths: Sendable {
    private struct State {
        var numbers: [String: Int32] = [:]
        var paths: [String] = []
    }

    private let state = Mutex(State())

    func number(of path: String) -> Int32 {
        state.withLock { state in
            if let known = state.numbers[path] { return known }
            let number = Int32(state.paths.count)
            state.paths.append(path)
            state.numbers[path] = number
            return number
        }
    }

    /// Sorted: those that are in one version alone, and those that say something else.
    func differing(_ old: [FieldDigest], _ new: [FieldDigest]) -> [String] {
        let changed = Set(old).symmetricDifference(new)
        return state.withLock { state in Set(changed.map { state.paths[Int($0.path)] }).sorted() }
    }
}
