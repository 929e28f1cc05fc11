import Crypto
import Diagnostics
import Synchronization

/// The codes of `alipay.acquire.precreate`: an order each, whose trade begins when a buyer scans it.
final class QRCodes: Sendable {
    /// From the last request for it.
    static let validMs: Int64 = 7_200_000
    static let codesMax = 20_000

    private struct Key: Hashable {
        let partner: String
        let outTradeNo: String
    }

    struct Code: Sendable {
        let token: String
        let partner: String
        var order: CashierOrder
        var expiresAtMs: Int64
    }

    private struct State {
        var codes = BoundedMap<String, Code>(capacity: QRCodes.codesMax)
        var tokens = BoundedMap<Key, String>(capacity: QRCodes.codesMax)
    }

    private let state = Mutex(State())
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// The token of the order's code, the same one for the same order.
    func give(_ order: CashierOrder, partner: String) throws(AcquireFailure) -> String {
        let nowMs = clock.nowMs
        return try state.withLock { state throws(AcquireFailure) in
            let key = Key(partner: partner, outTradeNo: order.order.outTradeNo)
            let known = state.tokens[key].flatMap { state.codes[$0] }
            if let known, !known.order.order.agrees(with: order.order) {
                throw AcquireFailure("CONTEXT_INCONSISTENT", "out_trade_no was used with another subject or amount")
            }
            let isAlive = known.map { $0.expiresAtMs > nowMs } ?? false
            let token = (isAlive ? known?.token : nil) ?? Hex.encode(SecureRandom.bytes(12))
            state.codes.put(
                token, Code(token: token, partner: partner, order: order, expiresAtMs: nowMs + QRCodes.validMs))
            state.tokens.put(key, token)
            return token
        }
    }

    /// The code behind a token, while it is good.
    subscript(token: String) -> Code? {
        let nowMs = clock.nowMs
        return state.withLock { $0.codes[token] }.flatMap { $0.expiresAtMs > nowMs ? $0 : nil }
    }

    /// Makes an order's code worthless.
    ///
    /// - Returns: whether there was one.
    func void(partner: String, outTradeNo: String) -> Bool {
        state.withLock { state in
            guard let token = state.tokens[Key(partner: partner, outTradeNo: outTradeNo)] else { return false }
            return state.codes.change(token) { $0.expiresAtMs = 0 } != nil
        }
    }
}
