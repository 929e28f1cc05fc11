package import Diagnostics
import YAML

/// A secret of a settings file, and how the file gives it.
package struct SettingsSecret: Sendable, Hashable {
    package enum Origin: Sendable, Hashable {
        /// It stands in the file itself.
        case literal
        /// `env:NAME`
        case environment(name: String)
        /// `file:PATH`, resolved.
        case file(path: String)
    }

    package let secret: Secret
    package let origin: Origin
    /// Where the file names it.
    package let position: SettingsPosition
}

extension SettingsValue {
    /// 64 KiB, for a file that a setting names: a certificate chain is the longest.
    private static let secretBytesMax = 64 * 1024

    /// A secret: a literal, `env:NAME`, or `file:PATH` (relative to the file's folder; one newline at its end is
    /// dropped). Never empty, and never part of a message.
    package func secret() -> SettingsSecret? {
        if let shape { return shape.take(.secret) }
        guard let (bytes, origin) = resolveSecret() else { return nil }
        warnIfOthersCanRead(origin)
        return SettingsSecret(secret: Secret(bytes), origin: origin, position: position)
    }

    /// A secret's bytes, and how the file gives them, whoever can read it.
    func resolveSecret() -> ([UInt8], SettingsSecret.Origin)? {
        guard case .scalar(let text, _) = node.content, !node.isNull else { return mismatch(secretForms) }
        guard let (bytes, origin) = resolve(text) else { return nil }
        guard !bytes.isEmpty else {
            problem("the secret is empty")
            return nil
        }
        return (bytes, origin)
    }

    /// What a secret may be, for what is none: a certificate. 1 to 65,536 bytes.
    package func contents() -> [UInt8]? {
        if let shape { return shape.take(.contents) }
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            return mismatch("file:PATH, env:NAME or the text itself")
        }
        guard let (bytes, _) = resolve(text) else { return nil }
        guard !bytes.isEmpty else {
            problem("it is empty")
            return nil
        }
        return bytes
    }

    /// A list of secrets; nil when the list or any entry is wrong.
    package func secrets(count: ClosedRange<Int>) -> [SettingsSecret]? { readList(count: count) { $0.secret() } }

    /// What to write, and the usual slip: `env: NAME` is a mapping to YAML.
    private var secretForms: String {
        if case .mapping(let entries) = node.content, let name = entries.first?.name, ["env", "file"].contains(name) {
            return "a secret such as \(name):… without a space after the colon"
        }
        return "a secret (env:NAME, file:PATH or the text itself)"
    }

    /// A secret that other users of the machine can read is a secret no more.
    private func warnIfOthersCanRead(_ origin: SettingsSecret.Origin) {
        guard let path = source.path else { return }
        switch origin {
        case .literal where SettingsFiles.othersCanRead(path):
            warning("a secret in a file that every user of this machine can read; chmod o-r it, or use file: or env:")
        case .file(let path) where SettingsFiles.othersCanRead(path):
            warning("every user of this machine can read the file it names; chmod o-r that")
        case .literal, .environment, .file: break
        }
    }

    private func resolve(_ text: String) -> ([UInt8], SettingsSecret.Origin)? {
        if text.hasPrefix("env:") { return fromEnvironment(String(text.dropFirst(4))) }
        if text.hasPrefix("file:") { return fromFile(String(text.dropFirst(5))) }
        return (Array(text.utf8), .literal)
    }

    private func fromEnvironment(_ name: String) -> ([UInt8], SettingsSecret.Origin)? {
        guard Self.isVariableName(name) else {
            problem("env: needs the name of an environment variable (letters, digits and _)")
            return nil
        }
        guard let value = source.environment(name) else {
            problem(
                holdsKey(name)
                    ? "what stands after env: looks like the secret itself; name the environment variable that holds it"
                    : "environment variable \(shownName(name)) is not set"
            )
            return nil
        }
        guard !value.isEmpty else {
            problem("environment variable \(shownName(name)) is empty")
            return nil
        }
        return (Array(value.utf8), .environment(name: name))
    }

    private func fromFile(_ written: String) -> ([UInt8], SettingsSecret.Origin)? {
        let path = source.resolve(written)
        guard !written.isEmpty else {
            problem("file: needs a path")
            return nil
        }
        do {
            var bytes = try source.readFile(path, Self.secretBytesMax)
            if bytes.last == UInt8(ascii: "\n") {
                bytes.removeLast()
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            }
            guard bytes.isEmpty else { return (bytes, .file(path: path)) }
            problem("\(shownName(written)) is empty")
        } catch {
            problem(
                holdsKey(written)
                    ? "what stands after file: looks like the secret itself; name the file that holds it"
                    : "cannot read \(shownName(written)): \(error.reason)"
            )
        }
        return nil
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
