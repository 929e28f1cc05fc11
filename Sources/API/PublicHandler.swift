import Diagnostics
package import Gateway
package import HTTP
import Synchronization

/// The public listener: merchants under `/v1`, Alipay under `/notify` and `/return`, buyers under `/checkout`.
package final class PublicHandler: HTTPHandler {
    private let merchants: MerchantRoutes
    private let alipay: AlipayRoutes
    private let metrics: RequestMetrics
    private let isDraining = Atomic<Bool>(false)

    /// - Parameters:
    ///   - accept: takes what Alipay posts.
    ///   - owner: names this process among all that ever ran on the store.
    package init(
        _ house: House, accept: AcceptNotification, relay: Relay, owner: String, metrics: RequestMetrics
    ) {
        self.metrics = metrics
        merchants = MerchantRoutes(house: house, relay: relay, owner: owner, metrics: metrics)
        alipay = AlipayRoutes(house: house, accept: accept, metrics: metrics)
    }

    /// From now on everything is answered 503, so that peers come back to the next process.
    package func drain() { isDraining.store(true, ordering: .relaxed) }

    package func handle(_ request: Request, _ reply: any Reply) {
        let segments = PathSegments.of(request.path)
        guard !isDraining.load(ordering: .relaxed) else {
            return CountedReply(reply, route: "draining", metrics: metrics)
                .send(Problem.unavailable.response(requestID: request.id))
        }
        switch segments.first {
        case "v1": merchants.handle(request, Array(segments.dropFirst()), reply)
        case "notify" where segments.count == 2: alipay.notify(request, tenant: segments[1], reply)
        case "return" where segments.count == 2: alipay.buyerReturn(request, tenant: segments[1], reply)
        case "checkout" where segments.count == 2: alipay.checkout(request, payment: segments[1], reply)
        default:
            CountedReply(reply, route: "none", metrics: metrics)
                .send(Problem(.notFound, "there is nothing here").response(requestID: request.id))
        }
    }
}
