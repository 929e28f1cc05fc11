import JSON
import Payments

/// The member `shipping` of `POST /v1/payments`.
struct ShippingRequest {
    static let optionsMax = 3
    // Alipay's limits (`create_partner_trade_by_buyer`), in bytes.
    static let nameBytesMax = 128
    static let addressBytesMax = 256
    static let zipBytesMax = 20
    static let phoneBytesMax = 30

    /// Nil if anything in it is at fault.
    private(set) var shipping: Shipping?
    private(set) var fields: BodyFields

    /// - Parameter amountMinor: of the goods; with a fee it must not be more than a payment may have.
    init(_ members: [JSONMember], amountMinor: Int64) {
        fields = BodyFields(members, prefix: "/shipping")
        let options = readOptions(amountMinor)
        let receiver = readReceiver()
        fields.refuseTheRest()
        if fields.errors.isEmpty { shipping = Shipping(options: options, receiver: receiver) }
    }

    private mutating func readOptions(_ amountMinor: Int64) -> [Shipping.Option] {
        guard let value = fields.value("options") else {
            fields.fail("options", "options is required with shipping")
            return []
        }
        guard case .array(let elements) = value, (1...ShippingRequest.optionsMax).contains(elements.count) else {
            fields.fail("options", "options must be an array of 1 to \(ShippingRequest.optionsMax) ways of shipping")
            return []
        }
        var options: [Shipping.Option] = []
        var list = BodyFields([], prefix: "/shipping/options")
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element else {
                list.fail("\(index)", "a way of shipping must be an object, not \(element.kind)")
                continue
            }
            var one = BodyFields(members, prefix: "/shipping/options/\(index)")
            let option = ShippingRequest.readOption(&one, amountMinor, beside: options)
            one.refuseTheRest()
            list.absorb(one)
            if let option { options.append(option) }
        }
        fields.absorb(list)
        return options
    }

    private static func readOption(
        _ fields: inout BodyFields, _ amountMinor: Int64, beside others: [Shipping.Option]
    ) -> Shipping.Option? {
        let carrierType = fields.requiredChoice("carrier_type", Shipping.Option.CarrierType.self)
        let paidBy = fields.requiredChoice("paid_by", Shipping.Option.PaidBy.self)
        let fee = readFee(&fields, amountMinor)
        guard let carrierType, let paidBy, let fee else { return nil }
        // The buyer chooses by the type: nothing else tells two options apart.
        if others.contains(where: { $0.carrierType == carrierType }) {
            fields.fail("carrier_type", "carrier_type \(carrierType.rawValue) appears twice")
        }
        return Shipping.Option(carrierType: carrierType, feeMinor: fee, paidBy: paidBy)
    }

    private static func readFee(_ fields: inout BodyFields, _ amountMinor: Int64) -> Int64? {
        let max = PaymentRequest.amountMinorMax
        guard let value = fields.value("fee") else {
            fields.fail("fee", "fee is required")
            return nil
        }
        guard let fee = value.int64, (0...max).contains(fee) else {
            fields.fail("fee", "fee must be a whole number of fen from 0 to \(max)")
            return nil
        }
        guard amountMinor + fee <= max else {
            fields.fail("fee", "amount and fee together must be at most \(max) fen")
            return nil
        }
        return fee
    }

    private mutating func readReceiver() -> Shipping.Receiver? {
        guard let value = fields.value("receiver") else { return nil }
        guard case .object(let members) = value else {
            fields.fail("receiver", "receiver must be an object, not \(value.kind)")
            return nil
        }
        var inner = BodyFields(members, prefix: "/shipping/receiver")
        let receiver = Shipping.Receiver(
            name: ShippingRequest.read("name", ShippingRequest.nameBytesMax, &inner),
            address: ShippingRequest.read("address", ShippingRequest.addressBytesMax, &inner),
            zip: ShippingRequest.read("zip", ShippingRequest.zipBytesMax, &inner),
            phone: ShippingRequest.read("phone", ShippingRequest.phoneBytesMax, &inner))
        inner.refuseTheRest()
        fields.absorb(inner)
        let isEmpty =
            receiver.name == nil && receiver.address == nil && receiver.zip == nil && receiver.phone == nil
        return isEmpty ? nil : receiver
    }

    private static func read(_ name: String, _ bytesMax: Int, _ fields: inout BodyFields) -> String? {
        guard let text = fields.text(name) else { return nil }
        guard TextRule.isPlain(text, gbkBytesMax: bytesMax) else {
            fields.fail(name, "\(name) must be 1 to \(bytesMax) bytes counted as GBK, without control characters")
            return nil
        }
        return text
    }
}
