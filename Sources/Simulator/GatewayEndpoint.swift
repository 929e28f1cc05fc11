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
        answer(reply, fields, faults.take(target)) { suffered in
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
            return GatewayEndpoint.refusal(error.code.rawValue, fields)
        }
    }

    private static func refusal(_ code: String, _ fields: Fields) -> Response {
        let charset = Dialect.Charset(parameter: fields.text("_input_charset")) ?? .utf8
        return .xml(AlipayXML.refusal(code, charset), charset)
    }

    // MARK: what goes wrong

    private func answer(
        _ reply: any Reply, _ fields: Fields, _ suffered: Suffered, _ body: @escaping @Sendable (Suffered) -> Response
    ) {
        guard suffered.contains(.slow) else { return answerNow(reply, fields, suffered, body) }
        _ = clock.schedule(atMs: clock.nowMs + suffered.delayMs) { answerNow(reply, fields, suffered, body) }
    }

    /// First the faults that keep the request from being carried out, then the request, then those of the answer.
    private func answerNow(
        _ reply: any Reply, _ fields: Fields, _ suffered: Suffered, _ body: (Suffered) -> Response
    ) {
        if suffered.contains(.noAnswer) { return held.hold(reply) }
        if suffered.contains(.status500) { return reply.send(.html("<h1>500</h1>\n", status: 500)) }
        if suffered.contains(.htmlPage) { return reply.send(GatewayEndpoint.htmlPage) }
        if suffered.contains(.error) { return reply.send(GatewayEndpoint.refusal(suffered.code, fields)) }
        var response = body(suffered)
        if suffered.contains(.answerLost) { return held.hold(reply) }
        if suffered.contains(.errorAfterEffect) {
            return reply.send(GatewayEndpoint.refusal(suffered.code, fields))
        }
        if suffered.contains(.garbled) { response.body = Array(response.body.prefix(response.body.count * 2 / 3)) }
        reply.send(response)
    }

    private static let htmlPage = Response(
        status: 200, contentType: "text/xml; charset=utf-8",
        body: Array("<!doctype html>\n<html><head><title>系统繁忙</title></head><body>请稍后再试<br></body></html>\n".utf8))
}
