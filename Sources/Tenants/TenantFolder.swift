import Alipay
import FoundationEssentials
package import Settings

/// The tenants folder: every `*.yaml` in it is one tenant.
package struct TenantFolder: Sendable {
    static let fileSuffix = ".yaml"
    package static let notifyURLBytesMax = 190

    /// The folder's path.
    let path: String
    /// As problems name it: `tenants`.
    let shownAs: String
    let publicURL: String
    let environment: @Sendable (String) -> String?

    /// - Parameter publicURL: without a slash at the end; every notify URL begins with it.
    package init(
        path: String, shownAs: String, publicURL: String, environment: @escaping @Sendable (String) -> String?
    ) {
        self.path = path
        self.shownAs = shownAs
        self.publicURL = publicURL
        self.environment = environment
    }

    package struct Unreadable: Error, Sendable { package let reason: String }

    /// Reads all files; the good ones become tenants, the ids of the others are kept apart.
    ///
    /// - Throws: when the folder itself cannot be read.
    package func load(into problems: ProblemList) throws(Unreadable) -> TenantSnapshot {
        var tenants: [Tenant] = []
        var broken: Set<String> = []
        var partners: [String: SettingsPosition] = [:]
        var keys: [[UInt8]: SettingsPosition] = [:]
        for file in try fileNames(problems) {
            let id = String(file.dropLast(TenantFolder.fileSuffix.utf8.count))
            guard let parsed = load(file, id: id, problems),
                isAlone(parsed, among: &partners, &keys, problems)
            else {
                broken.insert(id)
                continue
            }
            tenants.append(parsed.tenant)
        }
        return TenantSnapshot(tenants, broken: broken)
    }

    private func load(_ file: String, id: String, _ problems: ProblemList) -> TenantFile.Parsed? {
        let shown = "\(shownAs)/\(file)"
        guard TenantFolder.isID(id) else {
            problems.add(
                Problem(
                    file: shown, line: 1, column: 1,
                    message: "the file's name is the tenant's id: 2 to 39 of a-z 0-9 -, beginning with a letter or digit"
                )
            )
            return nil
        }
        let notifyURL = "\(publicURL)/notify/\(id)"
        let isShort = notifyURL.utf8.count <= TenantFolder.notifyURLBytesMax
        if !isShort {
            problems.add(
                Problem(
                    file: shown, line: 1, column: 1,
                    message: "the notify URL \(notifyURL) has \(notifyURL.utf8.count) bytes, Alipay takes "
                        + "\(TenantFolder.notifyURLBytesMax); shorten public_url or the file's name"
                )
            )
        }
        let filePath = "\(path)/\(file)"
        let source = SettingsSource(file: shown, folder: path, environment: environment)
        let parsed = SettingsReader.readFile(at: filePath, from: source, into: problems) { TenantFile.read($0, id: id) }
        for secret in parsed?.secrets ?? [] { warnIfShown(secret, in: filePath, problems) }
        return isShort ? parsed : nil
    }

    /// A secret that other users of the machine can read is a secret no more.
    private func warnIfShown(_ secret: SettingsSecret, in filePath: String, _ problems: ProblemList) {
        switch secret.origin {
        case .literal where SettingsFiles.othersCanRead(filePath):
            problems.add(
                secret.position.problem(
                    "a secret in a file that every user can read; use file: or env:, or chmod o-r this file", severity: .warning
                )
            )
        case .file(let path) where SettingsFiles.othersCanRead(path):
            problems.add(
                secret.position.problem("every user can read the file it names; chmod o-r it", severity: .warning)
            )
        case .literal, .environment, .file: break
        }
    }

    /// A partner or API key that another tenant has would let one forge the other; the first file of the two keeps it.
    private func isAlone(
        _ parsed: TenantFile.Parsed, among partners: inout [String: SettingsPosition],
        _ keys: inout [[UInt8]: SettingsPosition], _ problems: ProblemList
    ) -> Bool {
        var isAlone = true
        if let other = partners[parsed.tenant.contract.partner] {
            problems.add(parsed.partnerPosition.problem("\(other.file) has the same partner; two tenants cannot share one"))
            isAlone = false
        }
        var own: Set<[UInt8]> = []
        for (key, position) in zip(parsed.tenant.apiKeys, parsed.keyPositions) {
            if let other = keys[key.digest] {
                problems.add(position.problem("\(other.file) has the same API key; two tenants cannot share one"))
                isAlone = false
            } else if !own.insert(key.digest).inserted {
                problems.add(position.problem("this tenant has the same API key twice"))
                isAlone = false
            }
        }
        guard isAlone else { return false }
        partners[parsed.tenant.contract.partner] = parsed.partnerPosition
        for (key, position) in zip(parsed.tenant.apiKeys, parsed.keyPositions) { keys[key.digest] = position }
        return true
    }

    private func fileNames(_ problems: ProblemList) throws(Unreadable) -> [String] {
        let all: [String]
        do { all = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw Unreadable(reason: "cannot read the folder \(shownAs)")
        }
        for name in all.sorted() where name.hasSuffix(".yml") && !name.hasPrefix(".") {
            problems.add(
                Problem(
                    file: "\(shownAs)/\(name)", line: 1, column: 1, severity: .warning,
                    message: "not read; a tenant's file ends with .yaml"
                )
            )
        }
        return all.filter { $0.hasSuffix(TenantFolder.fileSuffix) && !$0.hasPrefix(".") }.sorted()
    }

    /// `[a-z0-9][a-z0-9-]{1,38}`
    package static func isID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        return (2...39).contains(bytes.count) && isPlain && bytes[0] != 0x2D
    }
}
