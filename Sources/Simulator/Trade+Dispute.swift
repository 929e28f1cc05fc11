extension Trade {
    /// `refund_status`.
    package enum RefundState: String, Sendable, CaseIterable {
        case waitSellerAgree = "WAIT_SELLER_AGREE"
        case sellerRefuseBuyer = "SELLER_REFUSE_BUYER"
        case waitBuyerReturnGoods = "WAIT_BUYER_RETURN_GOODS"
        case waitSellerConfirmGoods = "WAIT_SELLER_CONFIRM_GOODS"
        case success = "REFUND_SUCCESS"
        case closed = "REFUND_CLOSED"
    }

    /// What a buyer wants back while it is not settled.
    package struct Dispute: Sendable, Hashable {
        /// 1 to what is left of the trade.
        package let fen: Int64
        package let returnsGoods: Bool
    }

    mutating func openDispute(_ fen: Int64?, _ returnsGoods: Bool, _ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitSellerSendGoods, .waitBuyerConfirmGoods:
            guard dispute == nil || refundState == .waitSellerAgree || refundState == .sellerRefuseBuyer else {
                throw refusal("get a second dispute")
            }
            guard !returnsGoods || status == .waitBuyerConfirmGoods else {
                throw refusal("have goods returned that were never sent")
            }
            guard (1...leftFen).contains(fen ?? leftFen) else {
                throw TradeRefusal(code: .amount, message: "\(Yuan.text(leftFen)) is left to refund")
            }
            dispute = Dispute(fen: fen ?? leftFen, returnsGoods: returnsGoods)
            refundState = .waitSellerAgree
            refundedAtMs = atMs
        case .waitBuyerPay, .waitSysPaySeller, .pending, .success, .finished, .closed: throw refusal("be disputed")
        }
    }

    mutating func agreeRefund(_ atMs: Int64) throws(TradeRefusal) {
        let dispute = try dispute(in: [.waitSellerAgree, .sellerRefuseBuyer], for: "be agreed to")
        guard dispute.returnsGoods else { return settle(dispute, atMs) }
        refundState = .waitBuyerReturnGoods
    }

    mutating func refuseRefund() throws(TradeRefusal) {
        _ = try dispute(in: [.waitSellerAgree, .waitSellerConfirmGoods], for: "be refused")
        refundState = .sellerRefuseBuyer
    }

    mutating func returnGoods() throws(TradeRefusal) {
        _ = try dispute(in: [.waitBuyerReturnGoods], for: "have its goods returned")
        refundState = .waitSellerConfirmGoods
    }

    mutating func confirmReturn(_ atMs: Int64) throws(TradeRefusal) {
        settle(try dispute(in: [.waitSellerConfirmGoods], for: "have its return confirmed"), atMs)
    }

    mutating func closeDispute() throws(TradeRefusal) {
        _ = try dispute(in: RefundState.allCases, for: "have its dispute closed")
        dispute = nil
        refundState = .closed
    }

    private mutating func settle(_ dispute: Dispute, _ atMs: Int64) {
        self.dispute = nil
        giveBack(dispute.fen, atMs)
    }

    private func dispute(in states: [RefundState], for what: String) throws(TradeRefusal) -> Dispute {
        guard let dispute, let refundState, states.contains(refundState) else {
            throw TradeRefusal(
                code: .wrongStatus,
                message: "a trade whose refund is \(refundState?.rawValue ?? "not asked for") cannot \(what)")
        }
        return dispute
    }
}
