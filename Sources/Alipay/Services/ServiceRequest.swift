import HTTP
import Payments

/// What all requests from us to a service of Alipay's have in common.
package enum ServiceRequest {
    /// The whole exchange, name resolution included.
    package static let timeout = Duration.seconds(10)
    /// A longer URL may not get through proxies and servers on the way; its parameters travel in the body then.
    static let urlBytesMax = 2000
    static let answerBytesMax = SingleTradeQuery.answerBytesMax
}

extension RequestParameters {
    /// A signed request that the gateway sends itself: GET, or POST where the URL would be too long. Nil if no key is in
    /// force to sign with.
    func request(_ contract: Contract) -> OutboundRequest? {
        guard let url = signedURL(contract) else { return nil }
        guard url.utf8.count <= ServiceRequest.urlBytesMax else { return post(url, contract) }
        return OutboundRequest(
            url: url, policy: .trusted, timeout: ServiceRequest.timeout,
            bodyLimit: .refuse(bytesMax: ServiceRequest.answerBytesMax)
        )
    }

    /// A signed request whose parameters stand in no URL.
    func post(_ contract: Contract) -> OutboundRequest? { signedURL(contract).map { post($0, contract) } }

    /// The query as a body. `_input_charset` stands in the URL as well: Alipay reads the body as GBK without it (`mapi` 0.3).
    private func post(_ url: String, _ contract: Contract) -> OutboundRequest {
        let query = url.utf8.dropFirst(contract.gatewayURL.utf8.count + 1)
        return OutboundRequest(
            method: .post, url: "\(contract.gatewayURL)?_input_charset=\(charset.rawValue)",
            headers: Headers([("Content-Type", "application/x-www-form-urlencoded; charset=\(charset.rawValue)")]),
            body: Array(query), policy: .trusted, timeout: ServiceRequest.timeout,
            bodyLimit: .refuse(bytesMax: ServiceRequest.answerBytesMax)
        )
    }
}
