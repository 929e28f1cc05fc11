/// Orders in a shop: a code that the buyer scans, or a code of the buyer's that the shop scans.
extension AcquireServices {
    /// A QR code; the trade begins when it is scanned, and not before.
    func precreate(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let order = try fields.order(.precreate, productCode: "QR_CODE_OFFLINE")
        try checkKnown(order.order, call)
        let token = try codes.give(order, partner: call.account.partner)
        return Fields([
            "result_code": "SUCCESS", "out_trade_no": order.order.outTradeNo, "voucher_type": "qrcode",
            "qr_code": base(call) + CashierEndpoint.codesPrefix + token,
        ])
    }

    /// The outcome is the payment code's: ``AuthCode``.
    func createAndPay(_ call: GatewayCall, _ fields: AcquireFields) throws(AcquireFailure) -> Fields {
        let order = try fields.order(.createAndPay, productCode: "BARCODE_PAY_OFFLINE")
        let code = try AuthCode(fields)
        try checkKnown(order.order, call)
        switch code {
        case .orderFails: throw AcquireFailure("BUYER_ENABLE_STATUS_FORBID", "the buyer's account may not pay")
        case .unknownUnmade: return AcquireServices.lost
        case .unknownPaid:
            _ = try pay(try open(order, call))
            return AcquireServices.lost
        case .paid: return paid(try pay(try open(order, call)))
        case .inProcess: return AcquireServices.elements("ORDER_SUCCESS_PAY_INPROCESS", try open(order, call))
        case .payFails:
            var elements = AcquireServices.elements("ORDER_SUCCESS_PAY_FAIL", try open(order, call))
            elements.set("detail_error_code", "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR")
            elements.set("detail_error_des", "买家付款日限额超限")
            return elements
        }
    }

    private static let lost = Fields([
        "result_code": "UNKNOWN", "detail_error_code": "SYSTEM_ERROR", "detail_error_des": "系统异常",
    ])

    /// A number that was used must be for the same order, and that must be open.
    private func checkKnown(_ order: TradeOrder, _ call: GatewayCall) throws(AcquireFailure) {
        guard let trade = book.trade(partner: call.account.partner, outTradeNo: order.outTradeNo) else { return }
        guard trade.order.agrees(with: order) else {
            throw AcquireFailure("CONTEXT_INCONSISTENT", "out_trade_no was used with another subject or amount")
        }
        guard trade.status != .waitBuyerPay else { return }
        throw trade.status == .closed
            ? AcquireFailure("TRADE_HAS_CLOSE", "the trade is closed")
            : AcquireFailure("TRADE_HAS_SUCCESS", "the trade is paid")
    }

    private func open(_ order: CashierOrder, _ call: GatewayCall) throws(AcquireFailure) -> Trade {
        do throws(GatewayError) { return try desk.open(order, partner: call.account.partner) } catch {
            throw AcquireFailure(error)
        }
    }

    private func pay(_ trade: Trade) throws(AcquireFailure) -> Trade {
        do throws(TradeRefusal) { return try desk.move(trade.tradeNo, .pay) } catch {
            throw AcquireFailure("TRADE_STATUS_ERROR", error.message)
        }
    }

    private func paid(_ trade: Trade) -> Fields {
        var elements = AcquireServices.elements("ORDER_SUCCESS_PAY_SUCCESS", trade)
        AcquireServices.addBuyer(of: trade, to: &elements)
        elements.set("total_fee", Yuan.text(trade.totalFen))
        elements.set("gmt_payment", trade.paidAtMs.map(BeijingTime.text))
        return elements
    }

    /// Where a telephone reaches the cashier: the simulator's own address, or the one that the caller used.
    private func base(_ call: GatewayCall) -> String {
        guard pages.base.isEmpty else { return pages.base }
        let host = call.host ?? ""
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D: true
            default: false
            }
        }
        return "http://" + (isPlain && (1...255).contains(host.utf8.count) ? host : "localhost")
    }
}
