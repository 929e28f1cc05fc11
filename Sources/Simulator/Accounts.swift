/// The partners of a simulator, by what a request names them with.
struct Accounts: Sendable {
    private let byPartner: [String: SimulatorAccount]
    private let partnerBySeller: [String: String]

    /// Of two accounts with one partner or seller, the first counts.
    init(_ accounts: [SimulatorAccount]) {
        byPartner = Dictionary(accounts.map { ($0.partner, $0) }) { first, _ in first }
        let sellers = accounts.flatMap { [($0.sellerID, $0.partner), ($0.sellerEmail, $0.partner)] }
        partnerBySeller = Dictionary(sellers) { first, _ in first }
    }

    subscript(partner partner: String) -> SimulatorAccount? { byPartner[partner] }

    /// The partner whose seller id or e-mail that is.
    func partner(ofSeller name: String) -> String? { partnerBySeller[name] }

    /// In the order of the partner numbers.
    var all: [SimulatorAccount] { byPartner.values.sorted { $0.partner < $1.partner } }
}
