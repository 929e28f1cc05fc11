import Diagnostics
import HTTP
import JSON
import Payments
import Tenants

/// The body of `POST /v1/payments`, every field checked.
struct PaymentRequest {
    static let amountMinorMax: Int64 = 10_000_000_000
    static let subjectGBKBytesMax = 256
    // Characters are Unicode's, not those that a screen draws: those may be of any length.
    static let descriptionCharactersMax = 1000
    static let returnURLBytesMax = 2000
    static let showURLBytesMax = 400
    static let expiresInSeconds: ClosedRange<Int64> = 60...1_296_000
    static let expiresInSecondsDefault: Int64 = 7200
    static let metadataEntriesMax = 20
    static let metadataKeyCharactersMax = 40
    static let metadataValueCharactersMax = 500
    static let providerOptionsMax = 32
    static let authCodeBytes = 1...64

    /// Every field at fault; what is at fault is left as if it were absent.
    private(set) var errors: [Problem.FieldError] = []
    /// What the buyer's wallet shows; kept nowhere but here, and for one call.
    private(set) var authCode: Secret?

    private var merchantReference = ""
    private var amountMinor: Int64 = 0
    private var subject = ""
    private var description: String?
    private var channel: Channel?
    private var settlement: Settlement? = .instant
    private var shipping: Shipping?
    private var returnURL: String?
    private var showURL: String?
    private var expiresInSeconds = PaymentRequest.expiresInSecondsDefault
    private var buyerIP: String?
    private var metadata: [MetadataEntry] = []
    private var providerOptions: [MetadataEntry] = []

    init(_ members: [JSONMember]) {
        var fields = BodyFields(members)
        readOrder(&fields)
        readProduct(&fields)
        readShipping(&fields)
        readProviderOptions(&fields)
        readURLs(&fields)
        readBuyer(&fields)
        readMetadata(&fields)
        fields.refuseTheRest()
        errors = fields.errors
    }

    /// Nil if the channel or the settlement is at fault.
    var product: Product? {
        guard let channel, let settlement else { return nil }
        return Product(channel: channel, settlement: settlement)
    }

    func payment(id: String, product: Product, tenant: Tenant, nowMs: Int64) -> Payment {
        Payment(
            id: id, tenant: tenant.id, merchantReference: merchantReference, amountMinor: amountMinor,
            subject: subject, description: description, channel: product.channel, settlement: product.settlement,
            shipping: shipping, returnURL: returnURL, showURL: showURL, buyerIP: buyerIP, metadata: metadata,
            providerOptions: providerOptions, charset: tenant.charset(of: product.channel), createdAtMs: nowMs,
            expiresAtMs: nowMs + expiresInSeconds * 1000)
    }

    private mutating func readOrder(_ fields: inout BodyFields) {
        if let reference = fields.requiredText("merchant_reference") {
            if TextRule.isReference(reference) {
                merchantReference = reference
            } else {
                fields.fail("merchant_reference", "merchant_reference must be 1 to 64 of A-Z a-z 0-9 _ -")
            }
        }
        switch fields.value("amount") {
        case nil: fields.fail("amount", "amount is required")
        case let value?:
            if let amount = value.int64, (1...PaymentRequest.amountMinorMax).contains(amount) {
                amountMinor = amount
            } else {
                fields.fail("amount", "amount must be a whole number of fen from 1 to \(PaymentRequest.amountMinorMax)")
            }
        }
        if let currency = fields.text("currency"), currency != "CNY" { fields.fail("currency", "currency must be CNY") }
        if let text = fields.requiredText("subject") {
            if TextRule.isPlain(text, gbkBytesMax: PaymentRequest.subjectGBKBytesMax) {
                subject = text
            } else {
                fields.fail(
                    "subject",
                    "subject must be 1 to \(PaymentRequest.subjectGBKBytesMax) bytes counted as GBK, without control characters"
                )
            }
        }
        if let text = fields.text("description") {
            let isPlain = text.unicodeScalars.allSatisfy {
                !TextRule.isControl($0) || $0 == "\n" || $0 == "\r" || $0 == "\t"
            }
            if isPlain, text.unicodeScalars.count <= PaymentRequest.descriptionCharactersMax {
                description = text.isEmpty ? nil : text
            } else {
                fields.fail(
                    "description",
                    "description must be at most \(PaymentRequest.descriptionCharactersMax) characters, without control characters"
                )
            }
        }
    }

    private mutating func readProduct(_ fields: inout BodyFields) {
        channel = fields.requiredChoice("channel", Channel.self)
        if fields.value("settlement") != nil { settlement = fields.choice("settlement", Settlement.self) }
        if let value = fields.value("expires_in") {
            if let seconds = value.int64, PaymentRequest.expiresInSeconds.contains(seconds), seconds % 60 == 0 {
                expiresInSeconds = seconds
            } else {
                fields.fail("expires_in", "expires_in must be seconds in whole minutes, from 60 to 1296000")
            }
        }
    }

    private mutating func readShipping(_ fields: inout BodyFields) {
        guard let value = fields.value("shipping") else { return }
        guard settlement != .instant else {
            return fields.fail("shipping", "shipping goes with settlement escrow or buyer_choice")
        }
        guard case .object(let members) = value else {
            return fields.fail("shipping", "shipping must be an object, not \(value.kind)")
        }
        let asked = ShippingRequest(members, amountMinor: amountMinor)
        fields.absorb(asked.fields)
        shipping = asked.shipping
    }

    /// Which names and values there may be is Alipay's to say, service by service.
    private mutating func readProviderOptions(_ fields: inout BodyFields) {
        guard let value = fields.value("provider_options") else { return }
        guard case .object(let members) = value else {
            return fields.fail("provider_options", "provider_options must be an object, not \(value.kind)")
        }
        if members.count > PaymentRequest.providerOptionsMax {
            return fields.fail(
                "provider_options", "provider_options may have at most \(PaymentRequest.providerOptionsMax) options")
        }
        var inner = BodyFields(members, prefix: "/provider_options")
        for member in members {
            if let text = member.value.text {
                providerOptions.append(MetadataEntry(key: member.name, value: text))
            } else {
                inner.fail(
                    member.name, "\(BodyFields.shown(member.name)) must be text, not \(member.value.kind)")
            }
        }
        fields.absorb(inner)
    }

    private mutating func readURLs(_ fields: inout BodyFields) {
        if let url = fields.text("return_url") {
            if AbsoluteURL.isValid(url, bytesMax: PaymentRequest.returnURLBytesMax) {
                returnURL = url
            } else {
                fields.fail("return_url", "return_url must be an absolute http or https URL of at most 2000 bytes")
            }
        }
        if let url = fields.text("show_url") {
            if AbsoluteURL.isValid(url, bytesMax: PaymentRequest.showURLBytesMax) {
                showURL = url
            } else {
                fields.fail("show_url", "show_url must be an absolute http or https URL of at most 400 bytes")
            }
        }
    }

    private mutating func readBuyer(_ fields: inout BodyFields) {
        let value = fields.value("buyer") ?? .object([])
        guard case .object(let members) = value else {
            return fields.fail("buyer", "buyer must be an object, not \(value.kind)")
        }
        var buyer = BodyFields(members, prefix: "/buyer")
        if let text = buyer.text("ip") {
            if let address = IPAddress(text) {
                buyerIP = address.description
            } else {
                buyer.fail("ip", "ip must be an IPv4 or IPv6 address")
            }
        }
        readAuthCode(&buyer)
        buyer.refuseTheRest()
        fields.absorb(buyer)
    }

    /// Never shown, whatever is wrong with it.
    private mutating func readAuthCode(_ buyer: inout BodyFields) {
        guard buyer.value("auth_code") != nil else {
            if channel == .barcode { buyer.fail("auth_code", "auth_code is required with channel barcode") }
            return
        }
        guard channel == .barcode || channel == nil else {
            return buyer.fail("auth_code", "auth_code goes with channel barcode")
        }
        guard let text = buyer.text("auth_code") else { return }
        if TextRule.isVisibleASCII(text, bytes: PaymentRequest.authCodeBytes) {
            authCode = Secret(text)
        } else {
            buyer.fail("auth_code", "auth_code must be 1 to 64 printable ASCII characters without blanks")
        }
    }

    private mutating func readMetadata(_ fields: inout BodyFields) {
        guard let value = fields.value("metadata") else { return }
        guard case .object(let members) = value else {
            return fields.fail("metadata", "metadata must be an object, not \(value.kind)")
        }
        if members.count > PaymentRequest.metadataEntriesMax {
            fields.fail("metadata", "metadata may have at most \(PaymentRequest.metadataEntriesMax) keys")
        }
        var inner = BodyFields(members, prefix: "/metadata")
        for member in members {
            guard (1...PaymentRequest.metadataKeyCharactersMax).contains(member.name.unicodeScalars.count) else {
                inner.fail(
                    member.name, "a metadata key must be 1 to \(PaymentRequest.metadataKeyCharactersMax) characters")
                continue
            }
            guard let text = member.value.text, text.unicodeScalars.count <= PaymentRequest.metadataValueCharactersMax,
                !(member.name + text).unicodeScalars.contains("\0")
            else {
                inner.fail(
                    member.name,
                    "a metadata value must be text of at most \(PaymentRequest.metadataValueCharactersMax) characters"
                )
                continue
            }
            metadata.append(MetadataEntry(key: member.name, value: text))
        }
        fields.absorb(inner)
    }
}
