import Diagnostics
import Settings

/// An endpoint's `headers:`: names and values of the admin's own.
struct EndpointHeaders {
    var headers: [EndpointSettings.CustomHeader] = []
    /// The values as the file gives them.
    var given: [SettingsSecret] = []

    static let nameBytesMax = 64
    static let valueBytesMax = 1024

    /// Fields of the connection, of the request or of its body, none of which is the file's to set (RFC 9110 §7.6.1,
    /// RFC 9112 §6).
    private static let ours: Set = [
        "host", "user-agent", "accept-encoding", "transfer-encoding", "connection", "te", "trailer", "upgrade",
        "expect",
        "keep-alive", "http2-settings",
    ]
    /// The signature's, Svix' own spelling of it, the body's and the proxies'.
    private static let ourPrefixes = ["webhook-", "svix-", "content-", "proxy-"]

    /// Every problem is reported, and nothing is returned if there is one. A value is never repeated.
    static func read(_ section: SettingsReader) -> EndpointHeaders? {
        var names: [String: String] = [:]
        let pairs = section.members(count: 0...EndpointSettings.headersMax) { member in
            let isGood = isGoodName(member, &names)
            return value(member.value).flatMap { isGood ? (name: member.name, value: $0) : nil }
        }
        guard let pairs else { return nil }
        return EndpointHeaders(
            headers: pairs.map { EndpointSettings.CustomHeader(name: $0.name, value: $0.value.secret) },
            given: pairs.map(\.value))
    }

    /// - Parameter names: those that stand in the file before this one, by their lower case.
    private static func isGoodName(_ member: SettingsMember, _ names: inout [String: String]) -> Bool {
        guard isToken(member.name) else {
            member.nameProblem(
                "a header's name is 1 to \(nameBytesMax) letters, digits and signs such as -, without blank or colon: X-Shop"
            )
            return false
        }
        let name = member.name.lowercased()
        guard !ours.contains(name), !ourPrefixes.contains(where: name.hasPrefix) else {
            member.nameProblem(
                "this header is not the file's to set: the signature, the body or the connection needs it")
            return false
        }
        if let other = names.updateValue(member.name, forKey: name) {
            // The reader of the file has told of the very same key already.
            if other != member.name { member.nameProblem("the header stands here already, as \(quoted(other))") }
            return false
        }
        return true
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        (1...nameBytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func value(_ value: SettingsValue) -> SettingsSecret? {
        guard let given = value.secret() else { return nil }
        let bytes = given.secret.reveal()
        guard bytes.count <= valueBytesMax else {
            value.problem("the value has \(bytes.count) bytes; a header's has at most \(valueBytesMax)")
            return nil
        }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }), bytes.first != 0x20, bytes.last != 0x20 else {
            value.problem("a header's value is printable ASCII in one line, and neither begins nor ends with a blank")
            return nil
        }
        return given
    }
}
