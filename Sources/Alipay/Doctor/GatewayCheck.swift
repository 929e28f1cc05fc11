import Diagnostics
import HTTP

/// Whether a gateway's URL is one of another interface.
enum GatewayCheck {
    static func find(_ url: String, at subject: String) -> Finding? {
        let host = URLHost(of: url).name
        if host.hasPrefix("openapi.") || host.hasPrefix("openapi-sandbox.") {
            return Finding(
                DoctorCode.gatewayOpenAPI, .error, subject,
                "\(host) is the gateway of OpenAPI, and takes no partner's keys",
                cure: "Leave gateway_url out: it is \(ContractSettings.gatewayURLDefault).")
        }
        if host.hasSuffix("alipaydev.com") {
            return Finding(
                DoctorCode.gatewaySandbox, .warning, subject,
                "\(host) is a sandbox, and knows contracts across borders only",
                cure: "For a contract in China leave gateway_url out, and try with `payrelay simulate`.")
        }
        guard AbsoluteURL.scheme(url) == "http" else { return nil }
        return Finding(
            DoctorCode.gatewayHTTP, .warning, subject,
            "it is plain http, and so anybody on the way can answer for Alipay",
            cure: "It is for tests only; leave gateway_url out for the real one.")
    }
}
