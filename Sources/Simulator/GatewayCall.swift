/// One authenticated request for a service.
struct GatewayCall: Sendable {
    /// As they came, `sign` included, with their text in UTF-8.
    let fields: Fields
    let account: SimulatorAccount
    let dialect: Dialect
    /// Where the caller reached the simulator, `host:port`; nil if it did not say.
    let host: String?
    let suffered: Suffered
}
