import Crypto
import Synchronization

/// All trades of a simulator, by both of their numbers; at most `tradesMax`, the oldest goes first.
final class TradeBook: Sendable {
    static let tradesMax = 100_000
    /// Trades that may share one `out_trade_no`, a mistake that `payAgain` makes on purpose.
    static let tradesPerOrderMax = 16

    fileprivate struct OrderKey: Hashable {
        let partner: String
        let outTradeNo: String
    }

    fileprivate struct State {
        var trades: BoundedMap<String, Trade>
        var byOrder: [OrderKey: [String]] = [:]
        var serial: UInt64
    }

    private let state: Mutex<State>

    init(tradesMax: Int = TradeBook.tradesMax) {
        // Not from 1, so that a simulator that was started again does not repeat numbers of the same day.
        let serial = SecureRandom.bytes(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        state = Mutex(State(trades: BoundedMap(capacity: tradesMax), serial: serial))
    }

    subscript(tradeNo: String) -> Trade? { state.withLock { $0.trades[tradeNo] } }

    /// The trade that `out_trade_no` means: the first one paid, else the last one made.
    func trade(partner: String, outTradeNo: String) -> Trade? {
        state.withLock { $0.trade(OrderKey(partner: partner, outTradeNo: outTradeNo)) }
    }

    func newest(_ limit: Int, outTradeNo: String? = nil) -> [Trade] {
        state.withLock { $0.trades.newest(limit) { outTradeNo == nil || $0.order.outTradeNo == outTradeNo } }
    }

    /// The trade that a request is for: the one there is, or the one that `make` makes with a fresh trade number.
    ///
    /// - Throws: `TRADE_DATA_MATCH_ERROR` if there is one for something else.
    func open(
        partner: String, order: TradeOrder, nowMs: Int64, make: (_ tradeNo: String) -> Trade
    ) throws(GatewayError) -> (trade: Trade, isNew: Bool) {
        try state.withLock { state throws(GatewayError) in
            let key = OrderKey(partner: partner, outTradeNo: order.outTradeNo)
            guard let trade = state.trade(key) else {
                return (state.add(make(state.nextTradeNo(nowMs)), key), true)
            }
            guard trade.order.agrees(with: order) else {
                throw GatewayError(.tradeDataMatchError, "out_trade_no was used with another subject, amount or seller")
            }
            return (trade, false)
        }
    }

    /// A second trade for the order of one there is; nil if the order has too many already or the trade is not known.
    func double(_ tradeNo: String, nowMs: Int64, make: (_ first: Trade, _ tradeNo: String) -> Trade) -> Trade? {
        state.withLock { state in
            guard let first = state.trades[tradeNo] else { return nil }
            let key = OrderKey(partner: first.partner, outTradeNo: first.order.outTradeNo)
            guard state.byOrder[key, default: []].count < TradeBook.tradesPerOrderMax else { return nil }
            return state.add(make(first, state.nextTradeNo(nowMs)), key)
        }
    }

    /// Changes a trade, whole or not at all.
    func change(_ tradeNo: String, _ body: (inout Trade) throws(TradeRefusal) -> Void) throws(TradeRefusal) -> Trade {
        try state.withLock { state throws(TradeRefusal) in
            guard var trade = state.trades[tradeNo] else {
                throw TradeRefusal(code: .noSuchTrade, message: "there is no trade \(tradeNo)")
            }
            try body(&trade)
            state.trades.put(tradeNo, trade)
            return trade
        }
    }
}

extension TradeBook.State {
    fileprivate func trade(_ key: TradeBook.OrderKey) -> Trade? {
        let trades = byOrder[key, default: []].compactMap { self.trades[$0] }
        return trades.first(where: \.isPaid) ?? trades.last
    }

    fileprivate mutating func add(_ trade: Trade, _ key: TradeBook.OrderKey) -> Trade {
        byOrder[key, default: []].append(trade.tradeNo)
        if let gone = trades.put(trade.tradeNo, trade) { forget(gone) }
        return trade
    }

    private mutating func forget(_ trade: Trade) {
        let key = TradeBook.OrderKey(partner: trade.partner, outTradeNo: trade.order.outTradeNo)
        let rest = byOrder[key, default: []].filter { $0 != trade.tradeNo }
        byOrder[key] = rest.isEmpty ? nil : rest
    }

    /// 28 digits: the Beijing date, `21001`, a serial number of 15.
    fileprivate mutating func nextTradeNo(_ nowMs: Int64) -> String {
        serial += 1
        let digits = String(serial % 1_000_000_000_000_000)
        return BeijingTime.date(nowMs) + "21001" + String(repeating: "0", count: 15 - digits.count) + digits
    }
}
