import Gateway
import HTTP
import JSON
import Payments

/// The body of `POST /v1/payments/{id}/shipments`, every field checked.
struct ShipmentRequest {
    static let carrierGBKBytesMax = 128
    static let trackingNumberBytes = 1...64

    let ask: ShipGoods.Ask

    /// - Throws: `invalid_request` with every field at fault.
    init(_ request: Request) throws(Problem) {
        var fields = BodyFields(try JSONBody.members(request))
        let carrier = fields.requiredText("carrier")
        if let carrier, !TextRule.isPlain(carrier, gbkBytesMax: ShipmentRequest.carrierGBKBytesMax) {
            fields.fail(
                "carrier",
                "carrier must be 1 to \(ShipmentRequest.carrierGBKBytesMax) bytes counted as GBK, without control characters"
            )
        }
        let trackingNumber = fields.text("tracking_number")
        if let trackingNumber, !TextRule.isVisibleASCII(trackingNumber, bytes: ShipmentRequest.trackingNumberBytes) {
            fields.fail("tracking_number", "tracking_number must be 1 to 64 printable ASCII characters without blanks")
        }
        for (name, text) in [("carrier", carrier), ("tracking_number", trackingNumber)] {
            if let detail = text.flatMap({ UnsignableText.detail(name, $0) }) { fields.fail(name, detail) }
        }
        let transport = fields.choice("transport", Shipment.Transport.self)
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
        ask = ShipGoods.Ask(carrier: carrier ?? "", trackingNumber: trackingNumber, transport: transport ?? .express)
    }
}
