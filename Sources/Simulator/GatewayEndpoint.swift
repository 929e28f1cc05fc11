import Diagnostics
import HTTP

/// `gateway.do`: who calls, whether the signature is right, and which service is meant.
struct GatewayEndpoint: Sendable {
    static let paths: Set<String> = ["/gateway.do", "/cooperate/gateway.do"]
    /// The old address of `notify_verify`.
    static let notifyQueryPath = "/trade/notify_query.do"

    let accounts: Accounts
    let faults: FaultPlan
    let held: HeldReplies
    let clock: any Clock
    let pages: CashierPage
    let directPay: DirectPayService
    let tradeQuery: TradeQuery
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
        let service = request.path == GatewayEndpoint.notifyQueryPath ? NotifyVerify.service : fields.text("service")
        switch service {
        case DirectPayRequest.service:
            reply.send(
                browserAnswer { () throws(GatewayError) in
                    try directPay.answer(fields, try authenticate(request, fields, { $0.directPay }))
                })
        case TradeQuery.service:
            answer(reply, faults.take(.query)) { suffered in
                serverAnswer { () throws(GatewayError) in
                    try tradeQuery.answer(fields, try authenticate(request, fields, { $0.tradeQuery }), suffered)
                }
            }
        case NotifyVerify.service:
            answer(reply, faults.take(.verify)) { notifyVerify.answer(fields, $0) }
        default:
            reply.send(.html(pages.page(of: GatewayError(.illegalService, "there is no such service"))))
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

    // MARK: who calls

    private func authenticate(
        _ request: Request, _ fields: Fields, _ isIncluded: (SimulatorAccount.Contract) -> Bool
    ) throws(GatewayError) -> SimulatorAccount {
        guard let partner = fields.text("partner"), let account = accounts[partner: partner] else {
            throw GatewayError(.illegalPartner, "the partner is missing or not known here")
        }
        guard fields.text("_input_charset")?.lowercased() == "utf-8" else {
            throw GatewayError(
                .illegalCharset, "_input_charset must be utf-8; without it Alipay takes everything for GBK")
        }
        guard fields.text("sign_type") == "MD5" else {
            throw GatewayError(.illegalSignType, "sign_type must be MD5, in upper case")
        }
        try checkSign(request, fields, account)
        guard isIncluded(account.contract) else {
            throw GatewayError(.illegalPartnerExterface, "the contract does not include this service")
        }
        return account
    }

    private func checkSign(_ request: Request, _ fields: Fields, _ account: SimulatorAccount) throws(GatewayError) {
        let urlFields = try? Fields(form: request.query)
        if request.method == .post, urlFields?["_input_charset"] == nil,
            fields.list.contains(where: { !$0.value.allSatisfy { $0 < 0x80 } })
        {
            throw GatewayError(
                .illegalSign, "with POST, _input_charset must also stand in the URL, or Alipay reads the body as GBK")
        }
        guard PartnerSignature.isValid(fields, key: account.key) else {
            let expected = String(decoding: PartnerSignature.stringToSign(fields), as: UTF8.self)
            throw GatewayError(.illegalSign, "the sign is not the MD5 of this text and the key: \(expected)")
        }
    }

    // MARK: how it is answered

    /// Browsers see an error as a page.
    private func browserAnswer(_ body: () throws(GatewayError) -> Response) -> Response {
        do throws(GatewayError) { return try body() } catch { return .html(pages.page(of: error)) }
    }

    /// Servers see an error as an unsigned answer.
    private func serverAnswer(_ body: () throws(GatewayError) -> Response) -> Response {
        do throws(GatewayError) { return try body() } catch { return .xml(AlipayXML.refusal(error.code)) }
    }

    private func answer(_ reply: any Reply, _ suffered: Suffered, _ body: @escaping @Sendable (Suffered) -> Response) {
        if suffered.contains(.noAnswer) { return held.hold(reply) }
        if suffered.contains(.status500) { return reply.send(.html("<h1>500</h1>\n", status: 500)) }
        guard suffered.contains(.slow) else { return reply.send(body(suffered)) }
        _ = clock.schedule(atMs: clock.nowMs + suffered.delayMs) { reply.send(body(suffered)) }
    }
}
