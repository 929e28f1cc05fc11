/// One payment of one tenant: what the merchant asked for, and what Alipay has said about it so far.
///
/// Amounts are fen (minor units of CNY), times are unix milliseconds.
package struct Payment: Sendable, Hashable {
    /// `pay_…`
    package let id: String
    package let tenant: String
    /// The merchant's order number, Alipay's `out_trade_no`: `[A-Za-z0-9_-]{1,64}`, unique per tenant for ever.
    package let merchantReference: String
    /// 1 to 10^10 fen; the goods, without shipping fees.
    package let amountMinor: Int64
    package let subject: String
    package let description: String?
    package let channel: Channel
    package let settlement: Settlement
    package let shipping: Shipping?
    package let returnURL: String?
    package let showURL: String?
    /// The buyer's address as the merchant saw it.
    package let buyerIP: String?
    /// In the order the merchant gave them.
    package let metadata: [MetadataEntry]
    /// Fields of Alipay's own that the merchant asked for, from the list of the payment's service.
    package let providerOptions: [MetadataEntry]
    /// What requests for it are written in, and so what Alipay writes about it.
    package let charset: TextCharset
    package let createdAtMs: Int64
    package let expiresAtMs: Int64

    package var status: PaymentStatus
    /// What the buyer has paid; nil until Alipay says that money came.
    package var amountPaidMinor: Int64?
    /// The sum of the refunds that succeeded.
    package var amountRefundedMinor: Int64
    /// Whether Alipay still takes a refund of it.
    package var refundable: Bool
    /// Whether it was paid after it had been canceled or had expired.
    package var late: Bool
    /// How many events this payment has had, its refunds' included.
    package var sequence: Int64
    package var provider: ProviderState
    package var lastError: LastError?
    /// When the merchant asked for a cancel; nil if never.
    package var cancelRequestedAtMs: Int64?
    package var updatedAtMs: Int64
    package var succeededAtMs: Int64?
    /// When the money came into escrow; nil if it never did.
    package var heldAtMs: Int64?
    /// What the buyer's wallet scans; of a `qr` payment that Alipay has taken.
    package var qrCode: String?
    /// When Alipay is to be asked about it next; nil for never.
    package var checkAtMs: Int64?

    package init(
        id: String, tenant: String, merchantReference: String, amountMinor: Int64, subject: String,
        description: String? = nil, channel: Channel, settlement: Settlement, shipping: Shipping? = nil,
        returnURL: String? = nil, showURL: String? = nil, buyerIP: String? = nil, metadata: [MetadataEntry] = [],
        providerOptions: [MetadataEntry] = [], charset: TextCharset = .utf8, createdAtMs: Int64, expiresAtMs: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.merchantReference = merchantReference
        self.amountMinor = amountMinor
        self.subject = subject
        self.description = description
        self.channel = channel
        self.settlement = settlement
        self.shipping = shipping
        self.returnURL = returnURL
        self.showURL = showURL
        self.buyerIP = buyerIP
        self.metadata = metadata
        self.providerOptions = providerOptions
        self.charset = charset
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        status = .requiresAction
        amountPaidMinor = nil
        amountRefundedMinor = 0
        refundable = false
        late = false
        sequence = 0
        provider = ProviderState()
        lastError = nil
        cancelRequestedAtMs = nil
        updatedAtMs = createdAtMs
        succeededAtMs = nil
        heldAtMs = nil
        qrCode = nil
        checkAtMs = nil
    }

    package var product: Product { Product(channel: channel, settlement: settlement) }

    /// Whether a buyer can still be sent to Alipay with it: open, in time, nobody is canceling it, and no sum lies at
    /// Alipay that somebody has to accept first.
    package func isOpen(atMs nowMs: Int64) -> Bool { status == .requiresAction && mayBePaid(atMs: nowMs) }

    /// Whether a code of it can still be shown to a buyer. The code of a create whose first answer was lost is good as well;
    /// where a bank confirms, somebody has paid with it.
    package func mayBeScanned(atMs nowMs: Int64) -> Bool {
        isOpen(atMs: nowMs)
            || status == .processing && !isConfirming && amountPaidMinor == nil && mayBePaid(atMs: nowMs)
    }

    private func mayBePaid(atMs nowMs: Int64) -> Bool { nowMs < expiresAtMs && isWaitedFor }

    /// Whether nothing but the time to pay is over.
    package func isOver(atMs nowMs: Int64) -> Bool {
        status == .requiresAction && nowMs >= expiresAtMs && isWaitedFor
    }

    private var isWaitedFor: Bool { cancelRequestedAtMs == nil && lastError?.code != Payment.amountMismatchCode }

    /// What Alipay may charge: the amount, the amount and a fee that the buyer pays, or a sum that was accepted before.
    package var acceptedAmountsMinor: [Int64] {
        let fees = shipping?.options.filter { $0.paidBy == .buyer }.map(\.feeMinor) ?? []
        return [amountMinor] + fees.map { amountMinor + $0 } + (amountPaidMinor.map { [$0] } ?? [])
    }

    /// Whether a bank is confirming it (`WAIT_SYS_CONFIRM_PAY`): it is not ours to end.
    package var isConfirming: Bool { status == .processing && provider.status == "WAIT_SYS_CONFIRM_PAY" }

    /// Whether it was paid, and all of that has gone back.
    package var isGivenBack: Bool { amountPaidMinor != nil && amountPaidMinor == amountRefundedMinor }

    /// Whether it is made at Alipay by a call of ours (`alipay.acquire.*`), not by the buyer's browser.
    package var isMadeByCall: Bool { channel == .qr || channel == .barcode }

    /// Whether `other` asks for the same thing, so that a repeated create is the same payment.
    package func asksTheSame(as other: Payment) -> Bool {
        merchantReference == other.merchantReference && amountMinor == other.amountMinor && channel == other.channel
            && settlement == other.settlement && Shipping.isSame(shipping, other.shipping)
            // By bytes, as it goes to Alipay: Swift takes composed and decomposed letters for equal.
            && subject.utf8.elementsEqual(other.subject.utf8)
    }
}

/// What the provider says, in the provider's own words.
package struct ProviderState: Sendable, Hashable {
    /// Alipay's number of the trade; digits, never a number.
    package var tradeNo: String?
    /// `TRADE_SUCCESS` and its like.
    package var status: String?
    /// Who paid, as Alipay shows it: a masked email address or telephone number, or an id.
    package var buyer: String?
    /// Alipay's `refund_status` while a dispute runs.
    package var dispute: String?

    package init(tradeNo: String? = nil, status: String? = nil, buyer: String? = nil, dispute: String? = nil) {
        self.tradeNo = tradeNo
        self.status = status
        self.buyer = buyer
        self.dispute = dispute
    }
}

/// What last went wrong with a payment or refund, for the merchant.
package struct LastError: Sendable, Hashable {
    /// `amount_mismatch` and its like.
    package let code: String
    /// One sentence.
    package let message: String
    package let atMs: Int64
    /// Named values, in fen where they are amounts.
    package let details: [MetadataEntry]

    package init(code: String, message: String, atMs: Int64, details: [MetadataEntry] = []) {
        self.code = code
        self.message = message
        self.atMs = atMs
        self.details = details
    }
}

/// One named text value.
package struct MetadataEntry: Sendable, Hashable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// How text is written to Alipay and by Alipay (`_input_charset`).
package enum TextCharset: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case gbk
}

/// How the buyer meets Alipay.
package enum Channel: String, Sendable, CaseIterable {
    case web
    case mobileWeb = "mobile_web"
    case qr
    case barcode
}

/// How the money reaches the merchant.
package enum Settlement: String, Sendable, CaseIterable {
    case instant
    case escrow
    case buyerChoice = "buyer_choice"
}

/// A channel and a settlement that one Alipay service offers.
package struct Product: Sendable, Hashable, CustomStringConvertible {
    package let channel: Channel
    package let settlement: Settlement

    package init(channel: Channel, settlement: Settlement) {
        self.channel = channel
        self.settlement = settlement
    }

    /// Reads `web/instant`; nil for a pair that no Alipay service offers.
    package init?(_ text: String) {
        guard let product = Product.all.first(where: { $0.description == text }) else { return nil }
        self = product
    }

    /// The pairs of the contract's table.
    package static let all: [Product] = [
        Product(channel: .web, settlement: .instant),
        Product(channel: .web, settlement: .escrow),
        Product(channel: .web, settlement: .buyerChoice),
        Product(channel: .mobileWeb, settlement: .instant),
        Product(channel: .qr, settlement: .instant),
        Product(channel: .barcode, settlement: .instant),
    ]

    package var description: String { "\(channel.rawValue)/\(settlement.rawValue)" }
}

/// How goods may travel, and to whom.
package struct Shipping: Sendable, Hashable {
    package struct Option: Sendable, Hashable {
        package enum CarrierType: String, Sendable, CaseIterable { case post, ems, express, direct }
        package enum PaidBy: String, Sendable, CaseIterable {
            case seller
            case buyer
            case onReceipt = "on_receipt"
        }
        package let carrierType: CarrierType
        package let feeMinor: Int64
        package let paidBy: PaidBy

        package init(carrierType: CarrierType, feeMinor: Int64, paidBy: PaidBy) {
            self.carrierType = carrierType
            self.feeMinor = feeMinor
            self.paidBy = paidBy
        }
    }

    package struct Receiver: Sendable, Hashable {
        package let name: String?
        package let address: String?
        package let zip: String?
        package let phone: String?

        package init(name: String?, address: String?, zip: String?, phone: String?) {
            self.name = name
            self.address = address
            self.zip = zip
            self.phone = phone
        }
    }

    /// 1 to 3.
    package let options: [Option]
    package let receiver: Receiver?

    package init(options: [Option], receiver: Receiver?) {
        self.options = options
        self.receiver = receiver
    }

    /// By bytes as well.
    static func isSame(_ one: Shipping?, _ other: Shipping?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one == other && one.receiver?.bytes == other.receiver?.bytes
    }
}

extension Shipping.Receiver {
    fileprivate var bytes: [[UInt8]?] { [name, address, zip, phone].map { $0.map { Array($0.utf8) } } }
}
