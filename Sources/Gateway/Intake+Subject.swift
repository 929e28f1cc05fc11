import Alipay
import Payments
import Tenants

// Step 4 of the contract: what a signed message is about, and whether that is this tenant's.

extension Intake {
    enum Subject: Sendable {
        case `repeat`
        case refused(Verdict, String)
        case trade(TradeStatusSync, Payment)
        case batch(BatchRefundSync, Refund)
        /// A type that nothing here acts on.
        case other
    }

    /// What the message says of a trade, if that is its type.
    typealias TradeRead = Result<TradeStatusSync, Unreadable>?

    /// To be read before the store is asked: in a transaction everybody else would wait for it.
    func readTrade() -> TradeRead {
        guard message.notifyType == Intake.tradeStatusSync else { return nil }
        return Result { () throws(Unreadable) in try message.tradeStatus() }
    }

    /// - Parameter read: as ``readTrade()`` has it.
    func subject(_ read: TradeRead, in reader: any StoreReader) throws(StoreError) -> Subject {
        if try reader.isSettled(notifyID: message.notifyID, tenant: tenant.id) { return .repeat }
        if let read { return try trade(read, in: reader) }
        return message.notifyType == Intake.batchRefundNotify ? try batch(in: reader) : .other
    }

    private func trade(
        _ read: Result<TradeStatusSync, Unreadable>, in reader: any StoreReader
    ) throws(StoreError) -> Subject {
        let trade: TradeStatusSync
        do { trade = try read.get() } catch {
            return .refused(.charset, "SIGN equal, but \(error.field) is missing or cannot be read")
        }
        guard tenant.contract.isSeller(id: trade.sellerID, email: trade.sellerEmail) else {
            return .refused(.wrongSeller, "SIGN equal, but the seller is another one than this tenant's")
        }
        guard let payment = try reader.payment(reference: trade.outTradeNo, tenant: tenant.id) else {
            return .refused(
                .unknownPayment, "SIGN equal, but this tenant has no payment \(trade.outTradeNo.prefix(64))")
        }
        return .trade(trade, payment)
    }

    /// Every refund is a batch of its own: the message must be about that one item, to the fen.
    private func batch(in reader: any StoreReader) throws(StoreError) -> Subject {
        let batch: BatchRefundSync
        do { batch = try message.batchRefund() } catch {
            return .refused(.charset, "SIGN equal, but \(error.field) is missing or cannot be read")
        }
        guard let refund = try reader.refund(batchNo: batch.batchNo, tenant: tenant.id) else {
            return .refused(.unknownPayment, "SIGN equal, but this tenant has no refund of batch \(batch.batchNo)")
        }
        guard batch.items.count == 1, let item = batch.items.first, item.tradeNo == refund.tradeNo else {
            return .refused(.unknownPayment, "SIGN equal, but batch \(batch.batchNo) was made for another trade")
        }
        guard item.amountMinor == refund.amountMinor else {
            return .refused(
                .amountMismatch,
                "SIGN equal, but the refund of batch \(batch.batchNo) is \(refund.amountMinor) fen, not \(item.amountMinor)"
            )
        }
        return .batch(batch, refund)
    }
}
