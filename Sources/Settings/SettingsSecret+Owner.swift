package import Diagnostics
import YAML

/// A secret that opens everything: what others can read is refused, and not only warned of.
extension SettingsValue {
    /// As ``secret()``, where the file that it stands in is its owner's alone, and of at least so many bytes. Printable ASCII
    /// without spaces, as it goes into a header.
    package func ownersSecret(bytesMin: Int) -> Secret? {
        if let shape { return shape.take(.secret) }
        guard let (bytes, origin) = resolveSecret() else { return nil }
        var isGood = true
        if let fault = readerFault(origin) {
            problem(fault)
            isGood = false
        }
        if bytes.count < bytesMin {
            problem("a token of fewer than \(bytesMin) bytes can be guessed; `payrelay secret new` makes a longer one")
            isGood = false
        }
        if !bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
            problem("a token has letters, digits and signs of ASCII only, and no spaces")
            isGood = false
        }
        return isGood ? Secret(bytes) : nil
    }

    /// Who else can read it, and the cure.
    private func readerFault(_ origin: SettingsSecret.Origin) -> String? {
        guard let path = source.path else { return nil }
        switch origin {
        case .file(let path) where !SettingsFiles.isOwnersAlone(path):
            return "its group or others can read the file it names; chmod 600 \(written(afterPrefixOf: path))"
        case .literal where !SettingsFiles.isOwnersAlone(path):
            return
                "it stands in a file that its group or others can read; chmod 600 \(source.file), or put it in a file of its own: file:PATH"
        case .file, .literal, .environment: return nil
        }
    }

    /// The path as the settings file has it.
    private func written(afterPrefixOf path: String) -> String {
        guard case .scalar(let text, _) = node.content, text.hasPrefix("file:") else { return path }
        return String(text.dropFirst(5))
    }
}
