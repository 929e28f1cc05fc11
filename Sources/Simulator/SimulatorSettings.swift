package import Diagnostics

/// What the simulated Alipay is told at its start.
package struct SimulatorSettings: Sendable {
    /// The partners that it knows; each partner, seller id and seller e-mail stands once.
    package var accounts: [SimulatorAccount]
    /// How much faster than Alipay's its repeats of a notification come, 1 to ``speedMax``; the minute of
    /// `notify_verify` is never shortened.
    package var speed: Int
    /// Where a browser reaches the simulator, without a trailing slash; empty makes links relative, which is right
    /// wherever the simulator stands at the root of its own address.
    package var publicURL: String
    /// Faults that are set from the start.
    package var faults: [Fault]
    /// How long an answer to a notification is waited for. Alipay's own figure is not public.
    package var notifyTimeout: Duration
    package var buyer: SimulatedBuyer

    package static let speedMax = 1_000_000

    package init(
        accounts: [SimulatorAccount] = [.sample], speed: Int = 1, publicURL: String = "", faults: [Fault] = [],
        notifyTimeout: Duration = .seconds(15), buyer: SimulatedBuyer = SimulatedBuyer()
    ) {
        self.accounts = accounts
        self.speed = min(max(speed, 1), SimulatorSettings.speedMax)
        self.publicURL = publicURL
        self.faults = faults
        self.notifyTimeout = notifyTimeout
        self.buyer = buyer
    }
}

/// A merchant's contract with the simulated Alipay.
package struct SimulatorAccount: Sendable {
    /// 16 digits that begin with 2088.
    package var partner: String
    /// The MD5 key, 32 letters and digits.
    package var key: Secret
    package var sellerEmail: String
    /// 16 digits; the partner unless said otherwise.
    package var sellerID: String
    package var contract: Contract

    /// What the contract includes; what it does not is refused as Alipay refuses it.
    package struct Contract: Sendable, Hashable {
        /// `create_direct_pay_by_user`.
        package var directPay = true
        /// `single_trade_query`.
        package var tradeQuery = true
        /// The field `it_b_pay`.
        package var itBPay = false
        /// Advanced direct pay: a paid trade stays TRADE_SUCCESS and can be refunded. Without it, it is TRADE_FINISHED at once.
        package var refundable = true
        /// Notifications of WAIT_BUYER_PAY; off unless Alipay enabled them (mapi.md §4.4).
        package var notifiesWaitBuyerPay = false
        /// Notifications of an unpaid trade's TRADE_CLOSED; off unless Alipay enabled them.
        package var notifiesClosed = false

        package init() {}
    }

    package init(
        partner: String, key: Secret, sellerEmail: String, sellerID: String? = nil, contract: Contract = Contract()
    ) {
        self.partner = partner
        self.key = key
        self.sellerEmail = sellerEmail
        self.sellerID = sellerID ?? partner
        self.contract = contract
    }

    /// The account of the demo; its key is public and worth nothing.
    package static let sample = SimulatorAccount(
        partner: "2088101122136241", key: Secret("abcdefghijklmnopqrstuvwxyz012345"),
        sellerEmail: "sales@bookshop.example")
}

/// Who pays at the cashier.
package struct SimulatedBuyer: Sendable, Hashable {
    package var id: String
    /// An e-mail address or a telephone number, as Alipay shows it.
    package var email: String

    package init(id: String = "2088102000000001", email: String = "buyer@example.com") {
        self.id = id
        self.email = email
    }
}
