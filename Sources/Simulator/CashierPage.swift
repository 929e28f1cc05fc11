/// What the buyer sees, in Chinese and English, without scripts.
struct CashierPage: Sendable {
    /// What links begin with; empty for links of the same address.
    let base: String

    static let stylesheetPath = "/cashier/style.css"

    static let stylesheet = """
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f3f5f8; color: #1d2733; }
        main { max-width: 30rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 12px; }
        h1 { font-size: 1.1rem; margin: 0 0 1.5rem; color: #1677ff; }
        dl { display: grid; grid-template-columns: auto 1fr; gap: .4rem 1.2rem; margin: 0 0 1.5rem; }
        dt { color: #68778a; } dd { margin: 0; overflow-wrap: anywhere; } dd.amount { font-size: 1.5rem; font-weight: 600; }
        form { display: inline; } p.note { color: #68778a; font-size: .85rem; }
        button { font: inherit; padding: .6rem 1.2rem; border: 1px solid #c8d1dc; border-radius: 8px; background: #fff; }
        button.pay { background: #1677ff; border-color: #1677ff; color: #fff; }
        code { overflow-wrap: anywhere; }

        """

    /// The trade as it is: what there is to pay, or why there is nothing.
    func page(of trade: Trade) -> String {
        switch trade.status {
        case .waitBuyerPay: document("收银台 · Cashier", details(trade) + buttons(trade))
        case .closed where !trade.isPaid: document("交易已关闭 · This trade is closed", details(trade))
        case .closed: document("已退款 · Paid and refunded", details(trade))
        case .pending, .success, .finished, .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller:
            document("已付款 · Already paid", details(trade))
        }
    }

    /// The buyer went away; the trade stays open.
    func leftPage(of trade: Trade) -> String {
        let note = "<p>您没有付款，可以关闭此页面。<br>You paid nothing; you may close this page.</p>"
        return document("未付款 · Not paid", details(trade) + note)
    }

    /// A batch of refunds that the seller confirms, or what became of it.
    func page(of batch: SimulatedRefund) -> String {
        let rows = batch.items.map { item in
            "<dt>\(item.tradeNo)</dt><dd>¥ \(Yuan.text(item.amountFen)) \(Markup.escape(item.reason))"
                + " <strong>\(item.result ?? "")</strong></dd>\n"
        }
        let list = "<dl>\n<dt>批次号 Batch</dt><dd>\(batch.batchNo)</dd>\n\(rows.joined())</dl>\n"
        switch batch.state {
        case .waitingForSeller:
            let path = Markup.escape("\(base)/cashier/refunds/\(batch.partner)/\(batch.batchNo)/confirm")
            let form =
                "<form method=\"post\" action=\"\(path)\"><button class=\"pay\">确认退款 Refund</button></form>\n"
            return document("退款 · Refund", list + form)
        case .inProgress: return document("退款处理中 · The refund is in progress", list)
        case .done: return document("退款结果 · What became of the refund", list)
        }
    }

    /// An error as a browser sees it: Alipay's code, and what to look at.
    func page(of error: GatewayError) -> String {
        let content = """
            <p>错误代码 Error code: <strong>\(error.code.rawValue)</strong></p>
            <p class="note"><code>\(Markup.escape(error.detail))</code></p>

            """
        return document("无法继续 · This cannot go on", content)
    }

    private func details(_ trade: Trade) -> String {
        """
        <dl>
        <dt>商品 Order</dt><dd>\(Markup.escape(trade.order.subject))</dd>
        <dt>订单号 Order number</dt><dd>\(Markup.escape(trade.order.outTradeNo))</dd>
        <dt>收款方 Seller</dt><dd>\(Markup.escape(trade.order.sellerEmail))</dd>
        <dt>交易号 Trade</dt><dd>\(trade.tradeNo)</dd>
        <dt>金额 Amount</dt><dd class="amount">¥ \(Yuan.text(trade.totalFen))</dd>
        </dl>

        """
    }

    private func buttons(_ trade: Trade) -> String {
        let path = Markup.escape("\(base)/cashier/\(trade.tradeNo)")
        let escrow = """
            <form method="post" action="\(path)/pay_escrow">\(logistics(trade))<button class="pay">担保付款 Pay into escrow</button></form>

            """
        let instant = """
            <form method="post" action="\(path)/pay"><button class="pay">付款 Pay</button></form>

            """
        return (trade.order.flow == .escrow ? "" : instant) + (trade.order.flow == .instant ? "" : escrow) + """
            <form method="get" action="\(path)/leave"><button>放弃 Give up</button></form>
            <form method="post" action="\(path)/close"><button>关闭交易 Close the trade</button></form>

            """
    }

    /// What the buyer can choose from, the first one taken unless another is.
    private func logistics(_ trade: Trade) -> String {
        let options = trade.order.logistics.enumerated().map { place, option in
            let isChosen = place == trade.logisticsChoice ?? 0 ? " selected" : ""
            let fee = "\(option.type) ¥ \(Yuan.text(option.feeFen)) \(option.payment.rawValue)"
            return "<option value=\"\(place)\"\(isChosen)>\(Markup.escape(fee))</option>"
        }
        return "<p><select name=\"logistics\">\(options.joined())</select></p>"
    }

    private func document(_ title: String, _ content: String) -> String {
        Page.document(title: title, stylesheet: base + CashierPage.stylesheetPath, content: content)
    }
}

enum Page {
    /// - Parameter content: HTML, escaped already.
    static func document(title: String, stylesheet: String, content: String) -> String {
        """
        <!doctype html>
        <html lang="zh-CN">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Markup.escape(title))</title>
        <link rel="stylesheet" href="\(Markup.escape(stylesheet))">
        </head>
        <body>
        <main>
        <h1>\(Markup.escape(title))</h1>
        \(content)<p class="note">模拟支付宝，不涉及真实资金。<br>A simulated Alipay: no real money moves.</p>
        </main>
        </body>
        </html>

        """
    }
}
