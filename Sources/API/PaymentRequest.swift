import HTTP
import JSON
import Payments
import Text

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

    var merchantReference = ""
    var amountMinor: Int64 = 0
    var subject = ""
    var description: String?
    var channel = Channel.web
    var settlement = Settlement.instant
    var returnURL: String?
    var showURL: String?
    var expiresInSeconds = PaymentRequest.expiresInSecondsDefault
    var buyerIP: String?
    var metadata: [MetadataEntry] = []

    /// - Throws: `invalid_request` with every field at fault.
    init(_ body: JSONValue) throws(Problem) {
        guard case .object(let members) = body else {
            throw .invalid([Problem.FieldError("", "the body must be a JSON object, not \(body.kind)")])
        }
        var fields = BodyFields(members)
        readOrder(&fields)
        readProduct(&fields)
        readURLs(&fields)
        readBuyer(&fields)
        readMetadata(&fields)
        fields.refuseTheRest()
        if !fields.errors.isEmpty { throw .invalid(fields.errors) }
    }

    func payment(id: String, tenant: String, nowMs: Int64) -> Payment {
        Payment(
            id: id, tenant: tenant, merchantReference: merchantReference, amountMinor: amountMinor, subject: subject,
            description: description, channel: channel, settlement: settlement, returnURL: returnURL, showURL: showURL,
            buyerIP: buyerIP, metadata: metadata, createdAtMs: nowMs, expiresAtMs: nowMs + expiresInSeconds * 1000
        )
    }

    private mutating func readOrder(_ fields: inout BodyFields) {
        if let reference = fields.requiredText("merchant_reference") {
            if PaymentRequest.isReference(reference) {
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
            if PaymentRequest.isSubject(text) {
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
                !PaymentRequest.isControl($0) || $0 == "\n" || $0 == "\r" || $0 == "\t"
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
        if fields.value("channel") == nil { fields.fail("channel", "channel is required") }
        if let value = fields.choice("channel", Channel.self) { channel = value }
        if let value = fields.choice("settlement", Settlement.self) { settlement = value }
        if fields.value("shipping") != nil, settlement == .instant {
            fields.fail("shipping", "shipping goes with settlement escrow or buyer_choice")
        }
        if case .object(let options)? = fields.value("provider_options") {
            var inner = BodyFields(options, prefix: "/provider_options")
            for option in options {
                inner.fail(option.name, "\(BodyFields.shown(option.name)) is not an option in this version")
            }
            fields.absorb(inner)
        } else if let value = fields.value("provider_options") {
            fields.fail("provider_options", "provider_options must be an object, not \(value.kind)")
        }
        if let value = fields.value("expires_in") {
            if let seconds = value.int64, PaymentRequest.expiresInSeconds.contains(seconds), seconds % 60 == 0 {
                expiresInSeconds = seconds
            } else {
                fields.fail("expires_in", "expires_in must be seconds in whole minutes, from 60 to 1296000")
            }
        }
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
        guard let value = fields.value("buyer") else { return }
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
        if buyer.value("auth_code") != nil, channel != .barcode {
            buyer.fail("auth_code", "auth_code goes with channel barcode")
        }
        buyer.refuseTheRest()
        fields.absorb(buyer)
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

    private static func isReference(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
                    || $0 == 0x2D
            }
    }

    private static func isSubject(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 4 * subjectGBKBytesMax && !text.unicodeScalars.contains(where: isControl)
            && GBK.byteCount(ofUTF8: text) <= subjectGBKBytesMax
    }

    /// C0, DEL, C1, and the separators that end a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
