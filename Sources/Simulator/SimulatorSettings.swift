package import Crypto

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
    /// Alipay's RSA key, with which it signs for partners that use RSA; one is made if there is none.
    package var alipayKey: RSAPrivateKey?
    package var repeats: RepeatSchedule

    package static let speedMax = 1_000_000

    package init(
        accounts: [SimulatorAccount] = [.sample], speed: Int = 1, publicURL: String = "", faults: [Fault] = [],
        notifyTimeout: Duration = .seconds(15), buyer: SimulatedBuyer = SimulatedBuyer(),
        alipayKey: RSAPrivateKey? = nil, repeats: RepeatSchedule = .current
    ) {
        self.accounts = accounts
        self.speed = min(max(speed, 1), SimulatorSettings.speedMax)
        self.publicURL = publicURL
        self.faults = faults
        self.notifyTimeout = notifyTimeout
        self.buyer = buyer
        self.alipayKey = alipayKey
        self.repeats = repeats
    }

    /// When a notification that nobody answered `success` comes again.
    package enum RepeatSchedule: String, Sendable, CaseIterable {
        /// After 4, 10, 10 minutes, 1, 2, 6, 15 hours: 8 tries in about 24 h 24 min.
        case current
        /// As older descriptions have it: the first after 3 minutes, the rest as today.
        case old

        var gapsMs: [Int64] {
            switch self {
            case .current: [4, 10, 10, 60, 120, 360, 900].map { $0 * 60_000 }
            case .old: [3, 10, 10, 60, 120, 360, 900].map { $0 * 60_000 }
            }
        }
    }
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
