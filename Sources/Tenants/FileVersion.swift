import Platform
import Settings

/// One version of a tenant's file, as it was read.
struct FileVersion: Sendable {
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
    /// Without those that other files have a part in.
    let problems: [Problem]
    /// The file's text by its name in problems, if it is kept.
    let texts: [String: SourceText]

    var id: String { file.id }

    func saysTheSame(as other: TenantInForce) -> Bool { digest == other.digest && fields == other.fields }
}

/// A tenant as it is served.
struct TenantInForce: Sendable {
    var tenant: Tenant
    let claims: TenantFile.Claims
    let digest: String
    let fields: [FieldDigest]
    let appliedAtMs: Int64

    init(_ tenant: Tenant, _ version: FileVersion, appliedAtMs: Int64) {
        self.tenant = tenant
        claims = version.file.claims
        digest = version.digest
        fields = version.fields
        self.appliedAtMs = appliedAtMs
    }
}

/// What a field of a file says, in so far as it can be told from something else: its path by number, and a hash of its text
/// and of the file that it names.
struct FieldDigest: Sendable, Hashable {
    let path: Int32
    let hash: Int
}

/// The paths of fields by number: 10,000 files have the same few dozen.
struct FieldPaths: Sendable {
    private var numbers: [String: Int32] = [:]
    private var paths: [String] = []

    mutating func number(of path: String) -> Int32 {
        if let known = numbers[path] { return known }
        let number = Int32(paths.count)
        paths.append(path)
        numbers[path] = number
        return number
    }

    /// Sorted: those that are in one version alone, and those that say something else.
    func differing(_ old: [FieldDigest], _ new: [FieldDigest]) -> [String] {
        let changed = Set(old).symmetricDifference(new)
        return Set(changed.map { paths[Int($0.path)] }).sorted()
    }
}
