import Diagnostics
import Gateway
import HTTP
import Tenants

/// Alipay's side and the buyer's: `/notify/{tenant}`, `/return/{tenant}`, `/checkout/{payment}`.
struct AlipayRoutes: Sendable {
    private let house: House
    private let accept: AcceptNotification
    /// One for all buyers: it remembers which payments were asked about.
    private let acceptReturn: AcceptReturn
    private let pages = BuyerPages()
    private let metrics: RequestMetrics

    init(house: House, accept: AcceptNotification, metrics: RequestMetrics) {
        self.house = house
        self.metrics = metrics
        self.accept = accept
        acceptReturn = AcceptReturn(house)
    }

    /// Exactly the seven bytes `success` once it is stored; anything else makes Alipay come again.
    func notify(_ request: Request, tenant id: String, _ reply: any Reply) {
        let reply = CountedReply(reply, route: "/notify/{tenant}", metrics: metrics)
        guard request.method == .post else { return reply.send(AlipayRoutes.plain(405, "POST only", allow: "POST")) }
        let tenants = house.tenants.current
        guard let tenant = tenants.tenant(id) else {
            // A tenant whose file is broken or missing for now: Alipay comes again.
            if tenants.isDown(id) { return reply.send(AlipayRoutes.plain(503, "fail")) }
            accept.noteUnknownTenant()
            return reply.send(AlipayRoutes.plain(404, "no such tenant"))
        }
        guard tenant.takesNotifications(from: request.peer) else {
            return reply.send(AlipayRoutes.plain(403, "not from here"))
        }
        accept.logging(with: logger(request, tenant.id)).run(request.body, from: tenant) { success in
            reply.send(AlipayRoutes.plain(200, success ? "success" : "fail"))
        }
    }

    func buyerReturn(_ request: Request, tenant id: String, _ reply: any Reply) {
        let reply = CountedReply(reply, route: "/return/{tenant}", metrics: metrics)
        let language = BuyerPages.Language(acceptLanguage: request.headers["Accept-Language"])
        guard request.method == .get || request.method == .head else {
            return reply.send(AlipayRoutes.plain(405, "GET only", allow: "GET, HEAD"))
        }
        let tenants = house.tenants.current
        guard let tenant = tenants.tenant(id) else {
            return reply.send(tenants.isDown(id) ? pages.tryAgain(language) : pages.notFound(language))
        }
        acceptReturn.logging(with: logger(request, tenant.id)).run(query: request.query, tenant: tenant) { result in
            switch result {
            case .failure: reply.send(pages.tryAgain(language))
            case .success(.checking): reply.send(pages.checking(language))
            case .success(.page(let payment)): reply.send(pages.status(payment, language))
            case .success(.redirect(let url)): reply.send(redirect(303, to: url, language))
            }
        }
    }

    func checkout(_ request: Request, payment id: String, _ reply: any Reply) {
        let reply = CountedReply(reply, route: "/checkout/{payment}", metrics: metrics)
        let language = BuyerPages.Language(acceptLanguage: request.headers["Accept-Language"])
        guard request.method == .get || request.method == .head else {
            return reply.send(AlipayRoutes.plain(405, "GET only", allow: "GET, HEAD"))
        }
        let house = house.logging(with: logger(request, nil))
        OpenCheckout(house).run(payment: id, peer: request.peer, asks: request.method == .get) { result in
            switch result {
            case .failure: reply.send(pages.tryAgain(language))
            case .success(.unknown): reply.send(pages.notFound(language))
            case .success(.redirect(let url)): reply.send(redirect(302, to: url, language))
            case .success(.closed(let payment)): reply.send(pages.status(payment, language))
            case .success(.expired(let payment)): reply.send(pages.expired(payment, language))
            case .success(.tryAgain), .success(.notServed): reply.send(pages.tryAgain(language))
            }
        }
    }

    /// A checkout names no tenant.
    private func logger(_ request: Request, _ tenant: String?) -> Logger {
        let logger = house.logger.with(["request_id": .text(request.id)])
        return tenant.map { logger.with(["tenant": .text($0)]) } ?? logger
    }

    private static func plain(_ status: Int, _ text: String, allow: String? = nil) -> Response {
        var response = Response(status: status, contentType: "text/plain", body: Array(text.utf8))
        if let allow { response.headers.add("Allow", allow) }
        return response
    }

    /// Longer ones, of a payment with a long description, go into a page: a merchant's return URL is none of them.
    private static let locationBytesMax = 2560

    private func redirect(_ status: Int, to url: String, _ language: BuyerPages.Language) -> Response {
        guard url.utf8.count <= AlipayRoutes.locationBytesMax else { return pages.onward(to: url, language) }
        return Response(
            status: status,
            headers: Headers([("Location", url), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")])
        )
    }
}
