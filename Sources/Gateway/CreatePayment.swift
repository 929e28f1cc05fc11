import Alipay
import Diagnostics
package import Payments
package import Tenants

/// Creates a payment that the buyer's browser takes to Alipay: nothing is sent, one row is written.
package struct CreatePayment: Sendable {
    package enum Outcome: Sendable {
        case created(Payment)
        /// The same thing was asked before.
        case existing(Payment)
        case refused(Refusal)
    }

    /// Why nothing was done.
    package enum Refusal: Sendable {
        /// The reference belongs to another payment.
        case conflict(Payment)
        /// The tenant's file is gone: it makes no new payments.
        case draining
        /// There is no key in force to sign with.
        case unsignable
        /// It is of more than the tenant's payments may be: fen.
        case overLimit(amountMaxMinor: Int64)
        /// The tenant has made so many payments today (in Beijing), and may make no more before then.
        case dayIsFull(paymentsMax: Int, untilMs: Int64)
    }

    /// Something in a payment that Alipay would not take.
    package struct Fault: Sendable, Hashable {
        /// The names on the way to it in the merchant's request.
        package let path: [String]
        package let detail: String
    }

    private let house: House

    package init(_ house: House) { self.house = house }

    /// What Alipay's services would not take of it: options that the service lacks, text that the payment's charset lacks,
    /// and more of everything than a browser can carry there.
    package func faults(_ payment: Payment, _ tenant: Tenant) -> [Fault] {
        let options = ProviderOptions.problems(payment.providerOptions, of: payment.product).map {
            Fault(path: [CreatePayment.optionsName, $0.name], detail: $0.problem)
        }
        let texts = CreatePayment.texts(payment).flatMap { named in
            [CreatePayment.unwritable(named, payment.charset), CreatePayment.ambiguous(named)].compactMap { $0 }
        }
        let faults = options + texts
        return faults.isEmpty ? tooLong(payment, tenant).map { [$0] } ?? [] : faults
    }

    /// Runs inside the caller's transaction, so that an idempotency key commits with the payment.
    package func perform(
        _ payment: Payment, _ tenant: Tenant, in transaction: any StoreTransaction
    ) throws(StoreError) -> Outcome {
        if let existing = try transaction.payment(reference: payment.merchantReference, tenant: payment.tenant) {
            return existing.asksTheSame(as: payment) ? .existing(existing) : .refused(.conflict(existing))
        }
        if let refusal = try refusal(payment, tenant, in: transaction) { return .refused(refusal) }
        var payment = payment
        payment.checkAtMs = CheckSchedule.next(
            payment, nowMs: payment.createdAtMs,
            canQuery: AskAboutTrade(house: house, tenant: tenant).isContracted(payment))
        if payment.isMadeByCall { try house.takeCall(tenant) }
        try transaction.insert(payment)
        try transaction.count(payment)
        return .created(payment)
    }

    /// Why a new payment is not made; what asks for one that is there already is none.
    private func refusal(
        _ payment: Payment, _ tenant: Tenant, in reader: any StoreReader
    ) throws(StoreError) -> Refusal? {
        if tenant.isDraining { return .draining }
        let limits = tenant.limits
        if let most = limits.amountMaxMinor, payment.amountMinor > most { return .overLimit(amountMaxMinor: most) }
        let day = BeijingDay(of: payment.createdAtMs)
        if let most = limits.paymentsPerDay, try reader.paymentCount(tenant: tenant.id, on: day) >= most {
            return .dayIsFull(paymentsMax: most, untilMs: day.endMs)
        }
        return tenant.canSign ? nil : .unsignable
    }

    /// After the commit.
    package func note(_ outcome: Outcome, _ tenant: Tenant) {
        switch outcome {
        case .created(let payment): noteCreated(payment)
        case .refused(.unsignable): house.keysLapsed.raise(tenant, at: house)
        case .existing, .refused(.conflict), .refused(.draining), .refused(.overLimit), .refused(.dayIsFull): break
        }
    }

    private func noteCreated(_ payment: Payment) {
        house.checkBell.ring(payment.checkAtMs)
        house.metrics.payments.with([("tenant", payment.tenant)]).increment()
        house.logger.info(
            "payment created",
            ["payment": .text(payment.id), "amount_minor": .number(payment.amountMinor)]
        )
    }

    // MARK: - What goes to Alipay in a browser

    /// The buyer's browser takes the whole request as one URL.
    static let checkoutURLBytesMax = 16_384
    /// More than a URL has besides the payment's own texts: addresses, seller, signature, names.
    private static let checkoutURLBytesBeside = 6144

    private func tooLong(_ payment: Payment, _ tenant: Tenant) -> Fault? {
        let texts = CreatePayment.texts(payment).reduce(payment.showURL?.utf8.count ?? 0) { $0 + $1.text.utf8.count }
        // Each byte takes three at most. Hardly a payment needs its URL made to know.
        guard 3 * texts + CreatePayment.checkoutURLBytesBeside > CreatePayment.checkoutURLBytesMax,
            let url = CheckoutRequest.url(
                payment, tenant.contract, house.publicURLs.callbacks(of: tenant), nowMs: payment.createdAtMs),
            url.utf8.count > CreatePayment.checkoutURLBytesMax
        else { return nil }
        return Fault(
            path: [],
            detail:
                "the buyer's way to Alipay would be a URL of \(url.utf8.count) bytes, at most \(CreatePayment.checkoutURLBytesMax): shorten description, or what else is long"
        )
    }

    // MARK: - What goes to Alipay as text

    private static let optionsName = "provider_options"

    private struct NamedText {
        let path: [String]
        let text: String
    }

    private static func texts(_ payment: Payment) -> [NamedText] {
        let receiver = payment.shipping?.receiver
        let receiverPath = ["shipping", "receiver"]
        let given: [([String], String?)] = [
            (["subject"], payment.subject), (["description"], payment.description),
            (receiverPath + ["name"], receiver?.name), (receiverPath + ["address"], receiver?.address),
            (receiverPath + ["zip"], receiver?.zip), (receiverPath + ["phone"], receiver?.phone),
        ]
        return given.compactMap { path, text in text.map { NamedText(path: path, text: $0) } }
            + payment.providerOptions.map { NamedText(path: [optionsName, $0.key], text: $0.value) }
    }

    private static func ambiguous(_ named: NamedText) -> Fault? {
        UnsignableText.detail(named.path.last ?? "", named.text).map { Fault(path: named.path, detail: $0) }
    }

    private static func unwritable(_ named: NamedText, _ charset: TextCharset) -> Fault? {
        guard let scalar = Contract.unwritable(named.text, in: charset) else { return nil }
        return Fault(
            path: named.path, detail: UnwritableText.detail(named.path.last ?? "", scalar, charset))
    }
}

/// Text that a signature would not keep together: nothing escapes it in what is signed, so whoever wrote `&trade_no=…` into an
/// address could take the signed request apart and make another one of it.
package enum UnsignableText {
    /// What a merchant is told; nil if the text can be signed.
    package static func detail(_ field: String, _ text: String) -> String? {
        SignedText.couldBeFields(text)
            ? "\(field) has something like &name= in it, which could be read as a parameter of the signed request" : nil
    }
}

/// What a merchant is told of a character that the tenant's charset lacks.
package enum UnwritableText {
    package static func detail(_ field: String, _ scalar: Unicode.Scalar, _ tenant: Tenant) -> String {
        detail(field, scalar, tenant.contract.charset)
    }

    static func detail(_ field: String, _ scalar: Unicode.Scalar, _ charset: TextCharset) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return
            "\(field) has \"\(scalar)\" (U+\(padded)), which this tenant's charset \(charset.rawValue) cannot express"
    }
}
