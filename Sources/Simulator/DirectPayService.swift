import HTTP

/// `create_direct_pay_by_user`: the buyer reaches the cashier, and the trade begins.
struct DirectPayService: Sendable {
    let accounts: Accounts
    let desk: TradeDesk
    let pages: CashierPage

    func answer(_ fields: Fields, _ account: SimulatorAccount) throws(GatewayError) -> Response {
        let request = try DirectPayRequest(fields, account: account, accounts: accounts)
        return .html(pages.page(of: try desk.open(request, partner: account.partner)))
    }
}
