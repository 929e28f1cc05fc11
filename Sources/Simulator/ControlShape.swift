import JSON

/// Trades, notifications and faults as the control API shows them; no key is in any of them.
enum ControlShape {
    static func write(_ trade: Trade, to out: inout JSONWriter) {
        out.beginObject()
        out.field("trade_no", trade.tradeNo)
        out.field("out_trade_no", trade.order.outTradeNo)
        out.field("partner", trade.partner)
        out.field("service", trade.order.service)
        out.field("status", trade.status.rawValue)
        out.field("subject", trade.order.subject)
        out.field("amount", trade.totalFen)
        out.field("amount_refunded", trade.refundedFen)
        out.field("refund_status", trade.refundStatus)
        out.field("flow", trade.flow.rawValue)
        out.field("logistics_option", trade.logisticsChoice.map(Int64.init))
        out.field("notify_url", trade.notifyURL)
        out.field("return_url", trade.returnURL)
        out.timeField("created_at", trade.createdAtMs)
        out.timeField("paid_at", trade.paidAtMs)
        out.timeField("sent_goods_at", trade.sentGoodsAtMs)
        out.timeField("closed_at", trade.closedAtMs)
        out.timeField("refunded_at", trade.refundedAtMs)
        out.timeField("closes_at", trade.status == .waitBuyerPay ? trade.closesAtMs : nil)
        out.endObject()
    }

    static func write(_ notification: Notification, to out: inout JSONWriter) {
        out.beginObject()
        out.field("notify_id", notification.notifyID)
        out.field("partner", notification.partner)
        out.field("trade_no", notification.tradeNo)
        out.field("trade_status", notification.status?.rawValue)
        out.field("batch_no", notification.batchNo)
        out.field("url", notification.url)
        out.field("state", notification.state.rawValue)
        out.timeField("next_attempt_at", notification.nextAttemptAtMs)
        out.name("attempts")
        out.beginArray()
        for attempt in notification.attempts { write(attempt, to: &out) }
        out.endArray()
        out.endObject()
    }

    static func write(_ refund: SimulatedRefund, to out: inout JSONWriter) {
        out.beginObject()
        out.field("batch_no", refund.batchNo)
        out.field("partner", refund.partner)
        out.field("state", refund.state.rawValue)
        out.field("success_num", refund.successCount)
        out.timeField("created_at", refund.createdAtMs)
        out.name("items")
        out.beginArray()
        for item in refund.items {
            out.beginObject()
            out.field("trade_no", item.tradeNo)
            out.field("amount", item.amountFen)
            out.field("reason", item.reason)
            out.field("result", item.result)
            out.endObject()
        }
        out.endArray()
        out.endObject()
    }

    static func write(_ fault: Fault, to out: inout JSONWriter) {
        out.beginObject()
        out.field("target", fault.target.rawValue)
        out.field("fault", fault.kind.rawValue)
        out.field("count", fault.count)
        out.field("delay_ms", fault.kind == .slow ? fault.delayMs : nil)
        if fault.kind == .error || fault.kind == .errorAfterEffect { out.field("code", fault.code) }
        out.endObject()
    }

    private static func write(_ attempt: Notification.Attempt, to out: inout JSONWriter) {
        out.beginObject()
        out.field("number", attempt.number)
        out.field("copy", attempt.isCopy)
        out.timeField("sent_at", attempt.sentAtMs)
        out.name("faults")
        out.beginArray()
        for fault in attempt.faults { out.value(fault.rawValue) }
        out.endArray()
        switch attempt.outcome {
        case .waiting: out.field("outcome", "waiting")
        case .dropped: out.field("outcome", "dropped")
        case .failed(let code):
            out.field("outcome", "failed")
            out.field("error", code)
        case .answered(let status, let body):
            out.field("outcome", "answered")
            out.field("status_code", status)
            // Somebody else's bytes: what is not UTF-8 shows as U+FFFD.
            out.field("body", String(decoding: body, as: UTF8.self))
        }
        out.endObject()
    }
}
