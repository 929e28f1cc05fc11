package import Payments

/// What a payment's `next_action` shows.
package enum NextAction: Sendable, Hashable {
    /// Send the buyer to `url`, or straight to the provider's own signed `providerURL`.
    /// Nil where the provider wants what is known only when the buyer is sent on.
    case redirect(url: String, providerURL: String?)
    case qrCode(content: String)
}

/// The public JSON of a payment, refund, event, delivery and notification (the contract's "Other objects").
package enum Shape {
    /// - Parameter nextAction: nil when there is nothing to do.
    package static func write(_ payment: Payment, nextAction: NextAction?, to out: inout JSONWriter) {
        out.beginObject()
        out.field("id", payment.id)
        out.field("object", "payment")
        out.field("merchant_reference", payment.merchantReference)
        out.field("amount", payment.amountMinor)
        out.field("amount_paid", payment.amountPaidMinor)
        out.field("amount_refunded", payment.amountRefundedMinor)
        out.field("currency", "CNY")
        out.field("subject", payment.subject)
        out.field("description", payment.description)
        out.field("channel", payment.channel.rawValue)
        out.field("settlement", payment.settlement.rawValue)
        out.name("shipping")
        write(payment.shipping, to: &out)
        out.field("status", payment.status.rawValue)
        out.name("next_action")
        write(nextAction, to: &out)
        out.field("refundable", payment.refundable)
        out.field("late", payment.late)
        out.field("sequence", payment.sequence)
        out.name("provider")
        write(payment.provider, to: &out)
        out.name("last_error")
        write(payment.lastError, to: &out)
        out.name("metadata")
        write(payment.metadata, to: &out)
        if !payment.providerOptions.isEmpty {
            out.name("provider_options")
            write(payment.providerOptions, to: &out)
        }
        out.field("return_url", payment.returnURL)
        out.field("show_url", payment.showURL)
        out.timeField("created_at", payment.createdAtMs)
        out.timeField("updated_at", payment.updatedAtMs)
        out.timeField("expires_at", payment.expiresAtMs)
        out.timeField("succeeded_at", payment.succeededAtMs)
        out.endObject()
    }

    /// - Parameter nextAction: what the merchant's staff have to do; nil when there is nothing.
    package static func write(_ refund: Refund, nextAction: NextAction? = nil, to out: inout JSONWriter) {
        out.beginObject()
        out.field("id", refund.id)
        out.field("object", "refund")
        out.field("payment", refund.payment)
        out.field("amount", refund.amountMinor)
        out.field("reason", refund.reason)
        out.field("merchant_reference", refund.merchantReference)
        out.field("status", refund.status.rawValue)
        out.field("origin", refund.origin.rawValue)
        out.name("provider")
        out.beginObject()
        out.field("batch_no", refund.batchNo)
        out.field("code", refund.providerCode)
        out.field("trade_no", refund.tradeNo)
        out.endObject()
        out.name("next_action")
        write(nextAction, to: &out)
        out.name("last_error")
        write(refund.lastError, to: &out)
        out.timeField("created_at", refund.createdAtMs)
        out.timeField("updated_at", refund.updatedAtMs)
        out.endObject()
    }

    package static func write(_ shipment: Shipment, to out: inout JSONWriter) {
        out.beginObject()
        out.field("id", shipment.id)
        out.field("object", "shipment")
        out.field("payment", shipment.payment)
        out.field("carrier", shipment.carrier)
        out.field("tracking_number", shipment.trackingNumber)
        out.field("transport", shipment.transport.rawValue)
        out.timeField("created_at", shipment.createdAtMs)
        out.endObject()
    }

    /// The stored body with `"object":"event"` put in after the id, so that the API and the webhook cannot differ.
    package static func write(_ event: Event, to out: inout JSONWriter) {
        let head = EventShape.head(id: event.id)
        var bytes = head
        bytes.append(contentsOf: ",\"object\":\"event\"".utf8)
        bytes.append(contentsOf: event.body.dropFirst(head.count))
        out.raw(bytes)
    }

    package static func write(_ notification: Notification, to out: inout JSONWriter) {
        out.beginObject()
        out.field("id", notification.id)
        out.field("object", "notification")
        out.field("payment", notification.payment)
        out.field("notify_id", notification.notifyID.isEmpty ? nil : notification.notifyID)
        out.field("notify_type", notification.notifyType.isEmpty ? nil : notification.notifyType)
        out.field("provider_status", notification.providerStatus)
        out.field("verdict", notification.verdict.rawValue)
        out.field("explanation", notification.explanation)
        out.field("failure_cell", notification.failureCell)
        out.timeField("received_at", notification.receivedAtMs)
        out.endObject()
    }

    /// `{"object": "list", "data": […], "has_more": …}`
    ///
    /// - Parameter bytesMax: the list ends with the element that brings it there, and there are more.
    package static func writeList<Element>(
        _ elements: [Element], hasMore: Bool, bytesMax: Int = .max, to out: inout JSONWriter,
        each: (Element, inout JSONWriter) -> Void
    ) {
        out.beginObject()
        out.field("object", "list")
        out.name("data")
        out.beginArray()
        var written = 0
        for element in elements where out.bytes.count < bytesMax {
            each(element, &out)
            written += 1
        }
        out.endArray()
        out.field("has_more", hasMore || written < elements.count)
        out.endObject()
    }

    private static func write(_ action: NextAction?, to out: inout JSONWriter) {
        guard let action else { return out.null() }
        out.beginObject()
        switch action {
        case .redirect(let url, let providerURL):
            out.field("type", "redirect")
            out.field("url", url)
            out.field("provider_url", providerURL)
        case .qrCode(let content):
            out.field("type", "qr_code")
            out.field("content", content)
        }
        out.endObject()
    }

    private static func write(_ provider: ProviderState, to out: inout JSONWriter) {
        out.beginObject()
        out.field("name", "alipay")
        out.field("trade_no", provider.tradeNo)
        out.field("status", provider.status)
        out.field("buyer", provider.buyer)
        out.field("dispute", provider.dispute)
        out.endObject()
    }

    private static func write(_ error: LastError?, to out: inout JSONWriter) {
        guard let error else { return out.null() }
        out.beginObject()
        out.field("code", error.code)
        out.field("message", error.message)
        out.timeField("at", error.atMs)
        out.name("details")
        write(error.details, to: &out)
        out.endObject()
    }

    private static func write(_ entries: [MetadataEntry], to out: inout JSONWriter) {
        out.beginObject()
        for entry in entries { out.field(entry.key, entry.value) }
        out.endObject()
    }

    private static func write(_ shipping: Shipping?, to out: inout JSONWriter) {
        guard let shipping else { return out.null() }
        out.beginObject()
        out.name("options")
        out.beginArray()
        for option in shipping.options {
            out.beginObject()
            out.field("carrier_type", option.carrierType.rawValue)
            out.field("fee", option.feeMinor)
            out.field("paid_by", option.paidBy.rawValue)
            out.endObject()
        }
        out.endArray()
        out.name("receiver")
        if let receiver = shipping.receiver {
            out.beginObject()
            out.field("name", receiver.name)
            out.field("address", receiver.address)
            out.field("zip", receiver.zip)
            out.field("phone", receiver.phone)
            out.endObject()
        } else {
            out.null()
        }
        out.endObject()
    }
}

extension JSONWriter {
    package mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: Int64?) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: Int) { field(name, Int64(value)) }

    package mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    package mutating func timeField(_ name: String, _ unixMs: Int64?) {
        self.name(name)
        time(unixMs)
    }
}
