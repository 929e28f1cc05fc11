import HTTP

/// The browser services that open the cashier: the buyer reaches it, and the trade begins.
struct CashierServices: Sendable {
    let accounts: Accounts
    let desk: TradeDesk
    let pages: CashierPage
    let antiPhishing: AntiPhishing

    /// `create_direct_pay_by_user`.
    func directPay(_ call: GatewayCall) throws(GatewayError) -> Response {
        let fields = try OrderFields(call, accounts: accounts)
        return try open(call, instantOrder(fields, .directPay), fields)
    }

    /// `alipay.wap.create.direct.pay.by.user`: UTF-8 only, and the amount in total_fee only.
    func wapPay(_ call: GatewayCall) throws(GatewayError) -> Response {
        guard call.dialect.charset == .utf8 else {
            throw GatewayError(.illegalCharset, "this service takes UTF-8 only")
        }
        let fields = try OrderFields(call, accounts: accounts)
        _ = try fields.mandatory("total_fee")
        guard fields.fields.filled("seller_id") != nil else { throw OrderFields.wrong("seller_id", "is missing") }
        return try open(call, instantOrder(fields, .wapPay), fields)
    }

    /// `create_partner_trade_by_buyer`.
    func escrow(_ call: GatewayCall) throws(GatewayError) -> Response {
        let fields = try OrderFields(call, accounts: accounts)
        return try open(call, EscrowFields(fields).order(.escrow, flow: .escrow), fields)
    }

    /// `trade_create_by_buyer`: the buyer chooses.
    func dual(_ call: GatewayCall) throws(GatewayError) -> Response {
        let fields = try OrderFields(call, accounts: accounts)
        return try open(call, EscrowFields(fields).order(.dual, flow: .buyersChoice), fields)
    }

    private func instantOrder(_ fields: OrderFields, _ service: ServiceName) throws(GatewayError) -> TradeOrder {
        let (priceFen, quantity) = try fields.amount()
        try fields.checkSeller()
        return TradeOrder(
            service: service.rawValue, outTradeNo: try fields.mandatory("out_trade_no"), subject: try fields.subject(),
            body: fields.fields.filled("body"), extraCommonParam: fields.fields.filled("extra_common_param"),
            paymentType: try fields.paymentType(), priceFen: priceFen, quantity: quantity,
            sellerID: fields.account.sellerID, sellerEmail: fields.account.sellerEmail)
    }

    private func open(
        _ call: GatewayCall, _ order: TradeOrder, _ fields: OrderFields
    ) throws(GatewayError) -> Response {
        _ = try fields.url("show_url")
        let request = CashierOrder(
            order: order, notifyURL: try fields.url("notify_url"), returnURL: try fields.url("return_url"),
            timeout: try fields.timeout(isIncluded: call.account.contract.itBPay), dialect: call.dialect)
        try antiPhishing.check(call)
        return .html(pages.page(of: try desk.open(request, partner: call.account.partner)))
    }
}
