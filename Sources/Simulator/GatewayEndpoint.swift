import Diagnostics
import HTTP

/// `gateway.do`: which service is meant, and how it is answered.
struct GatewayEndpoint: Sendable {
    static let paths: Set<String> = ["/gateway.do", "/cooperate/gateway.do"]
    /// The old address of `notify_verify`.
    static let notifyQueryPath = "/trade/notify_query.do"

    let authenticator: Authenticator
    let faults: FaultPlan
    let held: HeldReplies
    let clock: any Clock
    let pages: CashierPage
    let services: Services
    let notifyVerify: NotifyVerify

    func handle(_ request: Request, _ reply: any Reply) {
        guard request.method == .get || request.method == .post else {
            return reply.send(.methodNotAllowed("GET, POST"))
        }
        let fields: Fields
        do throws(GatewayError) {
            fields = try GatewayEndpoint.fields(of: request)
        } catch {
            return reply.send(.html(pages.page(of: error)))
        }
        let isOldAddress = request.path == GatewayEndpoint.notifyQueryPath
        guard
            let service = isOldAddress ? .notifyVerify : fields.text("service").flatMap(ServiceName.init(rawValue:))
        else {
            return reply.send(.html(pages.page(of: GatewayError(.illegalService, "there is no such service"))))
        }
        guard let target = service.faults else { return reply.send(browserAnswer(service, request, fields)) }
        answer(reply, faults.take(target), refuse: { refusal($0, service, fields) }) { suffered in
            service == .notifyVerify
                ? notifyVerify.answer(fields, suffered) : serverAnswer(service, request, fields, suffered)
        }
    }

    /// The query's fields, and with POST the body's before them; `_input_charset` may stand in both.
    private static func fields(of request: Request) throws(GatewayError) -> Fields {
        do throws(FormError) {
            let query = try Fields(form: request.query)
            guard request.method == .post else { return query }
            var fields = try Fields(form: request.body)
            fields.add(query)
            return fields
        } catch {
            throw GatewayError(.illegalArgument, "the parameters cannot be read: \(error)")
        }
    }

    /// Browsers see an error as a page.
    private func browserAnswer(_ service: ServiceName, _ request: Request, _ fields: Fields) -> Response {
        do throws(GatewayError) {
            return try services.answer(service, try authenticator.call(service, request, fields, Suffered()))
        } catch {
            return .html(pages.page(of: error))
        }
    }

    /// Servers see an error as an unsigned answer.
    private func serverAnswer(
        _ service: ServiceName, _ request: Request, _ fields: Fields, _ suffered: Suffered
    ) -> Response {
        do throws(GatewayError) {
            return try services.answer(service, try authenticator.call(service, request, fields, suffered))
        } catch {
            return refusal(error.code.rawValue, service, fields)
        }
    }

    /// As the service refuses: only the query of refunds has a text for it.
    private func refusal(_ code: String, _ service: ServiceName, _ fields: Fields) -> Response {
        let account = fields.text("partner").flatMap { authenticator.accounts[partner: $0] }
        if service == .refundQuery, account?.contract.refundQueryAsXML != true {
            return .plain("is_success=F&error_code=\(code)")
        }
        let charset = Dialect.Charset(parameter: fields.text("_input_charset")) ?? .utf8
        return .xml(AlipayXML.refusal(code, charset), charset)
    }

    // MARK: what goes wrong

    private func answer(
        _ reply: any Reply, _ suffered: Suffered, refuse: @escaping @Sendable (_ code: String) -> Response,
        _ body: @escaping @Sendable (Suffered) -> Response
    ) {
        guard suffered.contains(.slow) else { return answerNow(reply, suffered, refuse, body) }
        _ = clock.schedule(atMs: clock.nowMs + suffered.delayMs) { answerNow(reply, suffered, refuse, body) }
    }

    /// First the faults that keep the request from being carried out, then the request, then those of the answer.
    private func answerNow(
        _ reply: any Reply, _ suffered: Suffered, _ refuse: (_ code: String) -> Response,
        _ body: (Suffered) -> Response
    ) {
        if suffered.contains(.noAnswer) { return held.hold(reply) }
        if suffered.contains(.status500) { return reply.send(.html("<h1>500</h1>\n", status: 500)) }
        if suffered.contains(.htmlPage) { return reply.send(GatewayEndpoint.htmlPage) }
        if suffered.contains(.error) { return reply.send(refuse(suffered.code)) }
        var response = body(suffered)
        if suffered.contains(.answerLost) { return held.hold(reply) }
        if suffered.contains(.errorAfterEffect) { return reply.send(refuse(suffered.code)) }
        if suffered.contains(.garbled) { response.body = Array(response.body.prefix(response.body.count * 2 / 3)) }
        reply.send(response)
    }

    private static let htmlPage = Response(
        status: 200, contentType: "text/xml; charset=utf-8",
        body: Array("<!doctype html>\n<html><head><title>系统繁忙</title></head><body>请稍后再试<br></body></html>\n".utf8))
}
