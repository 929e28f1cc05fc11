import HTTP
import HTTPClient
import Settings

/// The setting `webhook_proxy`: the forward proxy that webhooks go through.
enum WebhookProxySetting {
    static let bytesMax = 300

    /// Nil when it is wrong, which is reported. What is wrong is not repeated: a proxy's URL may have a
    /// password in it.
    static func read(_ value: SettingsValue) -> EgressProxy? {
        guard var url = value.string() else { return nil }
        if url.hasSuffix("/") { url.removeLast() }
        guard AbsoluteURL.isValid(url, bytesMax: bytesMax), AbsoluteURL.scheme(url) == "http",
            let port = AbsoluteURL.port(url), port > 0, isHost(url.dropFirst(7).dropLast("\(port)".count + 1)),
            let proxy = try? EgressProxy(url: url)
        else {
            value.problem(
                "expected http://, a host and a port, without user name, password and path, such as "
                    + "http://10.0.0.5:3128; the proxy lets this machine through by its address"
            )
            return nil
        }
        return proxy
    }

    /// A name or an address, that of IPv6 in brackets.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            return IPAddress(String(text.dropFirst().dropLast())).map { !$0.isIPv4 } ?? false
        }
        return !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    }
}
