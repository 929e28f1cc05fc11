package import Diagnostics
package import HTTP

/// Whether something answers at an endpoint. Asked with HEAD: the merchant's code gets nothing that looks like an event, and
/// neither the endpoint's headers nor a signature.
package struct EndpointReach: Sendable {
    let endpoint: EndpointSettings
    /// Of the URL.
    let subject: String

    private static let timeoutMax = Duration.seconds(10)
    private static let answerBytesMax = 64 * 1024

    /// - Parameter specimen: the same endpoint's.
    package init(_ endpoint: EndpointSettings, _ specimen: EndpointSpecimen) {
        self.endpoint = endpoint
        subject = "\(specimen.subject).url"
    }

    /// Under the policy of the endpoint's webhooks.
    package var request: OutboundRequest {
        OutboundRequest(
            method: .head, url: endpoint.url, policy: endpoint.policy,
            timeout: min(endpoint.timeout, EndpointReach.timeoutMax),
            bodyLimit: .truncate(bytesKept: 0, bytesMax: EndpointReach.answerBytesMax))
    }

    package func read(_ result: Result<OutboundResponse, SendError>) -> Examination {
        var examination = Examination()
        switch result {
        case .success(let response):
            let over = response.verifiedTLS ? "over TLS with a valid certificate" : "over plain http"
            examination.proof(subject, "\(response.address) answers HEAD with \(response.status), \(over)")
            examination.find(finding(response.status))
        case .failure(let error): examination.find(finding(error))
        }
        return examination
    }

    /// A 404 or 405 is what many a backend says to HEAD where it takes POST.
    private func finding(_ status: Int) -> Finding? {
        switch status {
        case 300..<400:
            Finding(
                EndpointCode.redirects, .warning, subject, "it redirects (\(status)), which webhooks do not follow",
                cure: "Give the URL that it leads to, unless it redirects HEAD alone.")
        case 410:
            Finding(
                EndpointCode.gone, .warning, subject, "it says that it is gone (410); to a webhook that disables it",
                cure: "Ask the merchant whether the URL is still right.")
        case 500...:
            Finding(
                EndpointCode.failing, .warning, subject, "it fails (\(status))",
                cure: "Ask the merchant to look at the backend's log, unless it fails for HEAD alone.")
        default: nil
        }
    }

    private func finding(_ error: SendError) -> Finding {
        let (code, severity, cure) = words(error.code)
        let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return Finding(code, severity, subject, "nothing was reached: \(message)", cure: cure)
    }

    private func words(_ code: SendError.Code) -> (EndpointCode, Finding.Severity, String) {
        switch code {
        case .url: (.url, .error, "Ask the merchant for the URL again.")
        case .dns: (.nameless, .error, "Look for a slip in the host's name, and at this machine's name servers.")
        case .refusedDestination:
            (
                .refused, .error,
                "Its name leads to a private address. Give the public one, or say allow_private_network: true on an intranet."
            )
        case .connect:
            (
                .unreachable, .error,
                "Is the merchant's server up, and may this machine reach it (firewall, webhook_proxy)?"
            )
        case .tls:
            (
                .tls, .error,
                "Its certificate has expired, is for another name, or comes without the intermediate one; the merchant has to "
                    + "repair that."
            )
        case .timeout:
            (.slow, .error, "Is the merchant's server up, and may this machine reach it? It has to answer in seconds.")
        case .busy:
            (.unreachable, .warning, "This machine has too much to do, which says nothing of the endpoint: ask again.")
        case .reset, .tooLarge, .malformed, .canceled:
            (.notHTTP, .warning, "What listens there may be no web server, or closes the connection on HEAD.")
        }
    }
}
