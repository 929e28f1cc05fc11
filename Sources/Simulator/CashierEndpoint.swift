import Diagnostics
import HTTP

/// `/cashier/{trade_no}` and what its buttons do.
struct CashierEndpoint: Sendable {
    static let prefix = "/cashier/"
    /// What `qr_code` leads to.
    static let codesPrefix = "/cashier/qr/"

    let accounts: Accounts
    let book: TradeBook
    let desk: TradeDesk
    let refunds: RefundDesk
    let codes: QRCodes
    let ids: NotifyIDs
    let pages: CashierPage
    let signer: Signer
    let clock: any Clock

    func answer(_ request: Request) -> Response {
        if request.path == CashierPage.stylesheetPath {
            return Response(
                status: 200, contentType: "text/css; charset=utf-8", body: Array(CashierPage.stylesheet.utf8))
        }
        let parts = request.path.dropFirst(CashierEndpoint.prefix.count).split(separator: "/")
        if parts.first == "qr" { return scan(request.method, parts.dropFirst().map(String.init)) }
        if parts.first == "refunds" { return refund(request.method, parts.dropFirst().map(String.init)) }
        guard let first = parts.first, let trade = book[String(first)], parts.count <= 2 else { return .notFound }
        let action = parts.count == 2 ? String(parts[1]) : nil
        switch (request.method, action) {
        case (.post, "pay_escrow"): return pay(trade, request, .payEscrow)
        case (.get, nil): return .html(pages.page(of: trade))
        case (.get, "leave"): return .html(pages.leftPage(of: trade))
        case (.post, "pay"): return pay(trade, request, .pay)
        case (.post, "close"): return close(trade)
        case (_, "pay"), (_, "pay_escrow"), (_, "close"): return .methodNotAllowed("POST")
        case (_, nil), (_, "leave"): return .methodNotAllowed("GET")
        default: return .notFound
        }
    }

    /// Pays, and sends the buyer back to the shop if the shop said where; a trade that cannot be paid shows why.
    ///
    /// The form's `logistics` is the place of the option that the buyer took.
    private func pay(_ trade: Trade, _ request: Request, _ move: TradeMove) -> Response {
        let form = try? Fields(form: request.body)
        if let place = form?.filled("logistics").flatMap(Int.init), trade.logisticsChoice != place {
            _ = try? desk.move(trade.tradeNo, .chooseLogistics(place))
        }
        guard let paid = try? desk.move(trade.tradeNo, move) else {
            return .html(pages.page(of: book[trade.tradeNo] ?? trade))
        }
        guard let url = returnURL(of: paid) else { return .html(pages.page(of: paid)) }
        return .redirect(to: url)
    }

    /// `/cashier/qr/{token}`: the buyer has scanned the code, and the trade begins.
    private func scan(_ method: Method, _ parts: [String]) -> Response {
        guard parts.count == 1 else { return .notFound }
        guard method == .get else { return .methodNotAllowed("GET") }
        do throws(GatewayError) { return .html(pages.page(of: try open(code: parts[0]))) } catch {
            return .html(pages.page(of: error))
        }
    }

    /// The trade of a code.
    ///
    /// - Throws: TRADE_NOT_EXIST for one that is unknown, too old or cancelled.
    func open(code token: String) throws(GatewayError) -> Trade {
        guard let code = codes[token] else {
            throw GatewayError(.tradeNotExist, "this code is unknown, too old or cancelled")
        }
        return try desk.open(code.order, partner: code.partner)
    }

    /// `/cashier/refunds/{partner}/{batch_no}` and, after it, `/confirm`: where the seller types the password.
    private func refund(_ method: Method, _ parts: [String]) -> Response {
        guard (2...3).contains(parts.count), let batch = refunds.book[parts[0], parts[1]] else { return .notFound }
        switch (method, parts.count == 3 ? parts[2] : nil) {
        case (.get, nil): return .html(pages.page(of: batch))
        case (.post, "confirm"):
            do throws(GatewayError) {
                let done = try refunds.carryOut(partner: batch.partner, batchNo: batch.batchNo)
                return .html(pages.page(of: done ?? batch))
            } catch {
                return .html(pages.page(of: error))
            }
        case (_, "confirm"): return .methodNotAllowed("POST")
        case (_, nil): return .methodNotAllowed("GET")
        default: return .notFound
        }
    }

    private func close(_ trade: Trade) -> Response {
        _ = try? desk.move(trade.tradeNo, .close)
        return .html(pages.page(of: book[trade.tradeNo] ?? trade))
    }

    /// The merchant's return_url with Alipay's signed fields added, good for one minute of `notify_verify`.
    func returnURL(of trade: Trade) -> String? {
        guard let url = trade.returnURL, let account = accounts[partner: trade.partner] else { return nil }
        let nowMs = clock.nowMs
        let id = NotifyIDs.browserReturn()
        ids.delivered(id, partner: trade.partner, atMs: nowMs)
        let fields = signer.signed(
            TradeMessages.browserReturn(of: trade, id: id, nowMs: nowMs), account, trade.dialect)
        let separator = url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return url + separator + String(decoding: fields.formEncoded(), as: UTF8.self)
    }
}
