import HTTP
import Settings

/// The setting `public_url`: what Alipay and buyers are told.
enum PublicURLSetting {
    static let bytesMax = 160

    /// Without slashes at the end; nil when it is wrong, which is reported.
    static func read(_ value: SettingsValue) -> String? {
        guard let text = value.string() else { return nil }
        guard AbsoluteURL.isValid(text, bytesMax: bytesMax), !text.contains("?"), !text.contains("#") else {
            value.problem(
                "expected an absolute http or https URL of at most \(bytesMax) bytes, without user name and query, "
                    + "such as https://pay.example"
            )
            return nil
        }
        if AbsoluteURL.scheme(text) == "http" {
            value.warning("plain http: buyers and notifications can be read and changed on the way; use https")
        }
        if let port = AbsoluteURL.port(text), port != 80, port != 443 {
            value.warning("Alipay posts notifications to ports 80 and 443 only; this URL names port \(port)")
        }
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
